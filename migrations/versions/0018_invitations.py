"""places in a tenant that are offered to addresses

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLE = "invitation"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('OWNER', 'ADMIN', 'MANAGER', 'VIEWER')", name=op.f("ck_invitation_role")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invitation")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invitation_tenant_id"), ondelete="CASCADE"),
    )
    op.create_index(
        "uq_invitation_open",
        _TABLE,
        ["tenant_id", "email"],
        unique=True,
        postgresql_where="accepted_at is null and revoked_at is null",
    )
    protect_tenant_table(_TABLE, on_coordinator=True)


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
