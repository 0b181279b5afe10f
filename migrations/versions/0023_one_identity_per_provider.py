"""a person has one account at each provider

Revision: 0023, after 0022. Unlinking names the provider alone. Nobody could link anything before, so no row can clash.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_oauth_identity_user_id"), "oauth_identity")
    op.create_unique_constraint(op.f("uq_oauth_identity_user_id_provider"), "oauth_identity", ["user_id", "provider"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_oauth_identity_user_id_provider"), "oauth_identity")
    op.create_index(op.f("ix_oauth_identity_user_id"), "oauth_identity", ["user_id"])
