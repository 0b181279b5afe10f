"""metrics that tenants have written themselves

Revision: 0043, after 0042. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_TABLE = "custom_metric"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("formula", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("higher_is_better", sa.Boolean()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_metric")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_custom_metric_tenant_id_key")),
        sa.CheckConstraint(
            "unit in ('COUNT', 'MONEY', 'FRACTION', 'MULTIPLE', 'SECONDS')", name=op.f("ck_custom_metric_unit")
        ),
        sa.CheckConstraint("char_length(key) between 1 and 64", name=op.f("ck_custom_metric_key")),
        sa.CheckConstraint("char_length(formula) between 1 and 500", name=op.f("ck_custom_metric_formula")),
    )
    protect_tenant_table(_TABLE)


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
