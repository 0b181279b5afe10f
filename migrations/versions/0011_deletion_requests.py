"""what people asked a platform to have deleted with us

Revision: 0011, after 0010. The table belongs to no tenant: the platform does not know ours.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletion_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_user_id", sa.String(), nullable=True),
        sa.Column("confirmation_code", sa.String(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_deletion_request_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_request")),
        sa.UniqueConstraint("confirmation_code", name=op.f("uq_deletion_request_confirmation_code")),
        sa.UniqueConstraint("request_hash", name=op.f("uq_deletion_request_request_hash")),
    )
    grant("deletion_request", runtime="select, insert, update")


def downgrade() -> None:
    op.drop_table("deletion_request")
