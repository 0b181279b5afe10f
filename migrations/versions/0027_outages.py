"""how often in a row a refresh met a platform that did not answer

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default is for rows that exist and for workers of the release before; the model brings its own.
    op.add_column("refresh_job", sa.Column("outages", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("refresh_job", "outages")
