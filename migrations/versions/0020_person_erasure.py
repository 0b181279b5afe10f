"""a person can be taken out of every tenant at once

Revision: 0020, after 0019. One transaction over all their tenants, so the system role needs the tables it touches.
"""

from alembic import op

from migrations.policies import grant
from migrations.roles import SYSTEM

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Table -> what the system role needs besides what it has.
_RIGHTS = {
    "membership": "update, delete",
    "api_key": "select, update",
    "oauth_identity": "delete",
    "user_account": "update",
}


def upgrade() -> None:
    for table, rights in _RIGHTS.items():
        grant(table, runtime=None, system=rights)


def downgrade() -> None:
    for table, rights in _RIGHTS.items():
        op.execute(f"revoke {rights} on {table} from {SYSTEM}")
