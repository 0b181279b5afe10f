"""Health: what holds, how often it is looked at, and what a drain changes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette

from errors import DatabaseUnavailable
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.health import Readiness, health_routes


@dataclass
class World:
    """`now` is the clock of the cache; `looks` counts the checks that ran."""

    now: float = 0.0
    looks: int = 0
    problem: Exception | None = None
    hangs: bool = False
    readiness: Readiness = field(init=False)

    def __post_init__(self) -> None:
        checks = {"database": self.look}
        self.readiness = Readiness(checks, monotonic=lambda: self.now, budget_s=0.05)

    async def look(self) -> None:
        self.looks += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[GraphQLClient]:
    async with serving(Starlette(routes=list(health_routes(world.readiness)))) as (url, _server):
        yield GraphQLClient(url)


async def statuses(client: GraphQLClient) -> dict[str, int]:
    return {name: (await client.send("GET", f"/health{name}")).status for name in ("/live", "/ready", "")}


async def test_a_sound_process_is_live_and_ready(client: GraphQLClient) -> None:
    assert await statuses(client) == {"/live": 200, "/ready": 200, "": 200}
    report = (await client.send("GET", "/health")).body
    assert report == {"status": "ok", "checks": {"database": True, "accepting": True}}


async def test_a_database_that_is_away_takes_traffic_but_not_life(client: GraphQLClient, world: World) -> None:
    world.problem = DatabaseUnavailable("postgres at 10.0.0.7 is away")
    assert await statuses(client) == {"/live": 200, "/ready": 503, "": 503}
    assert "10.0.0.7" not in (await client.send("GET", "/health")).text


async def test_a_check_that_hangs_fails_within_its_budget(client: GraphQLClient, world: World) -> None:
    world.hangs = True
    assert (await client.send("GET", "/health/ready")).status == 503


async def test_checks_run_at_most_once_a_second(client: GraphQLClient, world: World) -> None:
    for _ in range(5):
        await client.send("GET", "/health/ready")
    assert world.looks == 1
    world.now += 1.0
    await client.send("GET", "/health/ready")
    assert world.looks == 2


async def test_a_draining_process_is_not_ready_at_once(client: GraphQLClient, world: World) -> None:
    await client.send("GET", "/health/ready")
    world.readiness.is_draining = True
    assert await statuses(client) == {"/live": 200, "/ready": 503, "": 503}
