"""channels: up to when their orders were looked over, for changes that no list of changes tells of

Revision: 0077, after 0076. A process of the release before goes on, and looks nothing over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("channel", sa.Column("orders_looked_over_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("channel", "orders_looked_over_at")
