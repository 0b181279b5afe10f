"""the system role changes nobody's being staff

Revision: 0038, after 0037. Staff are made by the owner, at the operator's terminal. A process of the release before goes on;
only its `cli.py staff` is refused.
"""

from alembic import op

from migrations.roles import SYSTEM

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# What erasing a person and locking an account change.
_CHANGEABLE = "email, email_verified_at, name, token_version, disabled_at, deleted_at"


def upgrade() -> None:
    op.execute(f"revoke update on user_account from {SYSTEM}")
    op.execute(f"grant update ({_CHANGEABLE}) on user_account to {SYSTEM}")


def downgrade() -> None:
    op.execute(f"revoke update ({_CHANGEABLE}) on user_account from {SYSTEM}")
    op.execute(f"grant update on user_account to {SYSTEM}")
