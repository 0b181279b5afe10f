"""What a revision calls to put a table under row-level security and to grant it; knows the settings' names.

A setting that ended with its transaction reads as '', hence nullif. No setting, no row. There is no sub-select around it,
since Citus takes none in the policies of a distributed table.
"""

from alembic import op

from migrations.roles import RUNTIME, SYSTEM
from migrations.shards import distribute

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
USER = "nullif(current_setting('app.user_id', true), '')::uuid"

READ_AND_WRITE = "select, insert, update, delete"


def protect_tenant_table(
    table: str, *, runtime: str = READ_AND_WRITE, system: str | None = None, on_coordinator: bool = False
) -> None:
    """All that a table of one tenant's rows needs: forced policies on `tenant_id` and the roles' grants.

    Where the database is distributed the table is too, unless it stays `on_coordinator` (`models/placement.py`). So it
    is called before the table gets a foreign key.
    """
    if not on_coordinator:
        distribute(table)
    protect(table, f"tenant_id = {TENANT}")
    grant(table, runtime=runtime, system=system)


def protect(table: str, condition: str) -> None:
    """Rows that fail `condition` are neither seen nor written, not even by the owner."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy {table}_isolation on {table} using ({condition}) with check ({condition})")


def also_readable(table: str, condition: str) -> None:
    """Rows that may be read, and only read, besides those of `protect`."""
    op.execute(f"create policy {table}_readable on {table} for select using ({condition})")


def unprotect(table: str) -> None:
    """Takes back `protect`, `also_readable` and all grants."""
    for policy in ("isolation", "readable"):
        op.execute(f"drop policy if exists {table}_{policy} on {table}")
    op.execute(f"alter table {table} no force row level security")
    op.execute(f"alter table {table} disable row level security")
    op.execute(f"revoke all on {table} from {RUNTIME}, {SYSTEM}")


def grant(table: str, *, runtime: str | None = READ_AND_WRITE, system: str | None = None) -> None:
    for role, rights in ((RUNTIME, runtime), (SYSTEM, system)):
        if rights is not None:
            op.execute(f"grant {rights} on {table} to {role}")
