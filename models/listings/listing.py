"""The table of listings: a product on a channel, or what a channel sells that belongs to no product yet."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, JSON, TEXT_LIST, TenantRow, TextEnum, dated, one_of, tenant_key


class ListingStatus(StrEnum):
    DRAFT = "DRAFT"
    PENDING = "PENDING"
    LIVE = "LIVE"
    SOLD = "SOLD"
    ENDED = "ENDED"
    FAILED = "FAILED"


# Offered, or about to be.
OFFERED = (ListingStatus.PENDING, ListingStatus.LIVE)


class ChannelListing(TenantRow, table=True):
    """`external_id` is the channel's id of the listing, `offer_id` of what it is made of there, `sku` the one it has
    there.

    `drift` are fields in which channel and product differ, `problems` why it could not be published, as user errors.
    `is_unlinked`: a person said that it belongs to no product. `views` and `favourites` are null where the channel does
    not tell them.
    """

    __tablename__ = "listing"
    __table_args__ = (
        tenant_key("channel_id", "channel"),
        tenant_key("product_id", "product"),
        UniqueConstraint("tenant_id", "channel_id", "external_id"),
        one_of("status", ListingStatus),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("quantity >= 0", name="quantity"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "channel_id", "created_at", "id"),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "channel_id", "sku"),
        # One product is offered once in a market of a channel.
        Index(
            "uq_listing_offered",
            "tenant_id",
            "channel_id",
            "product_id",
            "market",
            unique=True,
            postgresql_where="status in ('DRAFT', 'PENDING', 'LIVE', 'FAILED')",
        ),
    )

    channel_id: UUID
    product_id: UUID | None = None
    status: ListingStatus = Field(sa_type=TextEnum(ListingStatus))
    market: str | None = None
    external_id: str | None = None
    offer_id: str | None = None
    sku: str | None = None
    url: str | None = None
    title: str
    description: str | None = None
    currency: str
    price: Decimal = Field(sa_type=AMOUNT)
    quantity: int
    image_url: str | None = None
    is_unlinked: bool = False
    drift: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    views: int | None = None
    favourites: int | None = None
    published_at: datetime | None = None
    ended_at: datetime | None = None
    synced_at: datetime | None = None
    created_at: datetime = dated()
    updated_at: datetime = dated()
    version: int = Field(default=1, sa_type=BigInteger)
