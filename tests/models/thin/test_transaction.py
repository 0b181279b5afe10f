"""Statements that pass SQLAlchemy by are in the same transaction, see the same tenant and leave as little behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlmodel import select

from embedded.postgres import DatabaseUrls
from errors import DatabaseUnavailable
from models.ads.ad_account import AdAccount
from models.database import Database, ReadSession
from tests.worlds.ads import EntityWorld, entity_world

SETTINGS = """
    select coalesce(current_setting('app.tenant_id', true), ''), coalesce(current_setting('app.user_id', true), ''),
        current_setting('transaction_read_only'), current_setting('transaction_isolation')
"""
# The beginning of a transaction is that of no other one.
WHICH = "select pg_backend_pid(), now()"
COUNT = "select count(*) from ad_account"


@pytest.fixture
async def single(postgres: DatabaseUrls) -> AsyncIterator[Database]:
    """A database whose pool has one connection, so that every session reuses it."""
    database = Database(postgres.runtime, system_url=postgres.system, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    made = await entity_world(db)
    await made.account()
    return made


def in_use(db: Database) -> int:
    return db.pools["runtime"].used


async def count(session: ReadSession) -> int:
    return int((await session.fetch(COUNT, ()))[0][0])


async def is_clean(db: Database) -> bool:
    """Whether the pool's one connection is free, and shows its next user nothing."""
    if in_use(db):
        return False
    async with db.read(None) as session:
        [settings] = await session.fetch(SETTINGS, ())
        return tuple(settings) == ("", "", "on", "read committed") and await count(session) == 0


@pytest.mark.parametrize("is_snapshot", [False, True])
async def test_it_carries_tenant_person_and_mode(db: Database, world: EntityWorld, *, is_snapshot: bool) -> None:
    async with db.read(world.viewer, is_snapshot=is_snapshot) as session:
        [settings] = await session.fetch(SETTINGS, ())
        assert await count(session) == 1
    isolation = "repeatable read" if is_snapshot else "read committed"
    assert tuple(settings) == (str(world.tenant_id), str(world.user_id), "on", isolation)


async def test_it_refuses_to_write(single: Database, world: EntityWorld) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with single.read(world.viewer) as session:
            await session.fetch("delete from ad_account", ())
    assert await is_clean(single)


@pytest.mark.parametrize("is_thin_first", [True, False])
async def test_it_shares_one_transaction_with_sqlalchemy(
    single: Database, world: EntityWorld, *, is_thin_first: bool
) -> None:
    async with single.read(world.viewer, is_snapshot=True) as session:
        seen = [tuple((await session.fetch(WHICH, ()))[0])] if is_thin_first else []
        seen.append(tuple((await (await session.connection()).execute(text(WHICH))).one()))
        rows = (await session.exec(select(AdAccount))).all()
        seen.append(tuple((await session.fetch(WHICH, ()))[0]))
    assert len(set(seen)) == 1
    assert [row.tenant_id for row in rows] == [world.tenant_id]
    assert await is_clean(single)


async def test_a_row_that_sqlalchemy_read_in_it_can_be_stored_afterwards(db: Database, world: EntityWorld) -> None:
    async with db.read(world.viewer) as session:
        await session.fetch(WHICH, ())
        [account] = (await session.exec(select(AdAccount))).all()
    async with db.write(world.viewer) as writing:
        account.name = "Stored"
        writing.add(account)
    async with db.read(world.viewer) as session:
        assert [row["name"] for row in await session.fetch("select name from ad_account", ())] == ["Stored"]


async def test_the_next_user_of_its_connection_sees_no_tenant(single: Database, world: EntityWorld) -> None:
    async with single.read(world.viewer) as session:
        assert await count(session) == 1
    assert await is_clean(single)
    async with single.engine.connect() as connection:
        assert (await connection.execute(text(COUNT))).scalar_one() == 0


async def test_a_statement_that_fails_leaves_nothing_behind(single: Database, world: EntityWorld) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with single.read(world.viewer) as session:
            await session.fetch("select 1 / 0", ())
    assert await is_clean(single)


@pytest.mark.parametrize("uses_sqlalchemy", [False, True])
async def test_cancelled_at_any_moment_it_leaves_nothing_behind(
    single: Database, world: EntityWorld, *, uses_sqlalchemy: bool
) -> None:
    ended = 0

    async def read() -> None:
        nonlocal ended
        async with single.read(world.viewer) as session:
            await count(session)
            if uses_sqlalchemy:
                await (await session.connection()).execute(text(COUNT))
            await session.fetch("select pg_sleep(0.002)", ())
        ended += 1

    await read()
    for rounds in range(1, 200):
        task = asyncio.create_task(read())
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        while in_use(single):  # noqa: ASYNC110 - the end of a cancelled session is a task of its own
            await asyncio.sleep(0)
        assert await is_clean(single)
        if ended > 3:
            break


async def test_cancelled_while_it_ends_it_gives_its_connection_back(single: Database, world: EntityWorld) -> None:
    """What is cancelled by whoever leaves: the check of a socket's viewer, after it has read."""
    at_its_end = asyncio.Event()

    async def read() -> None:
        async with single.read(world.viewer) as session:
            await session.exec(select(AdAccount))
            at_its_end.set()

    for rounds in range(20):
        at_its_end.clear()
        task = asyncio.create_task(read())
        await at_its_end.wait()
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            while in_use(single):  # noqa: ASYNC110 - see above
                await asyncio.sleep(0)
        assert await is_clean(single)


async def test_a_connection_lost_meanwhile_is_unavailable_once_and_then_replaced(
    single: Database, world: EntityWorld
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with single.read(world.viewer) as session:
            await session.fetch("select pg_terminate_backend(pg_backend_pid())", ())
    assert await is_clean(single)


async def test_a_connection_lost_while_it_was_free_is_replaced(
    db: Database, single: Database, postgres: DatabaseUrls, world: EntityWorld
) -> None:
    async with single.read(world.viewer) as session:
        [[pid]] = await session.fetch("select pg_backend_pid()", ())
        driver: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    async with db.read(None) as session:
        await session.fetch("select pg_terminate_backend($1)", (pid,))
    while not driver.is_closed():  # noqa: ASYNC110 - it hears of its end in a later round
        await asyncio.sleep(0.001)
    async with single.read(world.viewer) as session:
        assert await count(session) == 1


async def test_a_pool_without_a_free_connection_is_waited_for(single: Database, world: EntityWorld) -> None:
    async def look() -> int:
        async with single.read(world.viewer) as session:
            return await count(session)

    assert await asyncio.gather(*(look() for _ in range(20))) == [1] * 20
