"""what is old can be found and deleted

Revision: 0033, after 0032. Sessions and refresh tokens get the indexes that finding the old ones needs; the system role may delete
audit entries, which it does by age alone and only where AUDIT_RETENTION_DAYS says so.
"""

from alembic import op

from migrations.roles import SYSTEM

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_auth_session_last_used_at"), "auth_session", ["last_used_at"])
    op.create_index(op.f("ix_refresh_token_expires_at"), "refresh_token", ["expires_at"])
    op.execute(f"grant delete on audit_log to {SYSTEM}")


def downgrade() -> None:
    op.execute(f"revoke delete on audit_log from {SYSTEM}")
    op.drop_index(op.f("ix_refresh_token_expires_at"), "refresh_token")
    op.drop_index(op.f("ix_auth_session_last_used_at"), "auth_session")
