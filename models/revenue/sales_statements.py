"""The parts of statements about sales that several of them share: which orders are read, and what of each is known.

Days are numbers: day 1 begins at the first of the given instants, and the last instant ends the last day. So the time
zones are those of Python's tables, as everywhere.
"""

from analytics.revenue.terms import RefundBooking

# The parameters of every statement: tenant, instants of the days, channels or null for all.
TENANT, INSTANTS, CHANNELS = "$1", "$2::timestamptz[]", "$3::uuid[]"
_FROM, _TO = f"({INSTANTS})[1]", f"({INSTANTS})[cardinality({INSTANTS})]"

_ORDERS = f"""
    select id, channel_id, currency, placed_at, fees, greatest(subtotal - discount + shipping, 0) as gross
    from sales_order
    where tenant_id = {TENANT} and status <> 'CANCELLED' and ({CHANNELS} is null or channel_id = any({CHANNELS}))
"""  # noqa: S608 - names of our own columns
# Orders that were placed on the days.
PLACED = f"{_ORDERS} and placed_at >= {_FROM} and placed_at < {_TO}"
# Orders of which something was refunded on the days.
REFUNDED = f"""{_ORDERS} and id in (
        select order_id from order_refund
        where tenant_id = {TENANT} and is_settled and refunded_at >= {_FROM} and refunded_at < {_TO}
    )"""  # noqa: S608 - see above

# What a line is worth beside the others of its order: a share of what the order brought is split by it. Lines that are
# worth nothing, as gifts are, count by their quantities where the others are worth nothing either.
VALUE = "greatest(line.quantity * line.unit_price - line.discount, 0)"

# How refunds are booked: which orders are read, and the instant at which a refund counts.
BOOKED = {
    RefundBooking.REFUND_DATE: (REFUNDED, "refund.refunded_at"),
    RefundBooking.ORDER_DATE: (PLACED, "sale.placed_at"),
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
        where booked_at >= {_FROM} and booked_at < {_TO}
    """  # noqa: S608 - see above


def share_of(condition: str) -> str:
    """The share of an order's value that the lines with a condition have."""
    return f"""coalesce(
        sum({VALUE}) filter (where {condition}) / nullif(sum({VALUE}), 0),
        sum(line.quantity) filter (where {condition})::numeric / sum(line.quantity),
        0
    )"""


def lines_of(*, has_gaps: bool) -> str:
    """Of each order in `sale` that has lines: what they cost, and which shares of it are known.

    Only gaps need to know which lines have no cost, and which no product; without them nothing is looked up for it.
    """
    product, gaps = "", "false as has_unlinked, false as has_bare, 1 as linked"
    if has_gaps:
        product = f"left join product on product.tenant_id = {TENANT} and product.id = line.product_id"
        gaps = f"""bool_or(product.id is null) as has_unlinked, bool_or(line.unit_cost is null) as has_bare,
            {share_of("product.id is not null")} as linked"""
    return f"""
        select line.order_id, sum(line.quantity) as units, sum(line.quantity * line.unit_cost) as cost,
            {share_of("line.unit_cost is not null")} as costed, {gaps}
        from order_line as line
        join sale on sale.id = line.order_id
        {product}
        where line.tenant_id = {TENANT}
        group by line.order_id
    """  # noqa: S608 - see above
