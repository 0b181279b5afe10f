"""The table of refunds, money that went back to the buyers of orders; and the named query on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, col, select

from models.columns import AMOUNT, TenantRow, is_any, tenant_key
from models.database import ReadSession, WriteSession
from models.thin.records import rows


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


async def refunds_by_order(session: ReadSession | WriteSession, order_ids: Sequence[UUID]) -> list[list[OrderRefund]]:
    """The refunds of each of these orders, the oldest first."""
    query = select(OrderRefund).where(
        OrderRefund.tenant_id == session.tenant_id, is_any(OrderRefund.order_id, order_ids)
    )
    in_order = query.order_by(col(OrderRefund.order_id), col(OrderRefund.refunded_at), col(OrderRefund.external_id))
    found: defaultdict[UUID, list[OrderRefund]] = defaultdict(list)
    for refund in await rows(session, OrderRefund, in_order):
        found[refund.order_id].append(refund)
    return [found[order_id] for order_id in order_ids]


_WITH_OPEN = text("""
    select sale.external_id from sales_order as sale
    where sale.tenant_id = :tenant_id and sale.channel_id = cast(:channel_id as uuid) and exists (
        select from order_refund as refund
        where refund.tenant_id = :tenant_id and refund.order_id = sale.id and not refund.is_settled
            and refund.refunded_at > cast(:since as timestamptz)
    )
    order by sale.stored_at, sale.id limit :most
""")


async def orders_with_open_refunds(
    session: ReadSession | WriteSession, channel_id: UUID, *, since: datetime, most: int
) -> list[str]:
    """The channel's ids of orders with a refund of after `since` that is not settled, the longest unread first."""
    values = {"tenant_id": session.tenant_id, "channel_id": channel_id, "since": since, "most": most}
    return [*(await (await session.connection()).execute(_WITH_OPEN, values)).scalars()]
