"""COPY in and out, which ends when its connection is lost; its escapes, and the form of inserts of what was copied.

asyncpg by itself would wait for ever for a server that is gone.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import text

from errors import DatabaseUnavailable, QueryTooComplex
from models.database import ReadSession, WriteSession

# Takes the lines of a COPY, piece by piece; while it works Postgres waits, so that memory stays small.
Sink = Callable[[bytes], Awaitable[None]]
_CANCELLED, _LONGEST_S = "57014", 86_400
_TOO_LONG = "The answer takes too long to be written: ask for fewer rows, metrics or conditions."


async def copy_in(driver: Any, table: str, *, chunks: AsyncIterable[bytes], columns: Sequence[str]) -> None:
    """Copies lines of COPY's text format into `table`; raises DatabaseUnavailable when the connection is lost.

    `driver` is asyncpg's connection, `chunks` are whole lines, with the columns in the order of `columns`.
    """
    await _ended(driver, driver.copy_to_table(table, source=chunks, columns=columns, format="text"))


async def copy_out(driver: Any, statement: str, values: Sequence[Any], *, sink: Sink, **options: Any) -> int:
    """Hands what the statement answers to `sink`, and answers how many rows these were.

    `driver` is asyncpg's connection, `options` are those of its `copy_from_query`. Raises DatabaseUnavailable when the
    connection is lost, QueryTooComplex when Postgres may not work on it any longer, and what `sink` raises.
    """
    try:
        # Without the timeout that of the connection would hold, which is for small statements.
        copying = driver.copy_from_query(statement, *values, output=sink, timeout=_LONGEST_S, **options)
        status = await _ended(driver, copying)
    except Exception as error:
        if getattr(error, "sqlstate", None) == _CANCELLED:
            raise QueryTooComplex(_TOO_LONG) from error
        raise
    return int(str(status).rpartition(" ")[2])


async def take_time(session: ReadSession, *, minutes: int) -> None:
    """Lets the statements of this session run for so long; the roles' own limit is that of what somebody waits for."""
    connection = await session.connection()
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        await connection.execute(text(f"set local {setting} = '{minutes}min'"))


async def _ended(driver: Any, work: Any) -> Any:
    """What the COPY answers; raises DatabaseUnavailable when the connection is lost."""
    copying = asyncio.ensure_future(work)

    def stop(_driver: Any) -> None:
        copying.cancel()

    driver.add_termination_listener(stop)
    try:
        await asyncio.wait([copying])
    except asyncio.CancelledError:
        # The caller was cancelled. The connection cannot be used for anything else before the COPY has ended.
        copying.cancel()
        await asyncio.wait([copying])
        raise
    finally:
        driver.remove_termination_listener(stop)
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
