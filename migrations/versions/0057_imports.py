"""days say whether they were imported, and accounts whether an import has made placeholders

Revision: 0057, after 0056. Where a process of the release before stores days over imported ones, they are marked as its own, as they
should be: it deletes the marks and writes new ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("insight_day", sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True))
    # The default is for processes of the release before, which do not know the column.
    op.add_column("ad_account", sa.Column("has_placeholders", sa.Boolean(), nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("ad_account", "has_placeholders")
    op.drop_column("insight_day", "imported_at")
