"""sums of ad-days over whole months, and which accounts have to be summed

Revision: 0046, after 0045. Refreshes of the release before do not delete the sums of a month whose days they store again: where
one may have done so after this, delete the rows of `insight_ad_month`; they come back by themselves.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_TABLE = "insight_ad_month"
_IDS = ("ad_id", "ad_set_id", "campaign_id")
_KEY = ("tenant_id", "ad_account_id", "month", *_IDS, "currency")
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
    amount = sa.Numeric(precision=38, scale=6)
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in _IDS),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("spend", amount),
        *(sa.Column(name, sa.BigInteger()) for name in _COUNTS),
        sa.Column("watch_seconds", amount),
        *(sa.Column(f"{name}{window}", amount) for name in _PER_WINDOW for window in _WINDOWS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f(f"pk_{_TABLE}")),
    )
    protect_tenant_table(_TABLE)
    # The default is for processes of the release before, which do not know the column.
    op.add_column("ad_account", sa.Column("months_version", sa.BigInteger(), nullable=False, server_default="0"))
    condition = sa.text("months_version <> data_version")
    op.create_index(op.f("ix_ad_account_id"), "ad_account", ["id"], postgresql_where=condition)


def downgrade() -> None:
    op.drop_index(op.f("ix_ad_account_id"), "ad_account")
    op.drop_column("ad_account", "months_version")
    unprotect(_TABLE)
    op.drop_table(_TABLE)
