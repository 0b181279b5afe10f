"""schedules are within the bounds that the product sets

Revision: 0028, after 0027. The checks asked for more than nothing only.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BOUNDS = {"refresh_every_hours": 168, "lookback_days": 90}


def upgrade() -> None:
    for column, most in _BOUNDS.items():
        _check(column, f"{column} between 1 and {most}")


def downgrade() -> None:
    for column in _BOUNDS:
        _check(column, f"{column} > 0")


def _check(column: str, condition: str) -> None:
    name = op.f(f"ck_ad_account_{column}")
    op.drop_constraint(name, "ad_account", type_="check")
    op.create_check_constraint(name, "ad_account", condition)
