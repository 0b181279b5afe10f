"""The hub: one connection, many watches, nobody left asleep."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from embedded.postgres import DatabaseUrls
from models.acting import TenantScope
from models.database import Database
from models.listener import Hub, Watch, notify_refresh_job, ring_relay

PATIENCE_S = 10


@pytest.fixture
async def hub(postgres: DatabaseUrls) -> AsyncIterator[Hub]:
    made = Hub(postgres.listen)
    await made.start()
    yield made
    await made.stop()


async def notify(db: Database, tenant_id: UUID, job_id: UUID, version: int = 1) -> None:
    async with db.write(TenantScope(tenant_id)) as session:
        await notify_refresh_job(session, tenant_id=tenant_id, job_id=job_id, version=version)


async def next_change(watch: Watch[UUID]) -> frozenset[UUID]:
    return await asyncio.wait_for(watch.changed(), PATIENCE_S)


async def test_a_watch_is_awake_at_first_and_then_by_its_job(hub: Hub, db: Database) -> None:
    tenant_id, job_id = uuid4(), uuid4()
    async with hub.watch(job_id) as watch:
        assert await next_change(watch) == frozenset()
        await notify(db, tenant_id, uuid4())
        await notify(db, tenant_id, job_id)
        assert await next_change(watch) == {job_id}


async def test_a_tenants_watch_hears_all_its_jobs_and_no_others(hub: Hub, db: Database) -> None:
    tenant_id, first, second = uuid4(), uuid4(), uuid4()
    async with hub.watch_tenant(tenant_id) as watch:
        await next_change(watch)
        await notify(db, uuid4(), uuid4())
        await notify(db, tenant_id, first)
        await notify(db, tenant_id, second)
        heard: set[UUID] = set()
        while heard != {first, second}:
            heard |= await next_change(watch)


async def test_a_channels_bell_is_rung_for_that_channel_alone(hub: Hub, db: Database) -> None:
    channel_id = uuid4()
    async with hub.watch_relay(channel_id) as watch, hub.watch(channel_id) as of_rows:
        await next_change(watch)
        await next_change(of_rows)
        for each in (uuid4(), channel_id):
            async with db.write(TenantScope(uuid4())) as session:
                await ring_relay(session, each)
        assert await next_change(watch) == {channel_id}
        pending = asyncio.create_task(of_rows.changed())
        await asyncio.sleep(0)
        assert not pending.done()
        pending.cancel()


async def test_notifications_while_nobody_looks_collapse_into_one_change(hub: Hub, db: Database) -> None:
    tenant_id, job_id = uuid4(), uuid4()
    async with hub.watch(job_id) as watch, hub.watch(job_id) as witness:
        await next_change(watch)
        await next_change(witness)
        for version in range(3):
            await notify(db, tenant_id, job_id, version)
            await next_change(witness)
        assert await next_change(watch) == {job_id}
        pending = asyncio.create_task(watch.changed())
        await asyncio.sleep(0)
        assert not pending.done()
        pending.cancel()


async def test_a_lost_connection_wakes_everybody_and_is_replaced(
    hub: Hub, db: Database, postgres: DatabaseUrls
) -> None:
    job_id = uuid4()
    async with hub.watch(job_id) as watch:
        await next_change(watch)
        await end_listeners(postgres)
        assert await next_change(watch) == frozenset()
        await notify(db, uuid4(), job_id)
        assert await next_change(watch) == {job_id}
    assert hub.is_healthy


async def end_listeners(postgres: DatabaseUrls) -> None:
    connection = await asyncpg.connect(postgres.listen)
    query = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where query ilike '%listen%' and pid <> $1 and datname = current_database()"
    )
    # After its first ping a listener's last query is that ping.
    either = query.replace("query ilike '%listen%'", "(query ilike '%listen%' or query = 'select 1')")
    assert await connection.fetch(either, connection.get_server_pid())
    await connection.close()


async def test_a_hub_that_listens_is_not_started_again(hub: Hub) -> None:
    with pytest.raises(RuntimeError, match="already"):
        await hub.start()
    assert hub.is_healthy


async def test_a_watch_that_ends_is_forgotten(hub: Hub) -> None:
    async def wait() -> None:
        async with hub.watch(uuid4()) as watch:
            while True:
                await watch.changed()

    tasks = [asyncio.create_task(wait()) for _ in range(20)]
    while hub.watchers < 20:  # noqa: ASYNC110 - watches begin within a tick
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert hub.watchers == 0
