"""The table of orders, as the channels tell them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, EXACT, TenantRow, TextEnum, dated, one_of, tenant_key


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

    The last six columns are kept of the lines (sums.py): `cost` is that of the lines that have one, null where
    none has; `costed` and `linked` are shares of the order's value, 0 to 1, that lines with a cost and with a product
    have; `has_unlinked` and `has_bare`: some line has no product, or no cost. An order without lines is unlinked.
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
        # For a buyer who is to be forgotten, over all tenants.
        Index("ix_sales_order_buyer", "buyer_handle", postgresql_where="buyer_handle is not null"),
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
    units: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cost: Decimal | None = Field(default=None, sa_type=EXACT)
    costed: Decimal = Field(default=Decimal(0), sa_type=EXACT, sa_column_kwargs={"server_default": "0"})
    linked: Decimal = Field(default=Decimal(0), sa_type=EXACT, sa_column_kwargs={"server_default": "0"})
    has_unlinked: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    has_bare: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
