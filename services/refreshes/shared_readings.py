"""Reads once what many subscribers ask for at the same moment, and keeps what was read until the next news."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from models.listener import Watch

T = TypeVar("T")
# What a change is answered with is small, but callers choose how many different questions there are.
MOST_READINGS = 8


@dataclass(eq=False, slots=True)
class SharedReading(Generic[T]):
    """One run of `load`; it begins after `before` has ended, so that two of them never run at once."""

    load: Callable[[], Awaitable[T]]
    watch: Watch[Any]
    before: "SharedReading[T] | None"
    has_begun: bool = False
    heard: int = -1
    waiting: int = 0
    task: "asyncio.Task[T]" = field(init=False)

    def __post_init__(self) -> None:
        self.task = asyncio.create_task(self._run(), name="shared_reading")
        # If everybody who waited is gone, nobody asks for its error.
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())

    @property
    def is_current(self) -> bool:
        """Whether nothing was heard since it began. An error is told to those who waited, and tried again by others."""
        has_failed = self.task.done() and (self.task.cancelled() or self.task.exception() is not None)
        return not has_failed and self.watch.is_abreast(self.heard)

    async def _run(self) -> T:
        if self.before is not None:
            await asyncio.wait([self.before.task])
            self.before = None
        self.has_begun, self.heard = True, self.watch.heard
        return await self.load()


async def read_together(watch: Watch[Any], key: Hashable, load: Callable[[], Awaitable[T]], *, anew: bool) -> T:
    """What `load` answers; callers with the same watch's subject and key share one call of it.

    Nobody gets what was read before the last news that they heard of; `anew`, nobody gets what began to be read before
    they asked. So `key` must name everything on which the answer depends, such as the tenant.
    """
    shelf: dict[Hashable, SharedReading[Any]] = watch.shelf
    key = (key, anew)  # who asks for the first time is told at once that the database is away, the others wait for it
    found = shelf.get(key)
    if found is None or (found.has_begun and (anew or not found.is_current)):
        if len(shelf) >= MOST_READINGS and key not in shelf:
            shelf.clear()
        found = shelf[key] = SharedReading(load, watch, found if found is not None and not found.task.done() else None)
    found.waiting += 1
    try:
        return await asyncio.shield(found.task)
    finally:
        found.waiting -= 1
        if not found.waiting and not found.task.done():
            found.task.cancel()
            if shelf.get(key) is found:
                del shelf[key]
