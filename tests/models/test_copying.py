"""A COPY whose connection is lost fails like any other statement: asyncpg alone would wait for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from errors import DatabaseUnavailable
from models.copying import copy_in
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
