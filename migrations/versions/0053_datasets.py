"""data sets: files with the ad-days of an account, one for each period

Revision: 0053, after 0052. A process of the release before goes on and knows none of them; its workers have no task for them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_TABLE = "dataset"
_PERIODS = "period in ('LAST_7_DAYS', 'LAST_30_DAYS', 'LAST_90_DAYS', 'LAST_365_DAYS')"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dataset")),
        sa.CheckConstraint(_PERIODS, name=op.f("ck_dataset_period")),
    )
    protect_tenant_table(_TABLE, system="select")
    current = sa.text("ends_at is null")
    op.create_index(
        "ix_dataset_current", _TABLE, ["tenant_id", "ad_account_id", "period"], unique=True, postgresql_where=current
    )
    op.create_index("ix_dataset_ended", _TABLE, ["ends_at"], postgresql_where=sa.text("ends_at is not null"))


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
