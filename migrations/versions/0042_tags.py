"""tags: what names and people say of campaigns, ad sets and ads

Revision: 0042, after 0041. Tags have no foreign key to what they are about, which is in one of three tables.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TABLE = "entity_tag"
_LEVELS = "'CAMPAIGN', 'AD_SET', 'AD'"
_SOURCES = "'PARSED', 'MAPPED', 'OVERRIDE', 'DEFAULT', 'MISSING'"
_VALUE_OF_SOURCE = "case source when 'MISSING' then value is null when 'OVERRIDE' then true else value is not null end"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("value_key", sa.String(collation="C"), sa.Computed("name_key(value)", persisted=True), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(f"level in ({_LEVELS})", name=op.f("ck_entity_tag_level")),
        sa.CheckConstraint(f"source in ({_SOURCES})", name=op.f("ck_entity_tag_source")),
        sa.CheckConstraint("char_length(field) between 1 and 50", name=op.f("ck_entity_tag_field")),
        sa.CheckConstraint("char_length(value) between 1 and 2000", name=op.f("ck_entity_tag_value")),
        sa.CheckConstraint(_VALUE_OF_SOURCE, name=op.f("ck_entity_tag_value_of_source")),
        sa.PrimaryKeyConstraint("tenant_id", "entity_id", "field", name=op.f("pk_entity_tag")),
    )
    for columns in (["tenant_id", "ad_account_id"], ["tenant_id", "field", "value_key"]):
        op.create_index(op.f(f"ix_entity_tag_{'_'.join(columns)}"), _TABLE, columns)
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        "fk_entity_tag_tenant_id_ad_account_id",
        _TABLE,
        "ad_account",
        ["tenant_id", "ad_account_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
