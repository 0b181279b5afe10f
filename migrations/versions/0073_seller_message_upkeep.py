"""messages of marketplaces that were acted on are found by their time, and the system role deletes them

Revision: 0073, after 0072. A process of the release before keeps them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant
from migrations.roles import SYSTEM

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_INDEX = "ix_seller_message_handled"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    is_handled = sa.text("handled_at is not null")
    op.create_index(_INDEX, "seller_message", ["handled_at"], postgresql_where=is_handled)
    grant("seller_message", runtime=None, system="select, delete")


def downgrade() -> None:
    op.execute(f"revoke select, delete on seller_message from {SYSTEM}")
    op.drop_index(_INDEX, "seller_message")
