"""when grants were connected and checked, and whose they are over all tenants

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEX = "ix_access_grant_platform_external_user_id"


def upgrade() -> None:
    op.add_column("access_grant", sa.Column("token_stored_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("access_grant", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f(_INDEX), "access_grant", ["platform", "external_user_id"])


def downgrade() -> None:
    op.drop_index(op.f(_INDEX), "access_grant")
    op.drop_column("access_grant", "checked_at")
    op.drop_column("access_grant", "token_stored_at")
