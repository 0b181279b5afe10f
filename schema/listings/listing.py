"""Listing: a product on a channel."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.listings.listing import ChannelListing, ListingStatus
from resolvers.channels.reading import channel_of
from resolvers.listings import reading
from schema.field import field
from schema.node import Node, entity
from schema.scalars import Currency
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.channels import Channel
    from schema.products.product import Product


@entity(ChannelListing, description="A product on a channel, or what a channel sells that belongs to no product yet.")
class Listing(Node):
    channel: Annotated["Channel", strawberry.lazy("schema.channels")] = field(
        channel_of, description="Where it is offered."
    )
    product: Annotated["Product", strawberry.lazy("schema.products.product")] | None = field(
        reading.product, description="What it offers; null: not linked."
    )
    status: ListingStatus = field(description="As it was published, changed or read last.")
    market: str | None = field(description="The market of the channel, e.g. EBAY_DE; null where there is one only.")
    external_id: str | None = field(description="The channel's own id of it; null before it is there.")
    url: str | None = field(description="Where the channel shows it; null before it is there.")
    title: str = field(description="As the channel shows it, or is to show it.")
    currency: Currency = field(description="That of `price`.")
    price: Decimal = field(description="What one piece costs the buyer.")
    quantity: int = field(description="How many are offered.")
    image_url: str | None = field(description="Its first picture, as the channel tells it.")
    drift: list[str] = field(
        description="Fields in which the channel and the product differ.", size=reading.DRIFT_LENGTH
    )
    problems: list[UserError] = field(
        reading.problems,
        description="Why it could not be published, field by field.",
        size=reading.PROBLEMS_LENGTH,
    )
    views: int | None = field(description="Null where the channel does not tell.")
    favourites: int | None = field(description="Null where the channel does not tell.")
    published_at: datetime | None = field(description="When it went live.")
    ended_at: datetime | None = field(description="When it ended.")
    synced_at: datetime | None = field(description="When it was read at the channel last; null: not yet.")
