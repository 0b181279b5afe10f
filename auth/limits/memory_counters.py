"""Counts of rate limits: what a question of them asks and answers, and the counts in this process's memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analytics.clock import Clock
from auth.limits.buckets import Charge

SECOND = 1_000_000  # counts are kept in microseconds, as Redis tells its time
SWEEP_EVERY = 60 * SECOND


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """Tells of one charge: the one that must wait longest, else the first. All times are microseconds.

    `now` is a Unix time by the clock that counts; `charge` is an index; `wait` is nought where all charges have room;
    `reset_at` is when the first part of what is counted counts no more, or `now` where nothing is counted.
    """

    now: int
    charge: int
    wait: int
    remaining: int
    reset_at: int


class Counters(Protocol):
    """Each question is atomic; its charges have different keys."""

    async def take(self, charges: Sequence[Charge]) -> CountAnswer:
        """Counts all of them when all have room, else none."""
        ...

    async def look(self, charge: Charge) -> CountAnswer:
        """Counts nothing."""
        ...

    async def forget(self, charges: Sequence[Charge]) -> None:
        """Counts nothing of these keys any more."""
        ...


@dataclass(slots=True)
class _Hits:
    """Pairs of the time at which something counts no more and how much that is, the oldest first."""

    held: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def ends_at(self) -> int:
        return self.held[-1][0] if self.held else 0

    def drop_ended(self, now: int) -> None:
        while self.held and self.held[0][0] <= now:
            self.held.popleft()

    def answer(self, charge: Charge, index: int, now: int) -> CountAnswer:
        self.drop_ended(now)
        limit, counted = charge.bucket.amount, sum(amount for _, amount in self.held)
        reset_at = self.held[0][0] if self.held else now
        return CountAnswer(now, index, self._wait(charge, counted, now), max(0, limit - counted), reset_at)

    def _wait(self, charge: Charge, counted: int, now: int) -> int:
        if charge.amount > charge.bucket.amount:
            return charge.bucket.window_s * SECOND
        excess, wait = counted + charge.amount - charge.bucket.amount, 0
        for ends_at, amount in self.held:
            if excess <= 0:
                break
            excess, wait = excess - amount, ends_at - now
        return wait

    def count(self, charge: Charge, now: int) -> None:
        if charge.bucket.is_fixed and self.held:
            ends_at, amount = self.held.pop()
            self.held.append((ends_at, amount + charge.amount))
        else:
            self.held.append((now + charge.bucket.window_s * SECOND, charge.amount))


class MemoryCounters:
    """No method waits for anything, so each is atomic. Redis counts the same way: redis_counters.lua."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hits: dict[str, _Hits] = {}
        self._swept_at = 0

    async def take(self, charges: Sequence[Charge]) -> CountAnswer:
        now = self._now()
        answer = self._answer(charges, now)
        if answer.wait == 0:
            for charge in charges:
                self._hits.setdefault(charge.counted_as, _Hits()).count(charge, now)
        return answer

    async def look(self, charge: Charge) -> CountAnswer:
        return self._answer([charge], self._now())

    async def forget(self, charges: Sequence[Charge]) -> None:
        for charge in charges:
            self._hits.pop(charge.counted_as, None)

    def _answer(self, charges: Sequence[Charge], now: int) -> CountAnswer:
        hits = (self._hits.get(charge.counted_as, _Hits()) for charge in charges)
        answers = (
            each.answer(charge, index, now) for index, (charge, each) in enumerate(zip(charges, hits, strict=True))
        )
        return max(answers, key=lambda answer: answer.wait)

    def _now(self) -> int:
        now = round(self._clock().timestamp() * SECOND)
        if now >= self._swept_at + SWEEP_EVERY:
            self._swept_at = now
            self._hits = {key: hits for key, hits in self._hits.items() if hits.ends_at > now}
        return now
