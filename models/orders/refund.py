"""The table of refunds: money that went back to the buyers of orders."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, TenantRow, tenant_key


class OrderRefund(TenantRow, table=True):
    """`external_id` is the channel's own id of it. A refund counts once it is settled."""

    __tablename__ = "order_refund"
    __table_args__ = (
        tenant_key("order_id", "sales_order"),
        UniqueConstraint("tenant_id", "order_id", "external_id"),
        CheckConstraint("amount >= 0", name="amount"),
        Index(None, "tenant_id", "refunded_at"),
    )

    order_id: UUID
    external_id: str
    amount: Decimal = Field(sa_type=AMOUNT)
    refunded_at: datetime
    is_settled: bool = True
    reason: str | None = None
