"""The table of orders, as the channels tell them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, TenantRow, TextEnum, dated, one_of, tenant_key


class OrderStatus(StrEnum):
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    PAID = "PAID"
    SHIPPED = "SHIPPED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SalesOrder(TenantRow, table=True):
    """`updated_at` is when the channel changed the order last: an older one never replaces a newer one.

    `discount` is all that was taken off `subtotal`, which is quantities times prices: what the lines say and what the
    whole order says. `tax` is what stands apart from the prices. `fees` is null until the channel has told them. A
    buyer is a handle and a country, both null once erased.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        tenant_key("channel_id", "channel"),
        UniqueConstraint("tenant_id", "channel_id", "external_id"),
        one_of("status", OrderStatus),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("buyer_country ~ '^[A-Z]{2}$'", name="buyer_country"),
        Index(None, "tenant_id", "placed_at", "id"),
        Index(None, "tenant_id", "channel_id", "placed_at"),
    )

    channel_id: UUID
    external_id: str
    url: str | None = None
    status: OrderStatus = Field(sa_type=TextEnum(OrderStatus))
    currency: str
    placed_at: datetime
    updated_at: datetime
    buyer_handle: str | None = None
    buyer_country: str | None = None
    buyer_erased_at: datetime | None = None
    subtotal: Decimal = Field(sa_type=AMOUNT)
    discount: Decimal = Field(sa_type=AMOUNT)
    shipping: Decimal = Field(sa_type=AMOUNT)
    tax: Decimal = Field(sa_type=AMOUNT)
    total: Decimal = Field(sa_type=AMOUNT)
    fees: Decimal | None = Field(default=None, sa_type=AMOUNT)
    stored_at: datetime = dated()
