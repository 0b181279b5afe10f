"""What the tests of read replicas share: databases with replicas, as two servers have them, and where a query reads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import text

from embedded.postgres import DatabaseUrls
from models.acting import TenantScope
from models.database import Database, ReadSession
from models.replicas.reads import ReplicaSet

_DEADLINE_S = 20
_WHERE = "select pg_is_in_recovery()"


@dataclass(frozen=True, slots=True)
class Server:
    """What one server has: its database, and the replicas that it watches."""

    db: Database
    replicas: ReplicaSet


@asynccontextmanager
async def server(urls: DatabaseUrls, *replica_urls: str, max_lag_s: float = 5) -> AsyncIterator[Server]:
    """A server's database, whose commits wait for the disk as in production, although those of other tests do not."""
    db = Database(f"{urls.runtime}&synchronous_commit=on", system_url=urls.system)
    replicas = db.use_replicas(replica_urls, max_lag_s=max_lag_s)
    async with replicas.watched():
        yield Server(db, replicas)
    await db.close()


async def is_on_replica(session: ReadSession) -> bool:
    return bool((await session.fetch(_WHERE, ()))[0][0])


async def reads_replica(db: Database) -> bool:
    """Whether a query that begins now reads from a replica."""
    async with db.for_query().read(None) as session:
        return await is_on_replica(session)


async def begun_on_replica(db: Database) -> Database:
    """A query that has begun on a replica and keeps to it; under load the replica may be late for the first one."""
    async with asyncio.timeout(_DEADLINE_S):
        while True:
            query = db.for_query()
            async with query.read(None) as session:
                if await is_on_replica(session):
                    return query
            await asyncio.sleep(0.02)


async def names(db: Database, tenant_id: UUID) -> list[str]:
    """The names of a tenant's ad accounts, as a query sees them that begins now."""
    async with db.for_query().read(TenantScope(tenant_id)) as session:
        query = text("select name from ad_account where tenant_id = :tenant order by name")
        found = await (await session.connection()).execute(query, {"tenant": tenant_id})
        return list(found.scalars())


async def until(holds: Callable[[], Any], *, within_s: float = _DEADLINE_S) -> float:
    """Waits for what other processes do, which tell nobody when; answers the seconds that it took."""
    began = monotonic()
    while True:
        found = holds()
        if await found if asyncio.iscoroutine(found) else found:
            return monotonic() - began
        if monotonic() - began > within_s:
            raise TimeoutError
        await asyncio.sleep(0.02)
