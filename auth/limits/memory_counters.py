"""Counters of rate limits: their protocol, and the counters in this process' memory."""

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
    """The answer for the charge that must wait longest, or the first if none must wait. Times are in microseconds.

    `now` is the Unix time by the clock that counts, `charge` the index of the charge. `wait` is 0 if all charges have
    room. `reset_at` is when the first part of the count ends, or `now` if nothing is counted.
    """

    now: int
    charge: int
    wait: int
    remaining: int
    reset_at: int


class Counters(Protocol):
    """Each call is atomic; the charges of a call must have different keys."""

    async def take(self, charges: Sequence[Charge]) -> CountAnswer:
        """Counts all charges if all have room, and none otherwise."""
        ...

    async def look(self, charge: Charge) -> CountAnswer:
        """Answers as `take` would, and counts nothing."""
        ...

    async def forget(self, charges: Sequence[Charge]) -> None:
        """Sets the counts of these charges to 0."""
        ...


@dataclass(slots=True)
class _Hits:
    """One count: pairs of the time at which an amount stops counting, and the amount, the oldest first."""

    pairs: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def ends_at(self) -> int:
        return self.pairs[-1][0] if self.pairs else 0

    def drop_ended(self, now: int) -> None:
        while self.pairs and self.pairs[0][0] <= now:
            self.pairs.popleft()

    def answer(self, charge: Charge, index: int, now: int) -> CountAnswer:
        self.drop_ended(now)
        limit, counted = charge.bucket.amount, sum(amount for _, amount in self.pairs)
        reset_at = self.pairs[0][0] if self.pairs else now
        return CountAnswer(now, index, self._wait(charge, counted, now), max(0, limit - counted), reset_at)

    def _wait(self, charge: Charge, counted: int, now: int) -> int:
        # A charge that is larger than the limit never has room; it is refused with a whole window as its wait.
        if charge.amount > charge.bucket.amount:
            return charge.bucket.window_s * SECOND
        excess, wait = counted + charge.amount - charge.bucket.amount, 0
        for ends_at, amount in self.pairs:
            if excess <= 0:
                break
            excess, wait = excess - amount, ends_at - now
        return wait

    def count(self, charge: Charge, now: int) -> None:
        # In a fixed window a charge joins the pair that is there and ends with it.
        if charge.bucket.is_fixed and self.pairs:
            ends_at, amount = self.pairs.pop()
            self.pairs.append((ends_at, amount + charge.amount))
        else:
            self.pairs.append((now + charge.bucket.window_s * SECOND, charge.amount))


class MemoryCounters:
    """Counters in memory. No method awaits anything, so each is atomic. redis_counters.lua counts in the same way."""

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
        # Counts that have ended are dropped, so that memory does not grow with every caller that ever came.
        if now >= self._swept_at + SWEEP_EVERY:
            self._swept_at = now
            self._hits = {key: hits for key, hits in self._hits.items() if hits.ends_at > now}
        return now
