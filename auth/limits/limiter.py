"""Limiter: counts charges against the buckets of auth/limits/buckets.py, and refuses what exceeds one.

Counts are in the memory of this process, or in Redis for all processes. While Redis is away each process counts for
itself.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Self, TypeVar
from uuid import UUID

import structlog
from prometheus_client import Counter as Metric

from analytics.clock import Clock
from auth.limits.buckets import Bucket, Charge
from auth.limits.levels import SECOND, Level
from auth.limits.memory_counters import CountAnswer, Counters, MemoryCounters
from auth.limits.redis_counters import FAILURES, RedisCounters
from auth.memory import Memory
from errors import RateLimited

log = structlog.get_logger(__name__)

# A new price plan changes the limits of this process after this time at the latest.
POINTS_KEPT_FOR_S = 30.0
# After a failure Redis is not asked for this long; docs/limits.md promises it.
REDIS_PAUSE_S = 5.0

_STORE_FAILURES = Metric(
    "adgraph_rate_limit_store_failures",
    "Questions of the rate limits that Redis did not answer in time; the process counts those for itself.",
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a bucket until `reset_at`: when the first part of what is counted ends, of a leaky one all."""

    limit: int
    remaining: int
    reset_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to charges: why they were refused, or what was reserved of a leaky bucket and must be settled.

    `charge` is the one to a leaky bucket. `remaining` is what its bucket has left, with the charge counted.
    """

    refusal: RateLimited | None
    charge: Charge | None
    remaining: int
    reserved: Level | None
    counters: Counters


class Limiter:
    """One per process. Without `redis_url` it counts in this process alone; `is_on=False` lets everything pass."""

    def __init__(
        self,
        clock: Clock,
        *,
        redis_url: str | None = None,
        is_on: bool = True,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is the time of what this process counts; Redis has a clock of its own. `elapsed` counts seconds."""
        self.is_on = is_on
        # How many cost points tenants have a minute by their price plans.
        self.points: Memory[UUID, int] = Memory(elapsed, kept_for_s=POINTS_KEPT_FOR_S)
        self._local = MemoryCounters(clock)
        self._shared = RedisCounters(redis_url) if redis_url else None
        self._elapsed = elapsed
        self._shared_again_at = self._told_again_at = float("-inf")
        self._answers = 0

    @classmethod
    def off(cls, clock: Clock) -> Self:
        return cls(clock, is_on=False)

    async def take(self, charges: Sequence[Charge]) -> None:
        """Counts all charges; if one has no room, it counts none and raises RateLimited with the longest wait."""
        taken = await self.charge(charges)
        if taken is not None and taken.refusal is not None:
            raise taken.refusal

    async def charge(self, charges: Sequence[Charge], *, reserves: bool = False) -> Taken | None:
        """Counts all charges or none, as `take` does, and says what came of it; None if nothing is limited.

        `reserves`: of a leaky bucket the points are only reserved, until `settle` tells how many were spent.
        """
        if not self.is_on or not charges:
            return None
        # Charges of the same key are added up: the counters need different keys.
        amounts = Counter[tuple[Bucket, str]]()
        for charge in charges:
            amounts[charge.bucket, charge.key] += charge.amount
        summed = [Charge(bucket, key, amount) for (bucket, key), amount in amounts.items()]
        # All in one question: were they asked one by one, a refused request would be counted by the limits before.
        answer, counters = await self._ask(lambda counters: counters.take(summed, reserves=reserves))
        leaky = next((charge for charge in summed if charge.bucket.is_leaky), None)
        room = answer.level.room(leaky.bucket) if leaky is not None and answer.level is not None else 0
        refusal = _refusal(summed[answer.charge], answer) if answer.wait > 0 else None
        return Taken(refusal, leaky, room, answer.level if reserves and refusal is None else None, counters)

    async def settle(self, taken: Taken, *, spent: int) -> int:
        """Spends so many of the points that a charge reserved, once; answers how many its bucket has left then.

        The counters that reserved them are told. If those are in Redis and it is away, the points stay reserved there
        for a window or two.
        """
        charge, level = taken.charge, taken.reserved
        if charge is None or level is None:
            return taken.remaining
        if taken.counters is self._local:
            return (await self._local.settle(charge, level, spent)).remaining
        answer = await self._ask_shared(lambda counters: counters.settle(charge, level, spent))
        return taken.remaining if answer is None else answer.remaining

    async def allowance(self, charge: Charge) -> Allowance:
        """What is left of the charge's bucket; nothing is counted."""
        answer, _ = await self._ask(lambda counters: counters.look(charge))
        return Allowance(charge.bucket.amount, answer.remaining, datetime.fromtimestamp(answer.reset_at / SECOND, UTC))

    async def forget(self, charges: Sequence[Charge]) -> None:
        """Sets the counts of these charges to 0."""
        if charges:
            await self._ask(partial(_forget, charges))

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()

    async def _ask(self, question: Callable[[Counters], Awaitable[T]]) -> tuple[T, Counters]:
        """Redis' answer; without one that of this process, so that sign-ins stay limited when Redis is away.

        With it come the counters that gave it.
        """
        answer = await self._ask_shared(question)
        if self._shared is not None and answer is not None:
            return answer, self._shared
        return await question(self._local), self._local

    async def _ask_shared(self, question: Callable[[Counters], Awaitable[T]]) -> T | None:
        """Redis' answer; None without Redis, or while it is away."""
        if self._shared is None or self._elapsed() < self._shared_again_at:
            return None
        # If this count has risen when the question is too late, Redis has answered others meanwhile.
        answers = self._answers
        try:
            answer = await question(self._shared)
        except FAILURES as error:
            self._note(error, is_away=not isinstance(error, TimeoutError) or self._answers == answers)
            return None
        self._answers += 1
        return answer

    def _note(self, error: Exception, *, is_away: bool) -> None:
        """Counts a question that Redis did not answer, and logs one line for all such questions of REDIS_PAUSE_S.

        `is_away` is false if Redis answered others while this question waited: then the question was only too late. If
        it is true, Redis is not asked for REDIS_PAUSE_S.
        """
        now = self._elapsed()
        _STORE_FAILURES.inc()
        if is_away:
            self._shared_again_at = now + REDIS_PAUSE_S
        if now >= self._told_again_at:
            self._told_again_at = now + REDIS_PAUSE_S
            log.warning("rate_limit_store_unavailable", error=type(error).__name__, counts_alone=is_away)


async def _forget(charges: Sequence[Charge], counters: Counters) -> bool:
    await counters.forget(charges)
    return True


def _refusal(charge: Charge, answer: CountAnswer) -> RateLimited:
    # Rounded up: after waiting so many whole seconds there is room.
    bucket, wait_s = charge.bucket, -(-answer.wait // SECOND)
    log.info("rate_limited", bucket=bucket.name, retry_after_s=wait_s)
    what = f"{bucket.name}: at most {bucket.amount} in {bucket.window_s} seconds"
    asks_too_much = f"; this asks for {charge.amount} at once, send less" if charge.amount > bucket.amount else ""
    return RateLimited(
        f"Too many {what}{asks_too_much}. Try again in {wait_s} s.",
        retry_after_s=wait_s,
        limit=bucket.amount,
        remaining=answer.remaining,
        # By the clock that counted, which is Redis' where it counts: ours may differ from it.
        reset_at=answer.now // SECOND + wait_s,
    )
