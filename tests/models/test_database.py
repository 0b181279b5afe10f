"""Sessions: who they are opened for, what they may do, and that a pooled connection remembers nothing."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlmodel import select

from embedded.postgres import DatabaseUrls
from errors import DatabaseUnavailable
from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.database import Database, ReadSession, WriteSession
from models.platform import Platform
from tests.worlds.ads import EntityWorld, entity_world

SETTINGS = text(
    "select current_setting('app.tenant_id', true), current_setting('app.user_id', true),"
    " current_setting('transaction_read_only')"
)
ACCOUNTS = text("select count(*) from ad_account")


async def settings_of(session: ReadSession | WriteSession) -> tuple[str, str, str]:
    row = (await (await session.connection()).execute(SETTINGS)).one()
    return (row[0] or "", row[1] or "", row[2])


async def count(session: ReadSession | WriteSession) -> int:
    return int((await (await session.connection()).execute(ACCOUNTS)).scalar_one())


async def execute(db: Database, world: EntityWorld, statement: str, **values: object) -> None:
    async with db.write(world.viewer) as session:
        await (await session.connection()).execute(text(statement), values)


@pytest.fixture
async def single(postgres: DatabaseUrls) -> Any:
    """A database whose pool has one connection, so that every session reuses it."""
    database = Database(postgres.runtime, system_url=postgres.system, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    made = await entity_world(db)
    await made.account()
    return made


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_session_that_is_open_while_its_database_is_closed_leaves_no_connection(
    postgres: DatabaseUrls, is_connected: bool
) -> None:
    """As a field's siblings do, for which an answer does not wait; they may also still be connecting."""
    database = Database(postgres.runtime, system_url=postgres.system)
    begun, closed = asyncio.Event(), asyncio.Event()

    async def left_over() -> Any:
        async with database.read(None) as session:
            if not is_connected:
                begun.set()
            connection = await session.connection()
            begun.set()
            await closed.wait()
            return (await connection.get_raw_connection()).driver_connection

    running = asyncio.create_task(left_over())
    await begun.wait()
    await database.close()
    closed.set()
    assert (await running).is_closed()


async def test_a_session_carries_tenant_person_and_mode(db: Database, world: EntityWorld) -> None:
    expected = (str(world.tenant_id), str(world.user_id))
    async with db.read(world.viewer) as session:
        assert await settings_of(session) == (*expected, "on")
    async with db.write(world.viewer) as session:
        assert await settings_of(session) == (*expected, "off")


async def test_a_read_session_refuses_to_write(db: Database, world: EntityWorld) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with db.read(world.viewer) as session:
            await (await session.connection()).execute(text("delete from ad_account"))


async def test_without_a_tenant_nothing_is_seen(db: Database, world: EntityWorld) -> None:
    async with db.read(None) as session:
        assert await count(session) == 0
    async with db.read(TenantScope(world.tenant_id)) as session:
        assert await count(session) == 1


async def test_another_tenants_row_cannot_be_written(db: Database, world: EntityWorld) -> None:
    other = await entity_world(db)
    row = AdAccount(
        tenant_id=other.tenant_id,
        platform=Platform.META,
        external_id="act_1",
        name="Foreign",
        currency="EUR",
        time_zone="Europe/Berlin",
    )
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with db.write(world.viewer) as session:
            session.add(row)


async def test_another_tenants_rows_are_neither_changed_nor_deleted(db: Database, world: EntityWorld) -> None:
    other = await entity_world(db)
    async with db.write(other.viewer) as session:
        connection = await session.connection()
        for statement in ("update ad_account set name = 'x'", "delete from ad_account"):
            assert (await connection.execute(text(statement))).rowcount == 0
    async with db.read(world.viewer) as session:
        assert await count(session) == 1


async def test_a_row_cannot_be_handed_to_another_tenant(db: Database, world: EntityWorld) -> None:
    other = await entity_world(db)
    with pytest.raises(DBAPIError):
        await execute(db, world, "update ad_account set tenant_id = :tenant", tenant=other.tenant_id)


async def test_a_savepoint_keeps_the_tenant(db: Database, world: EntityWorld) -> None:
    async with db.write(world.viewer) as session:
        with suppress(DBAPIError):
            async with session.begin_nested():
                await (await session.connection()).execute(text("select 1 / 0"))
        assert (await settings_of(session))[0] == str(world.tenant_id)
        assert await count(session) == 1


async def test_a_second_transaction_of_a_session_has_the_tenant_again(db: Database, world: EntityWorld) -> None:
    async with db.write(world.viewer) as session:
        await session.rollback()
        assert await count(session) == 1
        await session.commit()
        assert await count(session) == 1


