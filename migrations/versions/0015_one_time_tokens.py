"""secrets that work once: invitations, verifications, resets

Revision: 0015, after 0014. A token is found before a tenant is known, so the table is global and holds hashes and ids.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = "one_time_token"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("for_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose in ('INVITATION', 'EMAIL_VERIFICATION', 'PASSWORD_RESET')", name=op.f("ck_one_time_token_purpose")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_token")),
    )
    for column in ("user_id", "for_tenant_id", "expires_at"):
        op.create_index(op.f(f"ix_{_TABLE}_{column}"), _TABLE, [column])
    grant(_TABLE, runtime="select, insert, update", system="select, delete")


def downgrade() -> None:
    op.drop_table(_TABLE)
