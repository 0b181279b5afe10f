"""insights: ad-days, their roll-ups, day status and deduplicated people

Revision: 0007, after 0006; foreign keys are a step of their own.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.policies import protect_tenant_table, unprotect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("insight", "insight_campaign_day", "insight_account_day", "insight_day", "unique_insight")

_COUNTS = (
    "impressions",
    "clicks_all",
    "link_clicks",
    "outbound_clicks",
    "landing_page_views",
    "post_engagements",
    "reactions",
    "comments",
    "shares",
    "saves",
    "video_starts",
    "video_views_3s",
    "thruplays",
    "video_p25",
    "video_p50",
    "video_p75",
    "video_p95",
    "video_p100",
)
_PER_WINDOW = ("adds_to_cart", "checkouts", "purchases", "purchase_value", "leads", "registrations")
_WINDOWS = ("", "_click_1d", "_click_7d", "_click_28d", "_view_1d")


def upgrade() -> None:
    _create_ad_days()
    _create_roll_ups()
    _create_days()
    _create_people()
    for table in _TABLES:
        protect_tenant_table(table)


def downgrade() -> None:
    for table in reversed(_TABLES):
        unprotect(table)
        op.drop_table(table)


def _key(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Date() if name == "day" else sa.Uuid(), nullable=False) for name in names]


def _facts() -> list[sa.Column[Any]]:
    amount = sa.Numeric(precision=18, scale=6)
    return [
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("spend", amount),
        *(sa.Column(name, sa.BigInteger()) for name in _COUNTS),
        sa.Column("watch_seconds", amount),
        *(sa.Column(f"{name}{window}", amount) for name in _PER_WINDOW for window in _WINDOWS),
    ]


def _create_ad_days() -> None:
    op.create_table(
        "insight",
        *_key("tenant_id", "ad_account_id", "day", "ad_id", "ad_set_id", "campaign_id"),
        *_facts(),
        sa.Column("actions", postgresql.JSONB()),
        sa.Column("action_values", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("tenant_id", "ad_account_id", "day", "ad_id", name="pk_insight"),
    )


def _create_roll_ups() -> None:
    account_day = ("tenant_id", "ad_account_id", "day")
    for table, key in (
        ("insight_campaign_day", (*account_day, "campaign_id")),
        ("insight_account_day", account_day),
    ):
        op.create_table(table, *_key(*key), *_facts(), sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"))


def _create_days() -> None:
    op.create_table(
        "insight_day",
        *_key("tenant_id", "ad_account_id", "day"),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "ad_account_id", "day", name="pk_insight_day"),
        sa.CheckConstraint("status in ('PROVISIONAL', 'SETTLED', 'GAP')", name=op.f("ck_insight_day_status")),
    )


def _create_people() -> None:
    levels = "'TENANT', 'AD_ACCOUNT', 'CAMPAIGN', 'AD_SET', 'AD', 'CREATIVE'"
    op.create_table(
        "unique_insight",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("reach", sa.BigInteger()),
        sa.Column("unique_clicks", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "ad_account_id",
            "level",
            "period_start",
            "period_end",
            "entity_id",
            name="pk_unique_insight",
        ),
        sa.CheckConstraint(f"level in ({levels})", name=op.f("ck_unique_insight_level")),
    )
