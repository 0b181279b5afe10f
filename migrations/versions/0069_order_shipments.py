"""orders: their parcels

Revision: 0069, after 0068. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_TABLE = "order_shipment"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("carrier", sa.String()),
        sa.Column("tracking_code", sa.String()),
        sa.Column("shipped_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_shipment")),
        sa.UniqueConstraint(
            "tenant_id", "order_id", "external_id", name=op.f("uq_order_shipment_tenant_id_order_id_external_id")
        ),
    )
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        op.f("fk_order_shipment_tenant_id_order_id"),
        _TABLE,
        "sales_order",
        ["tenant_id", "order_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
