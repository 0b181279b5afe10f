"""the owner makes the two tables that a refresh stages its rows in, so that the runtime role makes none

Revision: 0037, after 0036. `db bootstrap` takes the right to make temporary tables from everybody but the owner. A process of
the release before cannot store a slice from then on.
"""

from alembic import op

from migrations.roles import RUNTIME

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# Columns and types as in the tables that the rows are for; without their constraints, since the keys come with the last step.
_STAGES = {
    "stage_insights": (
        "insight_stage",
        "select * from public.insight join public.unique_insight using (tenant_id, ad_account_id)",
    ),
    "stage_breakdowns": ("breakdown_stage", "select * from public.insight_breakdown"),
}


def upgrade() -> None:
    for function, (table, columns) in _STAGES.items():
        op.execute(f"""
            create function {function}() returns void language plpgsql security definer
            set search_path = pg_catalog, pg_temp as $body$
            begin
              drop table if exists pg_temp.{table};
              create temporary table {table} on commit drop as {columns} with no data;
              grant select, insert on pg_temp.{table} to {RUNTIME};
            end
            $body$
        """)
        op.execute(f"revoke all on function {function}() from public")
        op.execute(f"grant execute on function {function}() to {RUNTIME}")


def downgrade() -> None:
    for function in _STAGES:
        op.execute(f"drop function {function}()")
