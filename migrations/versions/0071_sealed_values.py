"""secrets that the installation itself got from vendors

Revision: 0071, after 0070. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_value",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value_enc", sa.String(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sealed_value")),
    )
    grant("sealed_value", runtime=None, system="select, insert, update")


def downgrade() -> None:
    op.drop_table("sealed_value")
