"""which periods people of accounts and campaigns were read of, and when

Revision: 0012, after 0011. Who had no people in a period has no row in unique_insight, so reading it leaves a mark here.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLE = "unique_period"
_KEY = ("tenant_id", "ad_account_id", "level", "period_start", "period_end")


def upgrade() -> None:
    levels = "'TENANT', 'AD_ACCOUNT', 'CAMPAIGN', 'AD_SET', 'AD', 'CREATIVE'"
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_unique_period")),
        sa.CheckConstraint(f"level in ({levels})", name=op.f("ck_unique_period_level")),
    )
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        "fk_unique_period_tenant_id_ad_account_id",
        _TABLE,
        "ad_account",
        ["tenant_id", "ad_account_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
