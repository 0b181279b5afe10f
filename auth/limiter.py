"""Limiter: counts what is charged to the buckets of rate_limits and refuses what is too much.

Counts are in this process, or in Redis for all processes; while Redis is away each process counts for itself.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar
from uuid import UUID

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MovingWindowSupport, Storage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from prometheus_client import Counter as Metric
from redis.asyncio import ConnectionPool

from analytics.clock import Clock
from auth.counters import MemoryCounters
from auth.rate_limits import Bucket, Counted
from errors import RateLimited

log = structlog.get_logger(__name__)

POINTS_KEPT_FOR = timedelta(seconds=30)
_MOST_KEPT = 10_000
REDIS_BUDGET_S = 0.5
REDIS_PAUSE_S = 5.0
REDIS_CONNECTIONS = 500  # the client refuses the hundred-and-first command at once by default

_STORE_FAILURES = Metric(
    "adgraph_rate_limit_store_failures",
    "Times that Redis did not answer a question of the rate limits; each process then counts for itself for a while.",
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Charge:
    """`amount` hits of a bucket; `key` is who or what is counted, and no secret."""

    bucket: Bucket
    key: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a bucket until `reset_at`."""

    limit: int
    remaining: int
    reset_at: datetime


class KnownPoints:
    """How many cost points tenants have a minute, as read from their plans in the last half minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[UUID, tuple[int, datetime]] = OrderedDict()

    def find(self, tenant_id: UUID) -> int | None:
        points, until = self._known.get(tenant_id, (None, None))
        return points if until is not None and self._clock() < until else None

    def keep(self, tenant_id: UUID, points: int) -> None:
        self._known[tenant_id] = (points, self._clock() + POINTS_KEPT_FOR)
        self._known.move_to_end(tenant_id)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)


class _Store:
    """The library's strategies over one storage."""

    def __init__(self, storage: Storage) -> None:
        assert isinstance(storage, MovingWindowSupport)
        self.storage, self._windows = storage, storage
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)

    def _strategy(self, bucket: Bucket) -> RateLimiter:
        # A moving window keeps an entry for each hit: right for a few, too much for thousands of points.
        return self._fixed if bucket.counted is Counted.TENANT else self._moving

    async def has_room(self, charge: Charge) -> bool:
        return await self._strategy(charge.bucket).test(_item(charge.bucket), charge.key, cost=charge.amount)

    async def hit(self, charge: Charge) -> bool:
        return await self._strategy(charge.bucket).hit(_item(charge.bucket), charge.key, cost=charge.amount)

    async def clear(self, charges: Sequence[Charge]) -> None:
        for charge in charges:
            await self._strategy(charge.bucket).clear(_item(charge.bucket), charge.key)

    async def left(self, charge: Charge) -> tuple[float, int]:
        """When the first of what is counted is no longer, as a Unix time, and what remains until then."""
        stats = await self._strategy(charge.bucket).get_window_stats(_item(charge.bucket), charge.key)
        return stats.reset_time, max(0, stats.remaining)

    async def wait_s(self, charge: Charge, now: float) -> int:
        """The whole seconds after which the charge has room, when nobody else uses it."""
        bucket = charge.bucket
        if charge.amount > bucket.amount:
            return bucket.window_s
        if bucket.counted is Counted.TENANT:
            ends_at, _ = await self.left(charge)
            return int(max(0.0, ends_at - now)) + 1  # Redis tells whole seconds, rounded
        earliest, latest = 1, bucket.window_s
        while earliest < latest:
            middle = (earliest + latest) // 2
            if await self._still_counted(charge, bucket.window_s - middle) + charge.amount <= bucket.amount:
                latest = middle
            else:
                earliest = middle + 1
        return latest

    async def _still_counted(self, charge: Charge, last_s: int) -> int:
        key = _item(charge.bucket).key_for(charge.key)
        return (await self._windows.get_moving_window(key, charge.bucket.amount, last_s))[1]


