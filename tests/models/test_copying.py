"""A COPY whose connection is lost fails like any other statement: asyncpg alone would wait for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from errors import DatabaseUnavailable
from models.copying import copy_in, copy_out
from models.database import Database


async def end(db: Database, pid: int) -> None:
    async with db.write(None) as session:
        await (await session.connection()).execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})


async def copied(db: Database) -> None:
    async with db.write(None) as session:
        driver = await session.driver()
        await driver.execute("select stage_insights()")

        async def lines() -> AsyncIterator[bytes]:
            yield b"2026-11-29\n"
            await end(db, driver.get_server_pid())
            await asyncio.Event().wait()

        await copy_in(driver, "insight_stage", chunks=lines(), columns=("day",))


async def test_a_copy_ends_with_its_connection(db: Database) -> None:
    async with asyncio.timeout(10) as patience:
        with pytest.raises(DatabaseUnavailable):
            await copied(db)
    assert not patience.expired()


@pytest.mark.parametrize("rows", [1, 100_000])
@pytest.mark.parametrize("late_s", [0, 0.2])
async def test_a_session_whose_copy_is_given_up_ends(db: Database, rows: int, late_s: float) -> None:
    """Also where Postgres has sent everything already, and has nothing left to cancel."""

    async def sink(_piece: bytes) -> None:
        await asyncio.sleep(late_s)
        raise ZeroDivisionError

    async with asyncio.timeout(10) as patience:
        with pytest.raises(ZeroDivisionError):
            async with db.read(None) as session:
                await copy_out(await session.driver(), f"select generate_series(1, {rows})", [], sink=sink)
        async with db.read(None) as session:
            assert (await (await session.connection()).execute(text("select 1"))).scalar() == 1
    assert not patience.expired()
