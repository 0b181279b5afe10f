"""the naming field whose value is a SKU

Revision: 0063, after 0062. Null: no field is, as for every tenant until it says so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("product_tag", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("tenant", "product_tag")
