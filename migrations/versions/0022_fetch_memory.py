"""how each account can be asked: what the platform answered and what it refused as too much

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.policies import protect_tenant_table, unprotect

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLE = "fetch_memory"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("worked", postgresql.JSONB(), nullable=False),
        sa.Column("refused", postgresql.JSONB(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("rows_each", sa.Float()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "ad_account_id", "kind", name=op.f("pk_fetch_memory")),
    )
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        "fk_fetch_memory_tenant_id_ad_account_id",
        _TABLE,
        "ad_account",
        ["tenant_id", "ad_account_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
