"""orders: how much of a product each line has taken, so that a cancelled order gives back just that

Revision: 0054, after 0053. The default is a constant, so no row is rewritten. A process of the release before stores
no orders.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("order_line", sa.Column("stock_taken", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("order_line", "stock_taken")
