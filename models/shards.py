"""Says whether the tables of tenants lie on the shards of Citus; on plain Postgres each answer is "no"."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Citus' catalogue of tables. Its partmethod is 'h' for one that is spread by the hash of a column.
_HAS_CATALOGUE = text("select to_regclass('pg_dist_partition') is not null")
_HAS_SPREAD_TABLES = text("select exists (select from pg_dist_partition where partmethod = 'h')")


async def has_shards(connection: AsyncConnection) -> bool:
    """Whether this database has tables that are spread over nodes: the extension alone spreads none."""
    if not (await connection.execute(_HAS_CATALOGUE)).scalar_one():
        return False
    return bool((await connection.execute(_HAS_SPREAD_TABLES)).scalar_one())
