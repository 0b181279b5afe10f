"""One transaction on a connection of a pool, as asyncpg has it; it knows no table and compiles nothing.

An ORM session costs five times as much as the statement of one row that it sends (docs/benchmarks.md). So what only
reads goes this way, and SQLAlchemy is put on top for the statements that want it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from models.thin.watching import is_watched, watched


class Transaction:
    """Takes a connection and sends BEGIN with the first statement; whoever made it must `end` it."""

    def __init__(self, engine: AsyncEngine, opening: str, *, opens_apart: bool) -> None:
        """`opening` has the statements that go with BEGIN, or where it `opens_apart` right behind it."""
        self._engine = engine
        self._opening, self._opens_apart = opening, opens_apart
        self._pooled: PoolProxiedConnection | None = None
        self._begun: Any = None
        self._connection: AsyncConnection | None = None

    async def fetch(self, statement: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        """The rows of a statement with parameters $1, $2 and so on."""
        driver = await self._driver()
        if not is_watched(self._engine):
            return await driver.fetch(statement, *values)  # type: ignore[no-any-return]  # asyncpg has no types
        with watched(self._engine, statement, values):
            return await driver.fetch(statement, *values)  # type: ignore[no-any-return]  # see above

    async def connection(self) -> AsyncConnection:
        """SQLAlchemy's connection, within this transaction."""
        if self._connection is None:
            await self._driver()
            pooled: Any = self._pooled
            # SQLAlchemy would begin a transaction of its own, which asyncpg refuses: it is given this one, to end it.
            pooled.dbapi_connection._transaction = self._begun  # noqa: SLF001 - it has no other way in
            self._connection = AsyncConnection(self._engine, Connection(self._engine.sync_engine, connection=pooled))
        return self._connection

    async def end(self) -> None:
        """Rolls back and gives the connection back, also when it is cancelled meanwhile."""
        if self._connection is not None:
            await _shielded(self._close(self._connection))
        elif self._pooled is not None:
            try:
                await self._roll_back(self._pooled)
            except asyncio.CancelledError:
                await _shielded(self._roll_back(self._pooled))
                raise

    async def _driver(self) -> Any:
        if self._pooled is None:
            self._pooled = await _taken(self._engine)
            driver: Any = self._pooled.driver_connection
            driver.opening, driver.opens_apart = self._opening, self._opens_apart
            self._begun = driver.transaction()
            await self._begun.start()
        return self._pooled.driver_connection

    async def give_up_if_closed(self) -> None:
        """Tells SQLAlchemy of a closed connection, on which it would try to roll back: asyncpg alone knows."""
        driver: Any = self._pooled.driver_connection if self._pooled is not None else None
        if self._connection is not None and driver is not None and driver.is_closed():
            await self._connection.invalidate()

    async def _close(self, connection: AsyncConnection) -> None:
        await self.give_up_if_closed()
        await connection.close()

    async def _roll_back(self, pooled: PoolProxiedConnection) -> None:
        """May be called again when it was cancelled."""
        driver: Any = pooled.driver_connection
        begun, self._begun = self._begun, None
        try:
            if driver is None or driver.is_closed():
                pass
            elif begun is not None:
                await begun.rollback()
            elif driver.is_in_transaction():
                await driver.execute("ROLLBACK")
        except Exception:
            pooled.invalidate()
            raise
        if driver is not None and driver.is_closed():
            pooled.invalidate()
        else:
            pooled.close()


async def _shielded(work: Coroutine[Any, Any, None]) -> None:
    await asyncio.shield(asyncio.create_task(work, name="end of a transaction"))


async def _taken(engine: AsyncEngine) -> PoolProxiedConnection:
    """A connection of the pool."""
    pool: Any = engine.sync_engine.pool
    if pool.checkedin():
        try:
            return engine.sync_engine.raw_connection()
        except MissingGreenlet:
            pass  # the one that was free is closed, and another one has to be made
    connected = await engine.connect()
    assert connected.sync_connection is not None  # it was started
    return connected.sync_connection.connection
