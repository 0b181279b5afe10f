"""Deletes old rows in batches: each batch is one short transaction, and each call has an end."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from models.database import WriteSession

BATCH = 1000
# A call deletes so many batches at most; the next round of the chore goes on.
MOST_BATCHES = 100


class Deletion(Protocol):
    """A query that deletes at most `most` rows of before an instant and answers how many they were."""

    def __call__(self, session: WriteSession, instant: datetime, /, *, most: int) -> Awaitable[int]: ...


async def delete_in_batches(
    opened: Callable[[], AbstractAsyncContextManager[WriteSession]], delete: Deletion, before: datetime
) -> int:
    """Calls `delete`, each time in a session of its own, until it finds less than a batch; answers the sum."""
    done = 0
    for _ in range(MOST_BATCHES):
        async with opened() as session:
            count = await delete(session, before, most=BATCH)
        done += count
        if count < BATCH:
            break
    return done
