"""Streams of one row for a subscriber: the row at once, then after every change, at most twice a second, to its end.

A notification only says that there is news; each event is read anew by a session of its own. So a notification, a
connection or a database that is lost costs a moment and no event.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from analytics.clock import Clock
from auth.credential_words import EXPIRED
from auth.viewer import Viewer
from errors import NotFound, Unauthenticated
from models.listener import Hub, Watch
from services.patience import patiently

# The time between two events; changes in it are told by the later event.
AT_MOST_EVERY_S = 0.5


C = TypeVar("C")


async def next_change(clock: Clock, viewer: Viewer, watch: Watch[C]) -> frozenset[C]:
    """What changed, empty where anything may have; raises Unauthenticated when the viewer's token has ended."""
    # A stream may wait for hours; without this limit it would go on after its viewer's token has ended.
    lifetime_s = (viewer.token_expires_at - clock()).total_seconds()
    try:
        async with asyncio.timeout(max(0.0, lifetime_s)):
            changed = await watch.changed()
    except TimeoutError:
        raise Unauthenticated(EXPIRED) from None
    if clock() >= viewer.token_expires_at:
        raise Unauthenticated(EXPIRED)
    return changed


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Watched(Generic[V]):
    """The row that is watched: how it is read, when it changes no more, and what is said where there is none."""

    row_id: UUID | None
    load: Callable[[UUID], Awaitable[V | None]]
    has_ended: Callable[[V], bool]
    missing: str


async def watch_row(clock: Clock, hub: Hub, viewer: Viewer, watched: Watched[V]) -> AsyncIterator[V]:
    """The row now and after every change until it has ended.

    Raises NotFound, also for one of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    if (row_id := watched.row_id) is None:
        raise NotFound(watched.missing)
    load, seen = partial(watched.load, row_id), 0
    async with hub.watch(row_id) as watch:
        while True:
            await next_change(clock, viewer, watch)
            # The error that the database is away goes to the subscriber at first; later the stream waits for it.
            found = await load() if seen == 0 else await patiently(load)
            if found is None:
                raise NotFound(watched.missing)
            # Several changes may be told by one reading, and one change by two: the version tells what is new.
            if found.version > seen:
                seen = found.version
                yield found
            if watched.has_ended(found):
                return
            await asyncio.sleep(AT_MOST_EVERY_S)
