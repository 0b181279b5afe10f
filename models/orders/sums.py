"""Sums of an order's lines that are kept with the order, so that questions about revenue read no lines for them.

Each line keeps its share of what its order brought, which is the same for as long as the order is not stored again.

Here is their one definition. Whoever stores an order stores them with it; whoever changes lines afterwards, or erases
products, calls `renew_order_sums`. All of them hold the tenant by `lock_quotas`, so that none misses what another does.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from models.database import WriteSession
from models.orders.booked_sales import put_in, take_out
from models.tenants.tenant import tenants_by_ids

# What a line is worth beside the others of its order: a share of what the order brought is split by it. Lines that are
# worth nothing, as gifts are, count by their quantities where the others are worth nothing either.
VALUE = "greatest(line.quantity * line.unit_price - line.discount, 0)"

# The share of a line in that, over rows `line` of orders; to more digits than any sum of shares shows.
LINE_SHARE = f"""coalesce(
    ({VALUE})::numeric(48, 24) / nullif(sum({VALUE}) over whole, 0),
    line.quantity::numeric(48, 24) / sum(line.quantity) over whole
)"""
OF_ORDER = "window whole as (partition by line.order_id)"


def _share_of(condition: str) -> str:
    """The share of an order's value that the lines with a condition have."""
    return f"""coalesce(
        sum({VALUE}) filter (where {condition}) / nullif(sum({VALUE}), 0),
        sum(line.quantity) filter (where {condition})::numeric / sum(line.quantity),
        0
    )"""


def order_sums(is_linked: str) -> Mapping[str, str]:
    """The sums by their columns, over rows `line` of one order; `is_linked`: the line has a product that is there."""
    return {
        "units": "sum(line.quantity)::int",
        "cost": "sum(line.quantity * line.unit_cost)",
        "costed": _share_of("line.unit_cost is not null"),
        "linked": _share_of(is_linked),
        "has_unlinked": f"bool_or(not {is_linked})",
        "has_bare": "bool_or(line.unit_cost is null)",
    }


_SUMS = order_sums("(product.id is not null)")
_STORED, _FOUND = (", ".join(f"{row}.{name}" for name in _SUMS) for row in ("sale", "found"))
_RENEW = text(f"""
    update sales_order as sale set {", ".join(f"{name} = found.{name}" for name in _SUMS)}
    from (
        select line.order_id, {", ".join(f"{sql} as {name}" for name, sql in _SUMS.items())}
        from order_line as line
        left join product on product.tenant_id = :tenant_id and product.id = line.product_id
        where line.tenant_id = :tenant_id and line.order_id = any(cast(:order_ids as uuid[]))
        group by line.order_id
    ) as found
    where sale.tenant_id = :tenant_id and sale.id = found.order_id and
        ({_STORED}) is distinct from ({_FOUND})
""")  # noqa: S608 - names of our own columns


_PLACED = text("""
    select id, placed_at from sales_order where tenant_id = :tenant_id and id = any(cast(:order_ids as uuid[]))
""")


async def renew_order_sums(session: WriteSession, order_ids: Collection[UUID]) -> None:
    """Keeps what the lines of these orders say now, and books it; the caller holds the tenant by `lock_quotas`."""
    if not order_ids:
        return
    connection, values = await session.connection(), {"tenant_id": session.tenant_id, "order_ids": [*order_ids]}
    found: Sequence[Any] = (await connection.execute(_PLACED, values)).all()
    placed: dict[UUID, datetime] = dict(found)
    [tenant] = await tenants_by_ids(session, [session.tenant_id])
    await take_out(session, placed, tenant.time_zone)
    await connection.execute(_RENEW, values)
    await put_in(session, placed, tenant.time_zone)
