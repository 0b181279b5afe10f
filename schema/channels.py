"""Channel: a place where a tenant sells, and the mutations that connect, change and disconnect one."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.channels.abilities import ChannelAbility
from models.channels.channel import Channel as ChannelRow
from models.channels.channel import ChannelIssue, ChannelKind, ChannelStatus
from models.channels.policy import PolicyKind
from resolvers.channel_jobs.reading import jobs_of_channel
from resolvers.channels import connecting, reading
from resolvers.listings import reading as listings
from resolvers.orders import reading as orders
from resolvers.relay import reading as relay
from schema.field import field
from schema.node import Node, entity
from schema.ok_payload import OkPayload
from schema.page_info import Connection
from schema.people.user import User
from schema.relay.agent import RelayAgent
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.channel_jobs.job import ChannelJob
    from schema.listings.listing import Listing
    from schema.orders.order import Order


@strawberry.type(description="Terms or a place of a seller, written at the marketplace and chosen here.")
class ChannelPolicy:
    kind: PolicyKind = field(description="What it is about.")
    external_id: str = field(description="The marketplace's own id of it.")
    name: str = field(description="As the seller called it.")
    market: str | None = field(reading.market_of_policy, description="Where it holds; null: in every market.")
    is_default: bool = field(description="Whether new listings refer to it, unless they say otherwise.")


@strawberry.type(description="What can be set of a channel, by `updateChannel`.")
class ChannelSettings:
    market: str | None = field(
        description="Where new listings go, e.g. EBAY_DE, vinted.fr; null where the channel has one market only."
    )
    sync_every_minutes: int | None = field(description="How often the channel is read; null: only when somebody asks.")
    end_elsewhere_on_sale: bool = field(
        description="Sold here: true ends its listings elsewhere at once, false suggests it."
    )
    included_tax_rate: Decimal | None = field(
        description="Tax inside the prices as a fraction of the price without it, taken out of revenue; null: prices "
        "count as they are."
    )
    policies: list[ChannelPolicy] = field(
        reading.policies,
        description="What the seller has set up at the marketplace, for new listings to refer to; empty for a SHOP.",
        size=reading.POLICIES_LENGTH,
    )


@entity(ChannelRow, description="One seller account of a marketplace, or one shop of your own.")
class Channel(Node):
    kind: ChannelKind = field(description="Which marketplace it is, or SHOP.")
    name: str
    status: ChannelStatus = field(description="Whether it works; a disconnected one keeps its orders.")
    issue: ChannelIssue | None = field(description="ATTENTION: what is wrong. CONNECTED: what publishing lacks.")
    reason: str | None = field(description="What to do about `issue`, in words.")
    external_id: str | None = field(description="The marketplace's own id of the seller; null for a SHOP.")
    account_name: str | None = field(description="The seller's name at the marketplace; null for a SHOP.")
    abilities: list[ChannelAbility] = field(
        reading.abilities,
        description="What can be done with it; anything else is NOT_SUPPORTED.",
        size=reading.ABILITIES_LENGTH,
    )
    settings: ChannelSettings = field(reading.settings, description="What was set of it.")
    listings: Connection[Annotated["Listing", strawberry.lazy("schema.listings.listing")]] | None = field(
        listings.listings_of_channel, description="What it offers, the newest first."
    )
    orders: Connection[Annotated["Order", strawberry.lazy("schema.orders.order")]] | None = field(
        orders.orders_of_channel, description="The newest first by when they were placed."
    )
    agent: RelayAgent | None = field(
        relay.agent,
        description="The browser extension that works a channel of Vinted; null before one is paired, and for others.",
    )
    orders_synced_at: datetime | None = field(
        description="The last reading of orders that was complete; of a SHOP when orders were last pushed or imported. "
        "Null: not yet."
    )
    next_sync_at: datetime | None = field(description="When it is read again by itself; null: only when somebody asks.")
    jobs: Connection[Annotated["ChannelJob", strawberry.lazy("schema.channel_jobs.job")]] | None = field(
        jobs_of_channel, description="What is done with it, the newest request first."
    )
    connected_by: User | None = field(reading.connected_by)
    created_at: datetime
    disconnected_at: datetime | None = field(description="When it was disconnected; null while it is connected.")
    frozen_at: datetime | None = field(
        description="Set: the plan has no room for the channel, which can be read and not changed."
    )


@strawberry.type(description="What a marketplace itself calls something, for the mappings of attributes.")
class ChannelTerm:
    external_id: str = field(description="The marketplace's own id of it, for AttributeMappingInput.")
    name: str
    parent: str | None = field(description="What it lies below at the marketplace.")
    is_leaf: bool = field(description="Whether it has nothing below it.")


@strawberry.type
class ConnectChannelPayload:
    channel: Channel | None = field(
        description="The channel as it is now; null when nothing was done, and for a new seller before the dialog."
    )
    authorization_url: str | None = field(
        secret=True,
        description="Of a marketplace: open it in a browser within 10 minutes; it works once. Then `completeOAuth`.",
    )
    pairing_code: str | None = field(
        secret=True,
        description="Of VINTED: type it into the browser extension within 10 minutes; it works once.",
    )
    user_errors: list[UserError]


@strawberry.type
class ChannelPayload:
    channel: Channel | None = field(description="The channel as it is now; null when nothing was changed.")
    user_errors: list[UserError]


@strawberry.type
class ChannelMutations:
    connect_channel: ConnectChannelPayload | None = field(
        connecting.connect_channel,
        description="A SHOP is connected at once: push its orders with `saveOrders`, or import them. EBAY and ETSY "
        "answer `authorizationUrl`; the same seller again renews the channel. VINTED "
        "answers `pairingCode` for the browser extension, and a channel that is PENDING until the extension has "
        "said who is signed in; pairing anew ends the work of the extension before. Counts for CHANNELS. "
        "Needs CONNECT_ACCOUNTS.",
    )
    update_channel: ChannelPayload | None = field(
        connecting.update_channel,
        description="Changes what is given and leaves the rest. Needs CONNECT_ACCOUNTS.",
    )
    disconnect_channel: OkPayload | None = field(
        connecting.disconnect_channel,
        description="Its orders stay, unless `deleteData`; `connectChannel` with `channelId` goes on with it. "
        "It makes room for another channel. Needs CONNECT_ACCOUNTS.",
    )
