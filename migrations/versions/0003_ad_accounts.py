"""ad accounts and what is advertised in them

Revision: 0003, after 0002; policies, grants and foreign keys are steps of their own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("access_grant", "ad_account", "campaign", "ad_set", "creative", "ad")


def upgrade() -> None:
    _create_access_grant()
    _create_ad_account()
    _create_campaign()
    _create_ad_set()
    _create_creative()
    _create_ad()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_access_grant() -> None:
    op.create_table(
        "access_grant",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_user_id", sa.String(), nullable=False),
        sa.Column("external_user_name", sa.String(), nullable=True),
        sa.Column("token_enc", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("missing_scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_access_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_by", sa.Uuid(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_access_grant_platform")),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'EXPIRING', 'NEEDS_REAUTH', 'REVOKED')", name=op.f("ck_access_grant_status")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_access_grant")),
        sa.UniqueConstraint(
            "tenant_id",
            "platform",
            "external_user_id",
            name=op.f("uq_access_grant_tenant_id_platform_external_user_id"),
        ),
    )


def _create_ad_account() -> None:
    op.create_table(
        "ad_account",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_from", sa.Date(), nullable=True),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("refresh_every_hours", sa.Integer(), nullable=True),
        sa.Column("next_refresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lookback_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ad_account_currency")),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_ad_account_platform")),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'DISABLED', 'UNSETTLED', 'PENDING_RISK_REVIEW', 'PENDING_SETTLEMENT', 'IN_GRACE_PERIOD', 'PENDING_CLOSURE', 'CLOSED', 'UNKNOWN')",
            name=op.f("ck_ad_account_status"),
        ),
        sa.CheckConstraint("lookback_days > 0", name=op.f("ck_ad_account_lookback_days")),
        sa.CheckConstraint("refresh_every_hours > 0", name=op.f("ck_ad_account_refresh_every_hours")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ad_account")),
        sa.UniqueConstraint(
            "tenant_id", "platform", "external_id", name=op.f("uq_ad_account_tenant_id_platform_external_id")
        ),
    )
    op.create_index(
        op.f("ix_ad_account_next_refresh_at"),
        "ad_account",
        ["next_refresh_at"],
        postgresql_where="next_refresh_at is not null",
    )
    op.create_index(op.f("ix_ad_account_tenant_id_grant_id"), "ad_account", ["tenant_id", "grant_id"])
    op.create_index(op.f("ix_ad_account_tenant_id_name_id"), "ad_account", ["tenant_id", "name", "id"])


def _create_campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("objective", sa.String(), nullable=True),
        sa.Column("daily_budget", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("lifetime_budget", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_upstream_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_campaign_platform")),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED', 'IN_PROCESS', 'WITH_ISSUES', 'PENDING_REVIEW', 'DISAPPROVED', 'PREAPPROVED', 'PENDING_BILLING_INFO', 'CAMPAIGN_PAUSED', 'AD_SET_PAUSED', 'UNKNOWN')",
            name=op.f("ck_campaign_status"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_campaign")),
        sa.UniqueConstraint(
            "tenant_id", "platform", "external_id", name=op.f("uq_campaign_tenant_id_platform_external_id")
        ),
    )
    op.create_index(
        op.f("ix_campaign_tenant_id_ad_account_id_name_id"), "campaign", ["tenant_id", "ad_account_id", "name", "id"]
    )
    op.create_index(op.f("ix_campaign_tenant_id_created_at_id"), "campaign", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_campaign_tenant_id_name_id"), "campaign", ["tenant_id", "name", "id"])


def _create_ad_set() -> None:
    op.create_table(
        "ad_set",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("optimization_goal", sa.String(), nullable=True),
        sa.Column("daily_budget", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("lifetime_budget", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_upstream_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_ad_set_platform")),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED', 'IN_PROCESS', 'WITH_ISSUES', 'PENDING_REVIEW', 'DISAPPROVED', 'PREAPPROVED', 'PENDING_BILLING_INFO', 'CAMPAIGN_PAUSED', 'AD_SET_PAUSED', 'UNKNOWN')",
            name=op.f("ck_ad_set_status"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ad_set")),
        sa.UniqueConstraint(
            "tenant_id", "platform", "external_id", name=op.f("uq_ad_set_tenant_id_platform_external_id")
        ),
    )
    op.create_index(
        op.f("ix_ad_set_tenant_id_ad_account_id_name_id"), "ad_set", ["tenant_id", "ad_account_id", "name", "id"]
    )
    op.create_index(
        op.f("ix_ad_set_tenant_id_campaign_id_name_id"), "ad_set", ["tenant_id", "campaign_id", "name", "id"]
    )
    op.create_index(op.f("ix_ad_set_tenant_id_created_at_id"), "ad_set", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_ad_set_tenant_id_name_id"), "ad_set", ["tenant_id", "name", "id"])


def _create_creative() -> None:
    op.create_table(
        "creative",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("thumbnail_url", sa.String(), nullable=True),
        sa.Column("video_id", sa.String(), nullable=True),
        sa.Column("image_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_upstream_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('IMAGE', 'VIDEO', 'CAROUSEL', 'DYNAMIC', 'OTHER')", name=op.f("ck_creative_kind")),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_creative_platform")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_creative")),
        sa.UniqueConstraint(
            "tenant_id",
            "platform",
            "ad_account_id",
            "external_id",
            name=op.f("uq_creative_tenant_id_platform_ad_account_id_external_id"),
        ),
    )
    op.create_index(
        op.f("ix_creative_tenant_id_ad_account_id_name_id"), "creative", ["tenant_id", "ad_account_id", "name", "id"]
    )
    op.create_index(op.f("ix_creative_tenant_id_created_at_id"), "creative", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_creative_tenant_id_name_id"), "creative", ["tenant_id", "name", "id"])


def _create_ad() -> None:
    op.create_table(
        "ad",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("ad_set_id", sa.Uuid(), nullable=False),
        sa.Column("creative_id", sa.Uuid(), nullable=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_upstream_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_ad_platform")),
        sa.CheckConstraint(
            "status in ('ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED', 'IN_PROCESS', 'WITH_ISSUES', 'PENDING_REVIEW', 'DISAPPROVED', 'PREAPPROVED', 'PENDING_BILLING_INFO', 'CAMPAIGN_PAUSED', 'AD_SET_PAUSED', 'UNKNOWN')",
            name=op.f("ck_ad_status"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ad")),
        sa.UniqueConstraint("tenant_id", "platform", "external_id", name=op.f("uq_ad_tenant_id_platform_external_id")),
    )
    op.create_index(op.f("ix_ad_tenant_id_ad_account_id_name_id"), "ad", ["tenant_id", "ad_account_id", "name", "id"])
    op.create_index(op.f("ix_ad_tenant_id_ad_set_id_name_id"), "ad", ["tenant_id", "ad_set_id", "name", "id"])
    op.create_index(op.f("ix_ad_tenant_id_campaign_id"), "ad", ["tenant_id", "campaign_id"])
    op.create_index(op.f("ix_ad_tenant_id_created_at_id"), "ad", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_ad_tenant_id_creative_id_name_id"), "ad", ["tenant_id", "creative_id", "name", "id"])
    op.create_index(op.f("ix_ad_tenant_id_name_id"), "ad", ["tenant_id", "name", "id"])
