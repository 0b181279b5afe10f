"""the runtime role changes nobody's being staff, and deletes nobody

Revision: 0032, after 0031. Staff are made at the operator's terminal, by the system role. A process of the release before
cannot delete a person while it still runs; everything else it does goes on.
"""

from alembic import op

from migrations.roles import RUNTIME

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_CHANGEABLE = "email, email_verified_at, name, password_hash, token_version, disabled_at, deleted_at"


def upgrade() -> None:
    op.execute(f"revoke update, delete on user_account from {RUNTIME}")
    op.execute(f"grant update ({_CHANGEABLE}) on user_account to {RUNTIME}")


def downgrade() -> None:
    op.execute(f"revoke update ({_CHANGEABLE}) on user_account from {RUNTIME}")
    op.execute(f"grant update, delete on user_account to {RUNTIME}")
