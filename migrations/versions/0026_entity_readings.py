"""how far campaigns, ad sets and ads were read, and what they were called

Revision: 0026, after 0025. Names have no foreign key to what they name, which is in one of three tables.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_LEVELS = "'TENANT', 'AD_ACCOUNT', 'CAMPAIGN', 'AD_SET', 'AD', 'CREATIVE'"
_TABLES = ("entity_reading", "entity_name")


def upgrade() -> None:
    op.create_table(
        "entity_reading",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("read_through", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"level in ({_LEVELS})", name=op.f("ck_entity_reading_level")),
        sa.PrimaryKeyConstraint("tenant_id", "ad_account_id", "level", name=op.f("pk_entity_reading")),
    )
    op.create_table(
        "entity_name",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.CheckConstraint(f"level in ({_LEVELS})", name=op.f("ck_entity_name_level")),
        sa.PrimaryKeyConstraint("tenant_id", "entity_id", "valid_from", name=op.f("pk_entity_name")),
    )
    op.create_index(op.f("ix_entity_name_tenant_id_ad_account_id"), "entity_name", ["tenant_id", "ad_account_id"])
    for table in _TABLES:
        protect_tenant_table(table)
        op.create_foreign_key(
            f"fk_{table}_tenant_id_ad_account_id",
            table,
            "ad_account",
            ["tenant_id", "ad_account_id"],
            ["tenant_id", "id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    for table in _TABLES:
        unprotect(table)
        op.drop_table(table)
