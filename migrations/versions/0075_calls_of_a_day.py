"""how many calls a marketplace leaves all channels in a day, and jobs that go before those of schedules

Revision: 0075, after 0074. A process of the release before goes on: it paces no readings, and all its jobs take turns.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

_CALLS, _TURN = "channel_calls", "channel_turn"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        _CALLS,
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("left_today", sa.Integer(), nullable=False),
        sa.Column("told_at", _INSTANT, nullable=False),
        sa.CheckConstraint("kind in ('EBAY', 'ETSY', 'VINTED', 'SHOP')", name=op.f(f"ck_{_CALLS}_kind")),
        sa.PrimaryKeyConstraint("kind", name=op.f(f"pk_{_CALLS}")),
    )
    grant(_CALLS, runtime="select, insert, update", system="select, delete")
    op.add_column(_TURN, sa.Column("urgent_until", _INSTANT))


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_column(_TURN, "urgent_until")
    op.drop_table(_CALLS)
