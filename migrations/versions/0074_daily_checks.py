"""when the consent of a channel's seller is checked next; those that are connected begin within a day, spread over it

Revision: 0074, after 0073. A process of the release before checks nobody by itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_INDEX = "ix_channel_next_check"
_SPREAD = """
    update channel set next_check_at = now() + make_interval(secs => abs(hashtext(id::text)::bigint) % 86400)
    where kind <> 'SHOP' and status in ('CONNECTED', 'ATTENTION')
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("channel", sa.Column("next_check_at", sa.DateTime(timezone=True)))
    op.create_index(_INDEX, "channel", ["next_check_at"], postgresql_where=sa.text("next_check_at is not null"))
    op.execute("alter table channel no force row level security")
    op.execute(_SPREAD)
    op.execute("alter table channel force row level security")


def downgrade() -> None:
    op.drop_index(_INDEX, "channel")
    op.drop_column("channel", "next_check_at")
