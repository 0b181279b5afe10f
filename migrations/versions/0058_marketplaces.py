"""what a channel of a marketplace needs: tokens, policies, jobs, listings

Revision: 0058, after 0057. A process of the release before goes on and knows none of them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_AMOUNT = sa.Numeric(18, 4)
_OPEN = "status in ('QUEUED', 'RUNNING', 'WAITING', 'UNCERTAIN')"
_OFFERED = "status in ('DRAFT', 'PENDING', 'LIVE', 'FAILED')"
_JOB_KINDS = (
    "CHECK", "SYNC_LISTINGS", "SYNC_ORDERS", "SYNC_CASES", "SYNC_CONVERSATIONS", "PUBLISH", "UPDATE", "END", "SHIP",
    "CANCEL", "REFUND", "CASE_ACTION", "SEND_MESSAGE",
)  # fmt: skip
_ERRORS = (
    "ACCESS_REVOKED", "PERMISSION_MISSING", "REJECTED", "NOT_FOUND", "RATE_LIMITED", "CHANNEL_UNAVAILABLE",
    "CHALLENGE", "EXPIRED", "INVALID_RESPONSE", "INTERNAL",
)  # fmt: skip
_ACTORS = ("USER", "API_KEY", "SCHEDULE", "WEBHOOK", "STAFF", "SYSTEM")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(table, column, f"{column} in ({listed})")


def _table(name: str, key: tuple[str, ...], *parts: sa.Column[Any] | sa.Constraint) -> None:
    columns = (sa.Column("tenant_id", sa.Uuid(), nullable=False), *parts)
    op.create_table(name, *columns, sa.PrimaryKeyConstraint("tenant_id", *key, name=op.f(f"pk_{name}")))


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _refer(table: str, column: str, to: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_tenant_id_{column}"),
        table,
        to,
        ["tenant_id", column],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    op.add_column("channel", sa.Column("next_sync_at", _INSTANT))
    op.create_index(
        "ix_channel_next_sync",
        "channel",
        ["next_sync_at"],
        postgresql_where=sa.text("next_sync_at is not null"),
    )
    _create_access()
    _create_policies()
    _create_jobs()
    _create_listings()
    op.add_column("order_line", sa.Column("listing_id", sa.Uuid()))


def _create_access() -> None:
    _table(
        "channel_access",
        ("id",),
        _id(),
        sa.Column("access_enc", sa.String(), nullable=False),
        sa.Column("access_ends_at", _INSTANT, nullable=False),
        sa.Column("refresh_enc", sa.String(), nullable=False),
        sa.Column("refresh_ends_at", _INSTANT),
        sa.Column("scopes", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("stored_at", _INSTANT, nullable=False),
    )
    # The system role looks for tokens that are encrypted with an older key.
    protect_tenant_table("channel_access", system="select")
    _refer("channel_access", "id", "channel")


def _create_policies() -> None:
    _table(
        "channel_policy",
        ("channel_id", "kind", "market", "external_id"),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("market", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        _one_of("channel_policy", "kind", "SHIPPING", "PAYMENT", "RETURN", "LOCATION", "PROCESSING"),
    )
    protect_tenant_table("channel_policy")
    _refer("channel_policy", "channel_id", "channel")


def _create_jobs() -> None:
    _table(
        "channel_job",
        ("id",),
        _id(),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String()),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("sameness", sa.String(), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("memo", JSONB(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_by_kind", sa.String(), nullable=False),
        sa.Column("requested_by_user_id", sa.Uuid()),
        sa.Column("requested_by_api_key_id", sa.Uuid()),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("wait_reason", sa.String()),
        sa.Column("resumes_at", _INSTANT),
        sa.Column("outages", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("error_code", sa.String()),
        sa.Column("error_message", sa.String()),
        sa.Column("error_retryable", sa.Boolean()),
        sa.Column("problems", JSONB(), nullable=False),
        sa.Column("cancel_requested_at", _INSTANT),
        sa.Column("heartbeat_at", _INSTANT),
        sa.Column("queued_at", _INSTANT, nullable=False),
        sa.Column("started_at", _INSTANT),
        sa.Column("finished_at", _INSTANT),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _one_of("channel_job", "kind", *_JOB_KINDS),
        _one_of(
            "channel_job", "status", "QUEUED", "RUNNING", "WAITING", "UNCERTAIN", "SUCCEEDED", "FAILED", "CANCELLED"
        ),
        _one_of("channel_job", "subject_kind", "Product", "Listing", "Order", "OrderCase", "Conversation"),
        _one_of("channel_job", "requested_by_kind", *_ACTORS),
        _one_of("channel_job", "error_code", *_ERRORS),
        _check("channel_job", "subject", "(subject_kind is null) = (subject_id is null)"),
        _check("channel_job", "attempt", "attempt > 0"),
    )
    protect_tenant_table("channel_job", system="select")
    _index("channel_job", "tenant_id", "queued_at", "id")
    _index("channel_job", "tenant_id", "channel_id", "queued_at", "id")
    op.create_index(
        "uq_channel_job_open",
        "channel_job",
        ["tenant_id", "channel_id", "sameness"],
        unique=True,
        postgresql_where=sa.text(_OPEN),
    )
    # For the sweep, which looks over all tenants.
    op.create_index("ix_channel_job_heartbeat", "channel_job", ["heartbeat_at"], postgresql_where=sa.text(_OPEN))
    _refer("channel_job", "channel_id", "channel")


def _create_listings() -> None:
    _table(
        "listing",
        ("id",),
        _id(),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("market", sa.String()),
        sa.Column("external_id", sa.String()),
        sa.Column("offer_id", sa.String()),
        sa.Column("sku", sa.String()),
        sa.Column("url", sa.String()),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price", _AMOUNT, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("image_url", sa.String()),
        sa.Column("drift", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("problems", JSONB(), nullable=False),
        sa.Column("views", sa.Integer()),
        sa.Column("favourites", sa.Integer()),
        sa.Column("published_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("synced_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "channel_id", "external_id", name=op.f("uq_listing_tenant_id_channel_id_external_id")
        ),
        _one_of("listing", "status", "DRAFT", "PENDING", "LIVE", "SOLD", "ENDED", "FAILED"),
        _check("listing", "currency", "currency ~ '^[A-Z]{3}$'"),
        _check("listing", "quantity", "quantity >= 0"),
    )
    protect_tenant_table("listing")
    _index("listing", "tenant_id", "created_at", "id")
    _index("listing", "tenant_id", "channel_id", "created_at", "id")
    _index("listing", "tenant_id", "product_id")
    _index("listing", "tenant_id", "channel_id", "sku")
    op.create_index(
        "uq_listing_offered",
        "listing",
        ["tenant_id", "channel_id", "product_id", "market"],
        unique=True,
        postgresql_where=sa.text(_OFFERED),
    )
    _refer("listing", "channel_id", "channel")
    _refer("listing", "product_id", "product")


def downgrade() -> None:
    op.drop_column("order_line", "listing_id")
    for table in ("listing", "channel_job", "channel_policy", "channel_access"):
        unprotect(table)
        op.drop_table(table)
    op.drop_index("ix_channel_next_sync", "channel")
    op.drop_column("channel", "next_sync_at")
