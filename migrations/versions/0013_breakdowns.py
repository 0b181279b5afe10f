"""ad-days in parts, by the breakdowns that were asked for

Revision: 0013, after 0012. No foreign keys, as on the ad-days themselves: a check per row would cost more than the row.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "insight_breakdown"
_KEY = ("tenant_id", "ad_account_id", "breakdown_set", "day", "ad_id", "first_value", "second_value")

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
    amount = sa.Numeric(precision=18, scale=6)
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("breakdown_set", sa.String(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("first_value", sa.String(), nullable=False),
        sa.Column("second_value", sa.String(), nullable=False),
        sa.Column("ad_set_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("spend", amount),
        *(sa.Column(name, sa.BigInteger()) for name in _COUNTS),
        sa.Column("watch_seconds", amount),
        *(sa.Column(f"{name}{window}", amount) for name in _PER_WINDOW for window in _WINDOWS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_insight_breakdown")),
    )
    protect_tenant_table(_TABLE)


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
