"""How long a job waits for a Postgres that is away; a request of a person never waits, it fails at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from errors import DatabaseUnavailable

T = TypeVar("T")

PATIENCE_S = 60.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0


async def patiently(step: Callable[[], Awaitable[T]], *, patience_s: float = PATIENCE_S) -> T:
    """Repeats one database step until it is through; raises DatabaseUnavailable when patience ends.

    The step must be idempotent: when the connection broke during the commit, it may be done twice.
    """
    give_up_at, pause_s = time.monotonic() + patience_s, _FIRST_PAUSE_S
    while True:
        try:
            return await step()
        except DatabaseUnavailable:
            if time.monotonic() + pause_s > give_up_at:
                raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
