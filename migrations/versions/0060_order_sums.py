"""sums of an order's lines, kept with the order, and of orders by day

Revision: 0060, after 0059. Orders that are stored already get theirs here; where Postgres has not the zone of a tenant their days are
those of UTC, and questions are answered from the orders. A process of the release before stores no orders.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_TABLE = "sales_order"
_VALUE = "greatest(line.quantity * line.unit_price - line.discount, 0)"
# With what an order without lines has.
_COLUMNS: dict[str, tuple[Any, str | None]] = {
    "units": (sa.Integer(), "0"),
    "cost": (sa.Numeric(), None),
    "costed": (sa.Numeric(), "0"),
    "linked": (sa.Numeric(), "0"),
    "has_unlinked": (sa.Boolean(), "true"),
    "has_bare": (sa.Boolean(), "false"),
}


def _share_of(condition: str) -> str:
    return f"""coalesce(
        sum({_VALUE}) filter (where {condition}) / nullif(sum({_VALUE}), 0),
        sum(line.quantity) filter (where {condition})::numeric / sum(line.quantity),
        0
    )"""


# What is booked of a day's orders; whole numbers first.
_COUNTS = {
    "orders": "count(*)",
    "units": "sum(units)",
    "orders_without_fees": "count(*) filter (where fees is null)",
    "orders_with_cost": "count(cost)",
    "orders_unlinked": "count(*) filter (where has_unlinked)",
    "orders_bare": "count(*) filter (where has_bare)",
}
_AMOUNTS = {
    "gross": "sum(gross)",
    "fees": "sum(fees)",
    "cost": "sum(cost)",
    "covered": "sum(gross * costed) filter (where fees is not null)",
    "gross_without_fees": "sum(gross) filter (where fees is null)",
    "gross_without_cost": "sum(gross * (1 - costed))",
    "gross_unlinked": "sum(gross * (1 - linked))",
}
_SUMS = _COUNTS | _AMOUNTS
_READ = (_TABLE, "order_line", "product", "tenant", "booked_sales")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for name, (kind, default) in _COLUMNS.items():
        op.add_column(_TABLE, sa.Column(name, kind, nullable=default is None, server_default=default))
    _create_days()
    # The owner of the tables is bound by their policies, which show no row without a tenant.
    for table in _READ:
        op.execute(f"alter table {table} no force row level security")
    _sum_lines()
    for tenant_id, zone in op.get_bind().execute(sa.text(_ZONES)).all():
        _book(tenant_id, zone)
    for table in _READ:
        op.execute(f"alter table {table} force row level security")


_ZONES = """
    select id, case when time_zone in (select name from pg_timezone_names) then time_zone else 'UTC' end from tenant
"""


def _create_days() -> None:
    op.create_table(
        "booked_sales",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.Numeric(), nullable=False) for name in _AMOUNTS),
        sa.PrimaryKeyConstraint("tenant_id", "starts_at", "ends_at", "channel_id", "currency", name="pk_booked_sales"),
    )
    protect_tenant_table("booked_sales")
    op.create_foreign_key(
        op.f("fk_booked_sales_tenant_id_channel_id"),
        "booked_sales",
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("ix_booked_sales_tenant_id_channel_id"), "booked_sales", ["tenant_id", "channel_id"])


def _sum_lines() -> None:
    op.execute(f"""
        update {_TABLE} as sale set units = found.units, cost = found.cost, costed = found.costed,
            linked = found.linked, has_unlinked = found.has_unlinked, has_bare = found.has_bare
        from (
            select line.tenant_id, line.order_id, sum(line.quantity)::int as units,
                sum(line.quantity * line.unit_cost) as cost, {_share_of("line.unit_cost is not null")} as costed,
                {_share_of("product.id is not null")} as linked, bool_or(product.id is null) as has_unlinked,
                bool_or(line.unit_cost is null) as has_bare
            from order_line as line
            left join product on product.tenant_id = line.tenant_id and product.id = line.product_id
            group by line.tenant_id, line.order_id
        ) as found
        where sale.tenant_id = found.tenant_id and sale.id = found.order_id
    """)  # noqa: S608 - names of our own columns


def _book(tenant_id: Any, zone: str) -> None:
    statement = f"""
        insert into booked_sales (tenant_id, starts_at, ends_at, channel_id, currency, {", ".join(_SUMS)})
        select tenant_id, day at time zone :zone, (day + interval '1 day') at time zone :zone, channel_id, currency,
            {", ".join(f"coalesce({sql}, 0)" for sql in _SUMS.values())}
        from (
            select *, greatest(subtotal - discount + shipping, 0) as gross,
                date_trunc('day', placed_at at time zone :zone) as day
            from {_TABLE}
            where tenant_id = :tenant_id and status <> 'CANCELLED' and placed_at >= '1970-01-03 00:00:00+00'
        ) as sale
        group by tenant_id, day, channel_id, currency
    """  # noqa: S608 - see above
    op.get_bind().execute(sa.text(statement), {"tenant_id": tenant_id, "zone": zone})


def downgrade() -> None:
    unprotect("booked_sales")
    op.drop_table("booked_sales")
    for name in reversed(_COLUMNS):
        op.drop_column(_TABLE, name)
