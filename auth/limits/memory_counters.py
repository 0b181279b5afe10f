"""Counters of rate limits: their protocol, and the counters in this process' memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analytics.clock import Clock
from auth.limits.buckets import Charge
from auth.limits.levels import SECOND, Level

SWEEP_EVERY = 60 * SECOND


@dataclass(frozen=True, slots=True)
class CountAnswer:
    """The answer for the charge that must wait longest, or the first if none must wait. Times are in microseconds.

    `now` is the Unix time by the clock that counts, `charge` the index of the charge. `wait` is 0 if all charges have
    room. `remaining` is of before the question. `reset_at` is when the first part of the count ends, for a leaky bucket
    when all of it has drained, or `now` if nothing is counted. `level` is of the one leaky bucket among the charges, if
    there is one, with what this question counted.
    """

    now: int
    charge: int
    wait: int
    remaining: int
    reset_at: int
    level: Level | None = None

    def of(self, level: Level | None) -> "CountAnswer":
        """The same answer with this level of the leaky bucket."""
        return CountAnswer(self.now, self.charge, self.wait, self.remaining, self.reset_at, level)


class Counters(Protocol):
    """Each call is atomic; the charges of a call must have different keys, and at most one is of a leaky bucket."""

    async def take(self, charges: Sequence[Charge], *, reserves: bool = False) -> CountAnswer:
        """Counts all charges if all have room, and none otherwise.

        `reserves`: of the leaky bucket the points are reserved, and `settle` must tell how many were spent.
        """
        ...

    async def look(self, charge: Charge) -> CountAnswer:
        """Answers as `take` would, and counts nothing."""
        ...

    async def settle(self, charge: Charge, taken: Level, spent: int) -> CountAnswer:
        """Spends so many points of a charge that reserved them, once; answers how the bucket is afterwards.

        `taken` is the level in the answer to the charge.
        """
        ...

    async def forget(self, charges: Sequence[Charge]) -> None:
        """Sets the counts of these charges to 0; not for leaky buckets."""
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
        self.pairs.append((now + charge.bucket.window_s * SECOND, charge.amount))


@dataclass(slots=True)
class _Leaky:
    """One count of a leaky bucket."""

    level: Level = field(default_factory=Level)
    ends_at: int = 0  # when nothing of it is left, whatever the size of the bucket

    def answer(self, charge: Charge, index: int, now: int) -> CountAnswer:
        level, bucket = self.level.drained(charge.bucket, now), charge.bucket
        wait = level.wait(bucket, charge.amount, now)
        return CountAnswer(now, index, wait, level.room(bucket), level.empty_at(bucket), level)

    def keep(self, level: Level, charge: Charge, now: int) -> None:
        self.level, self.ends_at = level, now + 2 * charge.bucket.window_s * SECOND


class MemoryCounters:
    """Counters in memory. No method awaits anything, so each is atomic. redis_counters.lua counts in the same way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[str, _Hits | _Leaky] = {}
        self._swept_at = 0

    async def take(self, charges: Sequence[Charge], *, reserves: bool = False) -> CountAnswer:
        now = self._now()
        answer, level = self._answer(charges, now), None
        if answer.wait > 0:
            return answer
        for charge in charges:
            count = self._counts.setdefault(charge.counted_as, _new_count(charge))
            if isinstance(count, _Hits):
                count.count(charge, now)
            else:
                level = count.level.drained(charge.bucket, now)
                taken = level.reserving(charge.amount) if reserves else level.spending(charge.bucket, charge.amount)
                count.keep(level := taken, charge, now)
        return answer.of(level)

    async def look(self, charge: Charge) -> CountAnswer:
        return self._answer([charge], self._now())

    async def settle(self, charge: Charge, taken: Level, spent: int) -> CountAnswer:
        now = self._now()
        count = self._counts.setdefault(charge.counted_as, _new_count(charge))
        if isinstance(count, _Leaky):
            level = count.level.drained(charge.bucket, now)
            level = level.spending(charge.bucket, spent, reserved=charge.amount, window=taken.window)
            count.keep(level, charge, now)
        return self._answer([Charge(charge.bucket, charge.key, 0)], now)

    async def forget(self, charges: Sequence[Charge]) -> None:
        for charge in charges:
            self._counts.pop(charge.counted_as, None)

    def _answer(self, charges: Sequence[Charge], now: int) -> CountAnswer:
        counts = [self._counts.get(charge.counted_as) or _new_count(charge) for charge in charges]
        answers = [
            count.answer(charge, index, now) for index, (charge, count) in enumerate(zip(charges, counts, strict=True))
        ]
        told = max(answers, key=lambda answer: answer.wait)
        level = next((answer.level for answer in answers if answer.level is not None), None)
        return told if told.level is level else told.of(level)

    def _now(self) -> int:
        now = round(self._clock().timestamp() * SECOND)
        # Counts that have ended are dropped, so that memory does not grow with every caller that ever came.
        if now >= self._swept_at + SWEEP_EVERY:
            self._swept_at = now
            self._counts = {key: count for key, count in self._counts.items() if count.ends_at > now}
        return now


def _new_count(charge: Charge) -> _Hits | _Leaky:
    return _Leaky() if charge.bucket.is_leaky else _Hits()
