"""COPY that ends when its connection is lost, its escapes, and the form of inserts of what was copied.

asyncpg by itself would wait for ever for a server that is gone.
"""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any

from errors import DatabaseUnavailable
from models.database import WriteSession


async def copy_in(driver: Any, table: str, *, chunks: AsyncIterable[bytes], columns: Sequence[str]) -> None:
    """Copies lines of COPY's text format into `table`; raises DatabaseUnavailable when the connection is lost.

    `driver` is asyncpg's connection, `chunks` are whole lines, with the columns in the order of `columns`.
    """
    copying = asyncio.ensure_future(driver.copy_to_table(table, source=chunks, columns=columns, format="text"))

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
    copying.result()


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
