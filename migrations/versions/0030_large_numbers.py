"""numbers of thirteen digits and more, and their sums

Revision: 0030, after 0029. A currency without cents, or a pixel that sends nonsense, needs more than twelve digits
before the point. More precision at the same scale changes the catalogue alone: no row is written again.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_PER_WINDOW = ("adds_to_cart", "checkouts", "purchases", "purchase_value", "leads", "registrations")
_WINDOWS = ("", "_click_1d", "_click_7d", "_click_28d", "_view_1d")
_AMOUNTS = ("spend", "watch_seconds", *(f"{name}{window}" for name in _PER_WINDOW for window in _WINDOWS))
_BUDGETS = ("daily_budget", "lifetime_budget")
_TABLES = {
    "insight": _AMOUNTS,
    "insight_campaign_day": _AMOUNTS,
    "insight_account_day": _AMOUNTS,
    "insight_breakdown": _AMOUNTS,
    "campaign": _BUDGETS,
    "ad_set": _BUDGETS,
}


def upgrade() -> None:
    _alter("numeric(38, 6)")


def downgrade() -> None:
    """Fails where a number is stored that the narrower columns cannot hold."""
    _alter("numeric(18, 6)")


def _alter(kind: str) -> None:
    for table, columns in _TABLES.items():
        # One statement per table, which is locked once.
        op.execute(f"alter table {table} " + ", ".join(f"alter column {name} type {kind}" for name in columns))
