"""the job queue's own schema

Revision: 0001. An upgrade of procrastinate that changes its schema is a revision that runs its migration files.
"""

from alembic import op
from procrastinate.schema import SchemaManager

from migrations.policies import READ_AND_WRITE
from migrations.roles import RUNTIME, SYSTEM

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")

_DROP = """
do $$
declare thing record;
begin
  for thing in select c.oid::regclass::text as name from pg_class c
    where c.relname like 'procrastinate\\_%' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  loop execute format('drop table %s cascade', thing.name); end loop;
  for thing in select p.oid::regprocedure::text as name from pg_proc p
    where p.proname like 'procrastinate\\_%' and p.pronamespace = 'public'::regnamespace
  loop execute format('drop function %s cascade', thing.name); end loop;
  for thing in select t.oid::regtype::text as name from pg_type t
    where t.typname like 'procrastinate\\_%' and t.typtype in ('e', 'c') and t.typnamespace = 'public'::regnamespace
  loop execute format('drop type %s cascade', thing.name); end loop;
end $$
"""


def _run_script(script: str) -> None:
    # Many commands in one text, some with a percent sign: only a cursor without parameters takes them.
    op.get_bind().connection.cursor().execute(script)


def upgrade() -> None:
    _run_script(SchemaManager.get_schema())
    for table in _TABLES:
        op.execute(f"grant {READ_AND_WRITE} on {table} to {RUNTIME}, {SYSTEM}")
        op.execute(f"grant usage on sequence {table}_id_seq to {RUNTIME}, {SYSTEM}")


def downgrade() -> None:
    _run_script(_DROP)
