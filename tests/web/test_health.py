"""Health: what holds, how often it is looked at, and what a drain changes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette

from errors import DatabaseUnavailable
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.health import NodeWatch, Readiness, health_routes


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


async def test_replicas_are_told_and_nobody_is_unready_without_them(world: World) -> None:
    routes = health_routes(world.readiness, replicas=lambda: {"1": "used", "2": "gone"})
    async with serving(Starlette(routes=list(routes))) as (url, _server):
        client = GraphQLClient(url)
        assert await statuses(client) == {"/live": 200, "/ready": 200, "": 200}
        assert (await client.send("GET", "/health")).body["replicas"] == {"1": "used", "2": "gone"}


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


@dataclass
class Nodes:
    """`now` is the clock of the watch; a look waits until `may_answer` is set."""

    now: float = 0.0
    looks: int = 0
    lost: list[str] = field(default_factory=list)
    problem: Exception | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    watch: NodeWatch = field(init=False)

    def __post_init__(self) -> None:
        self.may_answer.set()
        self.watch = NodeWatch(self.look, monotonic=lambda: self.now, budget_s=0.05)

    async def look(self) -> list[str]:
        self.looks += 1
        await self.may_answer.wait()
        if self.problem is not None:
            raise self.problem
        return self.lost


async def test_a_lost_node_is_named_and_takes_no_traffic_from_the_process(world: World) -> None:
    nodes = Nodes(lost=["10.0.0.2:5432"])
    routes = list(health_routes(world.readiness, nodes.watch))
    async with serving(Starlette(routes=routes)) as (url, _server):
        client = GraphQLClient(url)
        assert await statuses(client) == {"/live": 200, "/ready": 200, "": 200}
        report = (await client.send("GET", "/health")).body
        assert report["lost_nodes"] == ["10.0.0.2:5432"]
        assert "lost_nodes" not in (await client.send("GET", "/health/ready")).body


async def test_nodes_are_looked_at_every_five_seconds_however_many_ask() -> None:
    nodes = Nodes()
    await asyncio.gather(*(nodes.watch.lost() for _ in range(20)))
    nodes.now += 4.9
    assert (await nodes.watch.lost(), nodes.looks) == ([], 1)
    nodes.now += 0.1
    nodes.lost = ["10.0.0.2:5432"]
    assert (await nodes.watch.lost(), nodes.looks) == (["10.0.0.2:5432"], 2)


async def test_a_look_that_takes_long_is_answered_by_the_last_one() -> None:
    nodes = Nodes(lost=["10.0.0.2:5432"])
    assert await nodes.watch.lost() == ["10.0.0.2:5432"]
    nodes.now, nodes.lost = 5.0, []
    nodes.may_answer.clear()
    assert await nodes.watch.lost() == ["10.0.0.2:5432"]
    nodes.now = 60.0
    assert (await nodes.watch.lost(), nodes.looks) == (["10.0.0.2:5432"], 2)
    nodes.may_answer.set()
    assert await nodes.watch.lost() == []


async def test_nobody_knows_the_nodes_while_the_coordinator_is_away() -> None:
    nodes = Nodes(lost=["10.0.0.2:5432"])
    await nodes.watch.lost()
    nodes.now, nodes.problem = 5.0, DatabaseUnavailable("postgres at 10.0.0.7 is away")
    assert await nodes.watch.lost() is None
