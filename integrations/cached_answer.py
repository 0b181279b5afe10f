"""An answer of a vendor that is kept for a while, with one fetch however many ask for it; knows no vendor."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from analytics.clock import Clock

T = TypeVar("T")
KEPT_FOR = timedelta(hours=1)


class CachedAnswer(Generic[T]):
    """A cached answer that is fetched anew when it is too old; callers at the same time share one fetch."""

    def __init__(self, fetch: Callable[[], Coroutine[None, None, T]], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._held: tuple[T, datetime] | None = None
        self._fetching: asyncio.Task[T] | None = None

    async def value(self, *, at_most: timedelta = KEPT_FOR) -> T:
        """The answer, not older than `at_most`; raises what fetching raises."""
        if self._held is not None and self._clock() - self._held[1] < at_most:
            return self._held[0]
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._renew())
        # A caller that is cancelled must not cancel the fetch that others wait for.
        return await asyncio.shield(self._fetching)

    async def _renew(self) -> T:
        try:
            fetched = await self._fetch()
            self._held = (fetched, self._clock())
            return fetched
        finally:
            self._fetching = None


class AnswersByQuestion:
    """The answers to many questions, each fetched anew when it is older than `kept_for`; the oldest make room."""

    def __init__(self, clock: Clock, *, kept_for: timedelta, most: int) -> None:
        self._clock, self._kept_for, self._most = clock, kept_for, most
        self._answers: dict[tuple[str, ...], CachedAnswer[Any]] = {}

    async def value(self, question: tuple[str, ...], fetch: Callable[[], Coroutine[None, None, T]]) -> T:
        """The answer; raises what fetching raises."""
        if question not in self._answers and len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
        kept = self._answers.setdefault(question, CachedAnswer(fetch, self._clock))
        return cast("T", await kept.value(at_most=self._kept_for))
