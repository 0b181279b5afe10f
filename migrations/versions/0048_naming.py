"""naming templates and overrides, and the table in which tags are staged

Revision: 0048, after 0047. A process of the release before goes on and knows none of them; what it stores of ads meanwhile has no
tags until the ads are listed again or a template is saved.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect
from migrations.roles import RUNTIME

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_TEMPLATE = "naming_template"
_OVERRIDE = "naming_override"
_STAGE = "stage_tags"


def _one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} in ({listed})", name=op.f(f"ck_{table}_{column}"))


def _length(table: str, column: str, most: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"char_length({column}) between 1 and {most}", name=op.f(f"ck_{table}_{column}"))


def upgrade() -> None:
    # The default is for processes of the release before, which do not know the column.
    op.add_column("tenant", sa.Column("naming_version", sa.BigInteger(), nullable=False, server_default="0"))
    _create_templates()
    _create_overrides()
    _create_stage()


def _create_templates() -> None:
    op.create_table(
        _TEMPLATE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("delimiter", sa.String()),
        sa.Column("pattern", sa.String()),
        sa.Column("trim", sa.Boolean(), nullable=False),
        sa.Column("on_extra", sa.String(), nullable=False),
        sa.Column("on_duplicate", sa.String(), nullable=False),
        sa.Column("ad_account_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TEMPLATE}")),
        _one_of(_TEMPLATE, "level", "CAMPAIGN", "AD_SET", "AD"),
        _one_of(_TEMPLATE, "mode", "POSITION", "KEYED", "BRACKETED", "REGEX"),
        _one_of(_TEMPLATE, "on_extra", "ERROR", "JOIN_LAST", "IGNORE"),
        _one_of(_TEMPLATE, "on_duplicate", "FIRST", "LAST", "ERROR"),
    )
    protect_tenant_table(_TEMPLATE)


def _create_overrides() -> None:
    op.create_table(
        _OVERRIDE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("level", sa.String()),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_OVERRIDE}")),
        sa.UniqueConstraint("tenant_id", "ordinal", name=op.f(f"uq_{_OVERRIDE}_tenant_id_ordinal")),
        _one_of(_OVERRIDE, "scope", "ENTITY", "CREATIVE", "EXACT_NAME", "NAME_PATTERN", "VALUE"),
        _one_of(_OVERRIDE, "level", "CAMPAIGN", "AD_SET", "AD"),
        sa.CheckConstraint("(scope = 'ENTITY') = (level is not null)", name=op.f(f"ck_{_OVERRIDE}_level_of_scope")),
        _length(_OVERRIDE, "target", 2000),
        _length(_OVERRIDE, "field", 50),
        _length(_OVERRIDE, "value", 2000),
        _length(_OVERRIDE, "reason", 500),
    )
    op.create_index(op.f(f"ix_{_OVERRIDE}_tenant_id_created_at_id"), _OVERRIDE, ["tenant_id", "created_at", "id"])
    protect_tenant_table(_OVERRIDE)


def _create_stage() -> None:
    """As revision 0037: the owner makes the temporary table, since the runtime role may make none."""
    op.execute(f"""
        create function {_STAGE}() returns void language plpgsql security definer
        set search_path = pg_catalog, pg_temp as $body$
        begin
          drop table if exists pg_temp.tag_stage;
          create temporary table tag_stage on commit drop as
            select ad_account_id, level, entity_id, field, value, source from public.entity_tag with no data;
          grant select, insert on pg_temp.tag_stage to {RUNTIME};
        end
        $body$
    """)  # noqa: S608 - names of ours
    op.execute(f"revoke all on function {_STAGE}() from public")
    op.execute(f"grant execute on function {_STAGE}() to {RUNTIME}")


def downgrade() -> None:
    op.execute(f"drop function {_STAGE}()")
    for table in (_OVERRIDE, _TEMPLATE):
        unprotect(table)
        op.drop_table(table)
    op.drop_column("tenant", "naming_version")
