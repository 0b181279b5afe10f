"""Policies that are undone for a while, and what a stranger then sees of a table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from tests.isolation.worlds import Worlds


@asynccontextmanager
async def undone(postgres: DatabaseUrls, *tables: str) -> AsyncIterator[None]:
    """The tables show every row to everybody, as if policies had been forgotten; afterwards they are as before."""
    connection = await asyncpg.connect(postgres.migration)
    try:
        for table in tables:
            await connection.execute(f"create policy undone on {table} using (true) with check (true)")
        yield
    finally:
        for table in tables:
            await connection.execute(f"drop policy if exists undone on {table}")
        await connection.close()


async def strangers_rows(worlds: Worlds, table: str) -> int:
    """How many rows of the foreign tenant or person a plain SELECT of the other one sees."""
    mine = (str(worlds.foreign.id_of("tenant")), str(worlds.foreign.id_of("user_account")))
    query = f'select count(*) from "{table}" t where to_jsonb(t)::text like :tenant or to_jsonb(t)::text like :person'
    async with worlds.tools.db.read(worlds.own.scope) as session:
        answer = await (await session.connection()).execute(
            text(query), {"tenant": f"%{mine[0]}%", "person": f"%{mine[1]}%"}
        )
        return int(answer.scalar_one())
