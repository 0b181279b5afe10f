"""whose turn it is when the calls that all tenants share are short

Revision: 0019, after 0018. The system role compares the tenants; each sees its own row.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import READ_AND_WRITE, protect_tenant_table, unprotect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLE = "vendor_turn"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("wanted_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("platform in ('META')", name=op.f("ck_vendor_turn_platform")),
        sa.PrimaryKeyConstraint("tenant_id", "platform", name=op.f("pk_vendor_turn")),
    )
    op.create_foreign_key("fk_vendor_turn_tenant_id", _TABLE, "tenant", ["tenant_id"], ["id"], ondelete="CASCADE")
    protect_tenant_table(_TABLE, system=READ_AND_WRITE, on_coordinator=True)


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