async def test_a_block_left_by_an_exception_stores_nothing(db: Database, world: EntityWorld) -> None:
    async def fail() -> None:
        async with db.write(world.viewer) as session:
            await (await session.connection()).execute(text("delete from ad_account"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with db.read(world.viewer) as session:
        assert await count(session) == 1


async def test_the_next_user_of_a_connection_sees_no_tenant(single: Database, world: EntityWorld) -> None:
    async with single.read(world.viewer) as session:
        assert await count(session) == 1
    async with single.read(None) as session:
        assert await settings_of(session) == ("", "", "on")
        assert await count(session) == 0


async def test_a_session_that_ran_nothing_leaves_nothing_behind(single: Database, world: EntityWorld) -> None:
    async with single.read(world.viewer):
        pass
    async with single.engine.connect() as connection:
        assert (await connection.execute(ACCOUNTS)).scalar_one() == 0


async def test_cancelled_sessions_leave_nothing_behind(single: Database, world: EntityWorld) -> None:
    async def sleep() -> None:
        async with single.read(world.viewer) as session:
            await (await session.connection()).execute(text("select pg_sleep(30)"))

    for _ in range(3):
        task = asyncio.create_task(sleep())
        await asyncio.sleep(0)
        while not single.engine.pool.checkedout():  # type: ignore[attr-defined] # noqa: ASYNC110 - the pool has no event
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    async with single.read(None) as session:
        assert await count(session) == 0


async def test_tenants_that_take_turns_on_one_pool_never_meet(db: Database) -> None:
    worlds = [await entity_world(db) for _ in range(5)]
    for number, world in enumerate(worlds):
        for _ in range(number + 1):
            await world.account()

    async def look(number: int) -> bool:
        world = worlds[number % len(worlds)]
        async with db.read(world.viewer) as session:
            found = list((await session.exec(select(AdAccount))).all())
        return {row.tenant_id for row in found} == {world.tenant_id} and len(found) == number % len(worlds) + 1

    assert all(await asyncio.gather(*map(look, range(200))))


async def test_the_runtime_role_cannot_give_itself_more(db: Database, world: EntityWorld) -> None:
    for statement in (
        "set role adgraph_system",
        "set role adgraph_owner",
        "alter table ad_account disable row level security",
    ):
        with pytest.raises(DBAPIError):
            await execute(db, world, statement)


async def test_audit_entries_cannot_be_changed_or_deleted(db: Database, world: EntityWorld) -> None:
    for statement in ("update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(db, world, statement)


async def test_a_setting_that_is_no_uuid_is_refused_before_it_is_sql(db: Database) -> None:
    scope = TenantScope(tenant_id="'; drop table ad_account; --")  # type: ignore[arg-type] # the attack
    with pytest.raises(ValueError, match="UUID"):
        async with db.read(scope):
            pass


async def test_a_bounded_view_holds_no_more_sessions_than_it_may(db: Database, world: EntityWorld) -> None:
    view, most, now = db.bounded(2), 0, 0

    async def use() -> None:
        nonlocal most, now
        async with view.read(world.viewer) as session:
            now += 1
            most = max(most, now)
            await count(session)
            now -= 1

    await asyncio.gather(*(use() for _ in range(8)))
    assert most == 2


async def test_a_database_that_is_not_there_is_unavailable(postgres: DatabaseUrls) -> None:
    nowhere = Database(f"postgresql://nobody@127.0.0.1:9/{uuid4().hex}", system_url=postgres.system)
    with pytest.raises(DatabaseUnavailable):
        await nowhere.ping()
    with pytest.raises(DatabaseUnavailable):
        async with nowhere.read(None) as session:
            await count(session)
    await nowhere.close()


async def test_a_killed_connection_is_unavailable_once_and_then_replaced(single: Database, world: EntityWorld) -> None:
    with pytest.raises(DatabaseUnavailable):
        await execute(single, world, "select pg_terminate_backend(pg_backend_pid())")
    async with single.read(world.viewer) as session:
        assert await count(session) == 1


@pytest.mark.parametrize("state", ["53100", "53200"])
async def test_a_server_without_disk_or_memory_is_unavailable(db: Database, state: str) -> None:
    full = f"do $$ begin raise exception 'no space left' using errcode = '{state}'; end $$"
    with pytest.raises(DatabaseUnavailable):
        async with db.write(None) as session:
            await (await session.connection()).execute(text(full))
    with pytest.raises(DatabaseUnavailable):
        async with db.write(None) as session:
            await (await session.driver()).execute(full)
