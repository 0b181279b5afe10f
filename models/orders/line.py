"""The table of what was sold by an order, a line for each thing."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, TenantRow, tenant_key


class OrderLine(TenantRow, table=True):
    """`unit_cost` is what one cost the seller when the order was first stored, in the order's currency.

    `product_id` is null where no product was found; a product that is made later with the same SKU is put in. It stays
    when the product is erased, so there is no foreign key.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        tenant_key("order_id", "sales_order"),
        UniqueConstraint("tenant_id", "order_id", "external_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "sku"),
    )

    order_id: UUID
    position: int
    external_id: str
    sku: str | None = None
    title: str
    quantity: int
    unit_price: Decimal = Field(sa_type=AMOUNT)
    discount: Decimal = Field(sa_type=AMOUNT)
    product_id: UUID | None = None
    unit_cost: Decimal | None = Field(default=None, sa_type=AMOUNT)
