"""a flow through a dialog can connect a channel, and remembers what was wished for

Revision: 0062, after 0061. A process of the release before goes on: it begins no such flow.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_NAME = "ck_oauth_flow_purpose"
_BEFORE = "purpose in ('SIGN_IN', 'LINK', 'CONNECTION')"
_SINCE = "purpose in ('SIGN_IN', 'LINK', 'CONNECTION', 'CHANNEL')"


def upgrade() -> None:
    op.add_column("oauth_flow", sa.Column("wish", JSONB(), nullable=False, server_default="{}"))
    op.drop_constraint(op.f(_NAME), "oauth_flow")
    op.create_check_constraint(op.f(_NAME), "oauth_flow", _SINCE)


def downgrade() -> None:
    op.execute("delete from oauth_flow where purpose = 'CHANNEL'")
    op.drop_constraint(op.f(_NAME), "oauth_flow")
    op.create_check_constraint(op.f(_NAME), "oauth_flow", _BEFORE)
    op.drop_column("oauth_flow", "wish")
