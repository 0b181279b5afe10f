"""Repeats database steps of a job while Postgres is away; a request of a client never waits, it fails at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from errors import DatabaseUnavailable, NodeUnavailable

T = TypeVar("T")

# How long a job waits before it gives up, and the queue has to run it again.
PATIENCE_S = 60.0
# The pauses double, from the first to the longest.
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0


async def patiently(
    step: Callable[[], Awaitable[T]], *, patience_s: float = PATIENCE_S, waits_for_nodes: bool = True
) -> T:
    """Repeats one database step until it succeeds; raises DatabaseUnavailable after `patience_s` seconds.

    Where it does not wait for nodes, it raises NodeUnavailable at once.

    The step must be idempotent: where the connection breaks during the commit, nobody knows whether it was done, and it
    is done again.
    """
    give_up_at, pause_s = time.monotonic() + patience_s, _FIRST_PAUSE_S
    while True:
        try:
            return await step()
        except DatabaseUnavailable as error:
            gives_up = isinstance(error, NodeUnavailable) and not waits_for_nodes
            if gives_up or time.monotonic() + pause_s > give_up_at:
                raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
