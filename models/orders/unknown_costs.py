"""Lines of orders of which nobody knows what they cost the seller: finds them, and stores costs known later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from models.columns import is_any
from models.database import WriteSession
from models.orders.line import OrderLine
from models.orders.order import SalesOrder
from models.orders.sums import renew_order_sums

_STORE = text("""
    update order_line set unit_cost = given.unit_cost
    from unnest(cast(:ids as uuid[]), cast(:costs as numeric[])) as given (id, unit_cost)
    where order_line.tenant_id = :tenant_id and order_line.id = given.id and order_line.unit_cost is null
    returning order_line.order_id
""")


@dataclass(frozen=True, slots=True)
class CostlessLine:
    """A line without a cost, with what decides it: the product, the order's currency and when it was placed."""

    id: UUID
    product_id: UUID
    currency: str
    placed_at: datetime


async def costless_lines(session: WriteSession, product_ids: Sequence[UUID], since: datetime) -> list[CostlessLine]:
    """Lines of these products whose orders were placed at `since` or later, and whose cost is not known."""
    query = select(OrderLine.id, OrderLine.product_id, SalesOrder.currency, SalesOrder.placed_at).where(
        OrderLine.tenant_id == session.tenant_id,
        SalesOrder.tenant_id == session.tenant_id,
        SalesOrder.id == OrderLine.order_id,
        is_any(OrderLine.product_id, product_ids),
        col(OrderLine.unit_cost).is_(None),
        SalesOrder.placed_at >= since,
    )
    found = (await session.exec(query)).all()
    return [CostlessLine(row[0], row[1], row[2], row[3]) for row in found if row[1] is not None]


async def store_costs(session: WriteSession, costs: Mapping[UUID, Decimal]) -> None:
    """Stores the cost of each of these lines that has none; the caller holds the tenant by `lock_quotas`."""
    if costs:
        values = {"tenant_id": session.tenant_id, "ids": [*costs], "costs": [*costs.values()]}
        changed = (await (await session.connection()).execute(_STORE, values)).scalars().all()
        await renew_order_sums(session, {*changed})
