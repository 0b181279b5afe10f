"""a listing that a person has unlinked stays so

Revision: 0064, after 0063. A process of the release before goes on: it links no listing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listing", sa.Column("is_unlinked", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("listing", "is_unlinked")
