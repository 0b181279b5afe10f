"""Goes through long lists a few milliseconds at a time, so that the event loop serves others meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import monotonic
from typing import TypeVar

# A name takes microseconds to read, and by the worst pattern milliseconds.
_TURN_S = 0.005

T = TypeVar("T")


async def in_turns(values: Iterable[T]) -> AsyncIterator[T]:
    """Each of these; where what is done with them has taken a turn, the event loop does something else first."""
    began = monotonic()
    for each in values:
        yield each
        if monotonic() - began > _TURN_S:
            await asyncio.sleep(0)
            began = monotonic()
