"""API keys can be presented: the hash that finds one, and the membership it ends with

Revision: 0017, after 0016. No key could be made before, so the new column needs no default.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("membership_id", sa.Uuid(), nullable=False))
    op.create_table(
        "api_key_secret",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("in_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_api_key_secret")),
        sa.ForeignKeyConstraint(
            ["in_tenant_id", "api_key_id"],
            ["api_key.tenant_id", "api_key.id"],
            name=op.f("fk_api_key_secret_in_tenant_id_api_key_id"),
            ondelete="CASCADE",
        ),
    )
    grant("api_key_secret", runtime="select, insert")


def downgrade() -> None:
    op.drop_table("api_key_secret")
    op.drop_column("api_key", "membership_id")
