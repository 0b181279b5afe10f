"""Deletes what is old, a batch at a time: each is one short transaction, and a round of a chore ends."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from models.database import WriteSession

BATCH = 1000
# The chore's next round goes on.
MOST_BATCHES = 100


class Deletion(Protocol):
    def __call__(self, session: WriteSession, instant: datetime, /, *, most: int) -> Awaitable[int]: ...


async def delete_in_batches(
    opened: Callable[[], AbstractAsyncContextManager[WriteSession]], delete: Deletion, before: datetime
) -> int:
    """Calls `delete`, each time in a session of its own, until it finds less than a batch; answers how many went."""
    done = 0
    for _ in range(MOST_BATCHES):
        async with opened() as session:
            count = await delete(session, before, most=BATCH)
        done += count
        if count < BATCH:
            break
    return done
