"""COPY that ends with its connection: asyncpg alone waits for ever for a server that has gone meanwhile."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import Any

from errors import DatabaseUnavailable


async def copy_in(driver: Any, table: str, *, chunks: AsyncIterable[bytes], columns: Sequence[str]) -> None:
    """Copies lines of text on asyncpg's connection; raises DatabaseUnavailable when it is lost on the way."""
    copying = asyncio.ensure_future(driver.copy_to_table(table, source=chunks, columns=columns, format="text"))

    def stop(_driver: Any) -> None:
        copying.cancel()

    driver.add_termination_listener(stop)
    try:
        await asyncio.wait([copying])
    except asyncio.CancelledError:
        # The connection is of no use to anybody before the COPY has ended.
        copying.cancel()
        await asyncio.wait([copying])
        raise
    finally:
        driver.remove_termination_listener(stop)
    if copying.cancelled():
        raise DatabaseUnavailable("The connection was lost during a COPY; try again.")
    copying.result()