class Limiter:
    """One per process. Without `redis_url` it counts in this process alone; off, it lets everything pass."""

    def __init__(self, clock: Clock, *, redis_url: str | None = None, is_on: bool = True) -> None:
        self._clock = clock
        self.is_on = is_on
        self.points = KnownPoints(clock)
        self._local = _Store(MemoryCounters(clock))
        self._redis = _pool(redis_url) if redis_url else None
        self._shared = _Store(_over(self._redis)) if self._redis is not None else None
        self._shared_again_at = float("-inf")

    @classmethod
    def off(cls, clock: Clock) -> Self:
        return cls(clock, is_on=False)

    async def take(self, charges: Sequence[Charge]) -> None:
        """Counts all of it, or nothing of it and raises RateLimited with the longest wait."""
        if not self.is_on or not charges:
            return
        amounts = Counter[tuple[Bucket, str]]()
        for charge in charges:
            amounts[charge.bucket, charge.key] += charge.amount
        summed = [Charge(bucket, key, amount) for (bucket, key), amount in amounts.items()]
        await self._ask(lambda store: self._take(store, summed))

    async def allowance(self, charge: Charge) -> Allowance:
        """What is left of the charge's bucket."""
        reset_at, remaining = await self._ask(lambda store: store.left(charge))
        return Allowance(charge.bucket.amount, remaining, datetime.fromtimestamp(reset_at, UTC))

    async def forget(self, charges: Sequence[Charge]) -> None:
        """Counts nothing of them any more."""
        await self._ask(lambda store: store.clear(charges))

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def _take(self, store: _Store, charges: Sequence[Charge]) -> None:
        # Asked first, so that a refused request uses up nothing and the wait that it is told suffices.
        refused = [charge for charge in charges if not await store.has_room(charge)]
        if not refused:
            refused = [charge for charge in charges if not await store.hit(charge)]
        if refused:
            await self._refuse(store, refused)

    async def _refuse(self, store: _Store, charges: Sequence[Charge]) -> None:
        now = self._clock().timestamp()
        waits = [await store.wait_s(charge, now) for charge in charges]
        wait_s, charge = max(zip(waits, charges, strict=True), key=lambda found: found[0])
        _, remaining = await store.left(charge)
        bucket = charge.bucket
        log.info("rate_limited", bucket=bucket.name, retry_after_s=wait_s)
        what = f"{bucket.name}: at most {bucket.amount} in {bucket.window_s} seconds"
        asks_too_much = f"; this asks for {charge.amount} at once, send less" if charge.amount > bucket.amount else ""
        raise RateLimited(
            f"Too many {what}{asks_too_much}. Try again in {wait_s} s.",
            retry_after_s=wait_s,
            limit=bucket.amount,
            remaining=remaining,
            reset_at=int(now) + wait_s,
        )

    async def _ask(self, question: Callable[[_Store], Awaitable[T]]) -> T:
        """Redis's answer, else this process's own: a sign-in must not become unlimited when Redis is away."""
        now = self._clock().timestamp()
        if self._shared is not None and now >= self._shared_again_at:
            try:
                async with asyncio.timeout(REDIS_BUDGET_S):
                    return await question(self._shared)
            except (StorageError, TimeoutError) as error:
                self._shared_again_at = now + REDIS_PAUSE_S
                _STORE_FAILURES.inc()
                log.warning("rate_limit_store_unavailable", error=type(error.__cause__ or error).__name__)
        return await question(self._local)


def _item(bucket: Bucket) -> RateLimitItem:
    return RateLimitItemPerSecond(bucket.amount, bucket.window_s, namespace=bucket.name)


def _pool(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        max_connections=REDIS_CONNECTIONS,
        socket_connect_timeout=REDIS_BUDGET_S,
        socket_timeout=REDIS_BUDGET_S,
    )


def _over(pool: ConnectionPool) -> Storage:
    storage = storage_from_string(
        "async+redis://",
        implementation="redispy",
        connection_pool=pool,  # type: ignore[arg-type]  # documented, but left out of the annotation
        key_prefix="adgraph",
        wrap_exceptions=True,
    )
    assert isinstance(storage, Storage)
    return storage
