"""A tenant whose node of a sharded database is away, played on plain Postgres by what Citus would say of its rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from embedded.postgres import DatabaseUrls

LOST = "failure on connection marked as essential: 10.0.0.2:5432"
_TABLES = ("ad_account", "refresh_job")


@asynccontextmanager
async def node_away(urls: DatabaseUrls, tenant_id: UUID) -> AsyncIterator[None]:
    """Until the block ends, whoever touches the tenant's accounts or refreshes is told that their node is lost.

    By a policy, since it is asked for every row that is read or changed.
    """
    owner = await asyncpg.connect(urls.migration)
    try:
        await owner.execute(f"""
            create function has_node(tenant uuid) returns boolean language plpgsql as $$
            begin
                if tenant = '{tenant_id}' then raise exception '{LOST}' using errcode = 'XX000'; end if;
                return true;
            end $$
        """)
        for table in _TABLES:
            await owner.execute(f"create policy node_away on {table} as restrictive using (has_node(tenant_id))")
        yield
    finally:
        await owner.execute("drop function if exists has_node cascade")
        await owner.close()
