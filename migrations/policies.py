"""What a revision calls to put a table under row-level security and to grant it; knows the settings' names.

A setting that ended with its transaction reads as '', hence nullif; `(select ...)` makes it one look-up per statement
instead of one per row. No setting, no row.
"""

from alembic import op

from migrations.roles import RUNTIME, SYSTEM

TENANT = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"

READ_AND_WRITE = "select, insert, update, delete"


def protect_tenant_table(table: str, *, runtime: str = READ_AND_WRITE, system: str | None = None) -> None:
    """All that a table of one tenant's rows needs: forced policies on `tenant_id` and the roles' grants."""
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
