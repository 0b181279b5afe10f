"""lines of orders keep their share of the order, and when it was placed

Revision: 0076, after 0075. Lines that are stored already get both here. A process of the release before stores no orders.
"""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_TABLE = "order_line"
_VALUE = "greatest(line.quantity * line.unit_price - line.discount, 0)"
_READ = (_TABLE, "sales_order")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column(_TABLE, sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("share", sa.Numeric(), nullable=False, server_default="0"))
    # The owner of the tables is bound by their policies, which show no row without a tenant.
    for table in _READ:
        op.execute(f"alter table {table} no force row level security")
    _share()
    for table in _READ:
        op.execute(f"alter table {table} force row level security")
    op.alter_column(_TABLE, "placed_at", nullable=False)
    op.create_index(op.f("ix_order_line_tenant_id_placed_at"), _TABLE, ["tenant_id", "placed_at"])


def _share() -> None:
    op.execute(f"""
        update {_TABLE} as stored set placed_at = found.placed_at, share = found.share
        from (
            select line.tenant_id, line.id, sale.placed_at, coalesce(
                ({_VALUE})::numeric(48, 24) / nullif(sum({_VALUE}) over whole, 0),
                line.quantity::numeric(48, 24) / sum(line.quantity) over whole
            ) as share
            from {_TABLE} as line
            join sales_order as sale on sale.tenant_id = line.tenant_id and sale.id = line.order_id
            window whole as (partition by line.tenant_id, line.order_id)
        ) as found
        where stored.tenant_id = found.tenant_id and stored.id = found.id
    """)  # noqa: S608 - names of our own columns


def downgrade() -> None:
    op.drop_index(op.f("ix_order_line_tenant_id_placed_at"), table_name=_TABLE)
    op.drop_column(_TABLE, "share")
    op.drop_column(_TABLE, "placed_at")
