"""refreshes, the audit log and what calls and platforms remember

Revision: 0004, after 0003; policies, grants and foreign keys are steps of their own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("refresh_job", "refresh_slice", "audit_log", "idempotency_key", "vendor_throttle")


def upgrade() -> None:
    _create_refresh_job()
    _create_refresh_slice()
    _create_audit_log()
    _create_idempotency_key()
    _create_vendor_throttle()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_refresh_job() -> None:
    op.create_table(
        "refresh_job",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("requested_by_kind", sa.String(), nullable=False),
        sa.Column("requested_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by_api_key_id", sa.Uuid(), nullable=True),
        sa.Column("range_start", sa.Date(), nullable=False),
        sa.Column("range_end", sa.Date(), nullable=False),
        sa.Column("breakdowns", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("days_total", sa.Integer(), nullable=False),
        sa.Column("days_done", sa.Integer(), nullable=False),
        sa.Column("rows_fetched", sa.BigInteger(), nullable=False),
        sa.Column("rows_stored", sa.BigInteger(), nullable=False),
        sa.Column("rows_removed", sa.BigInteger(), nullable=False),
        sa.Column("api_calls", sa.Integer(), nullable=False),
        sa.Column("wait_reason", sa.String(), nullable=True),
        sa.Column("resumes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("error_retryable", sa.Boolean(), nullable=True),
        sa.Column("gaps", postgresql.JSONB(), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "error_code in ('ACCESS_REVOKED', 'PERMISSION_MISSING', 'ACCOUNT_UNAVAILABLE', 'RATE_LIMITED', 'PLATFORM_UNAVAILABLE', 'INVALID_RESPONSE', 'QUOTA_EXCEEDED', 'INTERNAL')",
            name=op.f("ck_refresh_job_error_code"),
        ),
        sa.CheckConstraint(
            "requested_by_kind in ('USER', 'API_KEY', 'SCHEDULE', 'WEBHOOK', 'STAFF', 'SYSTEM')",
            name=op.f("ck_refresh_job_requested_by_kind"),
        ),
        sa.CheckConstraint(
            "status in ('QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED')",
            name=op.f("ck_refresh_job_status"),
        ),
        sa.CheckConstraint("trigger in ('MANUAL', 'SCHEDULED', 'CONNECTED')", name=op.f("ck_refresh_job_trigger")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_refresh_job_attempt")),
        sa.CheckConstraint("progress between 0 and 1", name=op.f("ck_refresh_job_progress")),
        sa.CheckConstraint("range_start <= range_end", name=op.f("ck_refresh_job_range")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_refresh_job")),
    )
    op.create_index(
        op.f("ix_refresh_job_tenant_id_ad_account_id_queued_at_id"),
        "refresh_job",
        ["tenant_id", "ad_account_id", "queued_at", "id"],
    )
    op.create_index(op.f("ix_refresh_job_tenant_id_queued_at_id"), "refresh_job", ["tenant_id", "queued_at", "id"])
    op.create_index(
        "uq_refresh_job_active",
        "refresh_job",
        ["tenant_id", "ad_account_id", "range_start", "range_end", "breakdowns"],
        unique=True,
        postgresql_where="status in ('QUEUED', 'RUNNING', 'WAITING')",
    )


def _create_refresh_slice() -> None:
    op.create_table(
        "refresh_slice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("refresh_job_id", sa.Uuid(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("rows_fetched", sa.BigInteger(), nullable=False),
        sa.Column("rows_stored", sa.BigInteger(), nullable=False),
        sa.Column("rows_removed", sa.BigInteger(), nullable=False),
        sa.Column("api_calls", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("start_on <= end_on", name=op.f("ck_refresh_slice_range")),
        sa.PrimaryKeyConstraint("tenant_id", "refresh_job_id", "start_on", name=op.f("pk_refresh_slice")),
    )


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_api_key_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target_type", sa.String(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "actor_kind in ('USER', 'API_KEY', 'SCHEDULE', 'WEBHOOK', 'STAFF', 'SYSTEM')",
            name=op.f("ck_audit_log_actor_kind"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_tenant_id_at_id"), "audit_log", ["tenant_id", "at", "id"])


def _create_idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_tenant_id_created_at"), "idempotency_key", ["tenant_id", "created_at"])


def _create_vendor_throttle() -> None:
    op.create_table(
        "vendor_throttle",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("utilisation", sa.Float(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_vendor_throttle_platform")),
        sa.PrimaryKeyConstraint("platform", "external_account_id", "kind", name=op.f("pk_vendor_throttle")),
    )
