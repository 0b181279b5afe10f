"""letters that wait for the worker

Revision: 0014, after 0013. The table belongs to no tenant: a letter is one person's. What it says is encrypted.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_enc", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index(op.f("ix_outgoing_mail_created_at"), "outgoing_mail", ["created_at"])
    grant("outgoing_mail", runtime="select, insert, delete")


def downgrade() -> None:
    op.drop_table("outgoing_mail")
