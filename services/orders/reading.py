"""Reads orders: the list with its filter, how many there are, and what an order is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from analytics.clock import Clock
from analytics.periods import AskedRange, RangeFault, day_end, local_day, resolve_range
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from models.database import Database, ReadSession
from models.keyset import KeysetPage, Window
from models.orders.listing import OrderFilter, count_orders, list_orders
from models.orders.order import OrderStatus, SalesOrder
from models.orders.refund import OrderRefund
from models.tenants.tenant import tenants_by_ids

_MONEY = Decimal("0.000001")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderQuestion:
    """Which orders are wanted; `placed` are days in the tenant's time zone."""

    wanted: OrderFilter
    placed: AskedRange | None = None


async def orders(
    db: Database, clock: Clock, viewer: Viewer, question: OrderQuestion, window: Window
) -> KeysetPage[SalesOrder]:
    """One page, the newest first; needs READ. Raises BadInput for another list's cursor, and for days that are none."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_orders(session, await _filter(clock, session, question), window)


async def number_of_orders(db: Database, clock: Clock, viewer: Viewer, question: OrderQuestion) -> int:
    """How many orders match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_orders(session, await _filter(clock, session, question))


def filter_in(question: OrderQuestion, time_zone: str, now: datetime) -> OrderFilter:
    """The filter with the instants that its days mean in a time zone; raises BadInput for days that are none."""
    if question.placed is None:
        return question.wanted
    days = resolve_range(question.placed, local_day(now, time_zone))
    if isinstance(days, RangeFault):
        raise BadInput(days.message)
    begin = day_end(days.start - timedelta(days=1), time_zone)
    return replace(question.wanted, placed_from=begin, placed_before=day_end(days.end, time_zone))


async def _filter(clock: Clock, session: ReadSession, question: OrderQuestion) -> OrderFilter:
    if question.placed is None:
        return question.wanted
    [tenant] = await tenants_by_ids(session, [session.tenant_id])
    return filter_in(question, tenant.time_zone, clock())


def net_revenue(order: SalesOrder, refunds: Sequence[OrderRefund], included_tax_rate: Decimal | None) -> Decimal:
    """What the seller has earned by the order, without tax, to six decimals; 0 when it was cancelled.

    Goods less discounts, and shipping, less settled refunds, which are at most that much: a refund of tax that stands
    apart is none of revenue. `included_tax_rate` is the tax inside prices as a fraction of the price without it.
    """
    if order.status is OrderStatus.CANCELLED:
        return _ZERO
    gross = max(order.subtotal - order.discount + order.shipping, _ZERO)
    refunded = sum((each.amount for each in refunds if each.is_settled), _ZERO)
    return ((gross - min(refunded, gross)) / (1 + (included_tax_rate or _ZERO))).quantize(_MONEY, ROUND_HALF_UP)
