"""exports: questions about insights whose answers become files

Revision: 0049, after 0048. A process of the release before goes on and knows none of them; its workers have no task for them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_TABLE = "export"
_KINDS = "requested_by_kind in ('USER', 'API_KEY', 'SCHEDULE', 'WEBHOOK', 'STAFF', 'SYSTEM')"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("question", JSONB(), nullable=False),
        sa.Column("byte_order_mark", sa.Boolean(), nullable=False),
        sa.Column("requested_by_kind", sa.String(), nullable=False),
        sa.Column("requested_by_user_id", sa.Uuid()),
        sa.Column("requested_by_api_key_id", sa.Uuid()),
        sa.Column("ad_account_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("rows", sa.BigInteger()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("object_key", sa.String()),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("heartbeat_at", instant, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("finished_at", instant),
        sa.Column("expires_at", instant),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_export")),
        sa.CheckConstraint("format in ('PARQUET', 'CSV', 'JSONL')", name=op.f("ck_export_format")),
        sa.CheckConstraint("status in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_export_status")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_export_requested_by_kind")),
        sa.CheckConstraint("progress between 0 and 1", name=op.f("ck_export_progress")),
    )
    protect_tenant_table(_TABLE, system="select")
    op.create_index(op.f("ix_export_tenant_id_created_at_id"), _TABLE, ["tenant_id", "created_at", "id"])
    unfinished = sa.text("status in ('QUEUED', 'RUNNING')")
    op.create_index("ix_export_unfinished", _TABLE, ["heartbeat_at"], postgresql_where=unfinished)
    op.create_index("ix_export_stored", _TABLE, ["expires_at"], postgresql_where=sa.text("object_key is not null"))


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
