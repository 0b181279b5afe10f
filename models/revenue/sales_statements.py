"""The parts of statements about sales that several of them share: which orders are read, and what of each is known.

Days are numbers: day 1 begins at the first of the given instants, and the last instant ends the last day. So the time
zones are those of Python's tables, as everywhere.
"""

from analytics.revenue.terms import RefundBooking
from models.orders.booked_sales import GROSS

# The parameters of every statement: tenant, instants of the days, channels or null for all.
TENANT, INSTANTS, CHANNELS = "$1", "$2::timestamptz[]", "$3::uuid[]"
FROM, TO = f"({INSTANTS})[1]", f"({INSTANTS})[cardinality({INSTANTS})]"

# Orders that count.
ORDERS = f"""
    select id, channel_id, currency, placed_at, fees, {GROSS} as gross,
        costed, linked, has_unlinked, has_bare, units, cost
    from sales_order
    where tenant_id = {TENANT} and status <> 'CANCELLED' and ({CHANNELS} is null or channel_id = any({CHANNELS}))
"""  # noqa: S608 - names of our own columns
# Orders that were placed on the days.
PLACED = f"{ORDERS} and placed_at >= {FROM} and placed_at < {TO}"
# Orders of which something was refunded on the days.
REFUNDED = f"""{ORDERS} and id in (
        select order_id from order_refund
        where tenant_id = {TENANT} and is_settled and refunded_at >= {FROM} and refunded_at < {TO}
    )"""  # noqa: S608 - see above
_PLACED_AND_REFUNDED = f"""{PLACED}
    and id in (select order_id from order_refund where tenant_id = {TENANT} and is_settled)"""  # noqa: S608 - see above

# How refunds are booked: which orders are read, and the instant at which a refund counts.
BOOKED = {
    RefundBooking.REFUND_DATE: (REFUNDED, "refund.refunded_at"),
    RefundBooking.ORDER_DATE: (_PLACED_AND_REFUNDED, "sale.placed_at"),
}


def day_of(instant: str) -> str:
    """The number of the day; 0, or one more than there are, for an instant of another day."""
    return f"width_bucket({instant}, {INSTANTS})"


def refunds_of(booking: RefundBooking) -> str:
    """The refunds of the orders in `sale` that count on the days: `order_id`, `booked_at`, `amount`.

    Only settled ones do, and of all refunds of an order, in the order of time, no more than was paid for goods and
    shipping: a refund of tax that stands apart is none of revenue.
    """
    _, booked_at = BOOKED[booking]
    return f"""
        select order_id, external_id, booked_at, least(sofar, gross) - least(sofar - amount, gross) as amount
        from (
            select refund.order_id, refund.external_id, {booked_at} as booked_at, refund.amount, sale.gross,
                sum(refund.amount) over (
                    partition by refund.order_id order by refund.refunded_at, refund.external_id
                    rows unbounded preceding
                ) as sofar
            from order_refund as refund
            join sale on sale.id = refund.order_id
            where refund.tenant_id = {TENANT} and refund.is_settled
        ) as settled
        where booked_at >= {FROM} and booked_at < {TO}
    """  # noqa: S608 - see above
