"""which reading of Stripe's state is stored

Revision: 0024, after 0023. Readings are numbered as they begin; an earlier one must not overwrite a later one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("billing_subscription", sa.Column("applied_number", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("billing_subscription", "applied_number", server_default=None)


def downgrade() -> None:
    op.drop_column("billing_subscription", "applied_number")
