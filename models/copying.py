"""COPY in and out, which ends when its connection is lost; its escapes, and the form of inserts of what was copied.

asyncpg by itself would wait for ever for a server that is gone.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from errors import DatabaseUnavailable, QueryTooComplex
from models.database import ReadSession, WriteSession
from models.pool import sqlstate_of

# Takes the lines of a COPY, piece by piece; while it works Postgres waits, so that memory stays small.
Sink = Callable[[bytes], Awaitable[None]]
_CANCELLED, _LONGEST_S, _MINUTE_MS = "57014", 86_400, 60_000
_TOO_LONG = "The answer takes too long to be written: ask for fewer rows, metrics or conditions."


async def copy_in(driver: Any, table: str, *, chunks: AsyncIterable[bytes], columns: Sequence[str]) -> None:
    """Copies lines of COPY's text format into `table`; raises DatabaseUnavailable when the connection is lost.

    `driver` is asyncpg's connection, `chunks` are whole lines, with the columns in the order of `columns`.
    """
    await _ended(driver.copy_to_table(table, source=chunks, columns=columns, format="text"), told_by=driver)


async def copy_out(driver: Any, statement: str, values: Sequence[Any], *, sink: Sink, **options: Any) -> int:
    """Hands what the statement answers to `sink`, and answers how many rows these were.

    `driver` is asyncpg's connection, `options` are those of its `copy_from_query`. Raises DatabaseUnavailable when the
    connection is lost, and what `sink` raises. After any of these the connection is closed.
    """
    # Without the timeout that of the connection would hold, which is for small statements.
    copying = driver.copy_from_query(statement, *values, output=sink, timeout=_LONGEST_S, **options)
    try:
        return int(str(await _ended(copying, told_by=driver)).rpartition(" ")[2])
    except BaseException:
        # asyncpg asks Postgres to cancel the COPY, and waits for ever where it had sent everything already.
        driver.terminate()
        raise


@asynccontextmanager
async def with_time(session: ReadSession | WriteSession, *, limit: timedelta) -> AsyncIterator[None]:
    """Lets each statement of this session run for so long; the roles' own limit is that of what somebody waits for.

    Raises QueryTooComplex when Postgres has ended one that took longer.
    """
    connection, limit_ms = await session.connection(), int(limit.total_seconds() * 1000)
    try:
        # Between two statements the file is written; the connection is not lost by that.
        await connection.execute(text(f"set local idle_in_transaction_session_timeout = {limit_ms + _MINUTE_MS}"))
        await connection.execute(text(f"set local statement_timeout = {limit_ms}"))
        yield
    except Exception as error:
        if sqlstate_of(error) == _CANCELLED:
            raise QueryTooComplex(_TOO_LONG) from error
        raise


async def _ended(work: Any, *, told_by: Any) -> Any:
    """What the COPY answers; raises DatabaseUnavailable when its connection is lost, which `told_by` tells."""
    copying = asyncio.ensure_future(work)

    def stop(_connection: Any) -> None:
        copying.cancel()

    told_by.add_termination_listener(stop)
    try:
        await asyncio.wait([copying])
    except asyncio.CancelledError:
        # The caller was cancelled. The connection cannot be used for anything else before the COPY has ended.
        copying.cancel()
        await asyncio.wait([copying])
        raise
    finally:
        told_by.remove_termination_listener(stop)
    if copying.cancelled():
        raise DatabaseUnavailable("The connection was lost during a COPY; try again.")
    return copying.result()


def storing(session: WriteSession, insert: str) -> str:
    """The form of `insert` for this database; its rows are selected from a temporary table or from parameters.

    Citus stores such rows by COPY, which row-level security refuses, unless the statement answers something. On plain
    Postgres the answer would cost a tenth to a third of the storing.
    """
    return f"{insert} returning 1" if session.sharded else insert


def escaped(text: str | None) -> str | None:
    """A text as COPY's text format needs it. Most texts have nothing to escape; `replace` finds that out cheaply."""
    if text is None:
        return None
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
