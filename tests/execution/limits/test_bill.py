"""What an answer tells of its cost, and what is given back: over HTTP and over a socket."""

import asyncio
from typing import Any

import pytest
from graphql import parse

from execution.documents import Prepared, PreparedOperation
from execution.limits.bill import KEPT_PARTS, REFUSED_COST, Bill
from execution.request import OperationRequest
from tests.doors.http import GraphQLClient
from tests.execution.conftest import ENGINE, GOOD, Context

PAGED = "query ($n: Int) { paged(first: $n) { nodes { name } } }"
TOO_MUCH = "{ paged(first: 1000) { nodes { things(first: 1000) { nodes { name } } } } }"


def cost_in(reply: Any) -> tuple[int, int]:
    cost = reply["extensions"]["cost"]
    assert set(cost) == {"requested", "actual", "throttleStatus"}
    status = cost["throttleStatus"]
    assert set(status) == {"maximumAvailable", "currentlyAvailable", "restoreRate"}
    assert (status["maximumAvailable"], status["restoreRate"]) == (1000, 16.67)
    assert status["currentlyAvailable"] == 1000 - cost["actual"]
    return cost["requested"], cost["actual"]


async def test_an_answer_tells_what_it_might_have_cost_and_what_it_did(client: GraphQLClient) -> None:
    assert cost_in((await client.ask(PAGED, n=40)).body) == (1 + 40, 1 + 1)
    assert cost_in((await client.ask(PAGED)).body) == (1 + 50, 1 + 1)
    assert cost_in((await client.ask("{ hello }")).body) == (1, 1)
    assert cost_in((await client.ask("mutation { change }")).body) == (1, 1)
    assert cost_in((await client.ask("{ paged @skip(if: true) { nodes { name } } hello }")).body) == (1 + 50, 1)


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ nothing }", (REFUSED_COST, REFUSED_COST)),
        ("{", (REFUSED_COST, REFUSED_COST)),
        ("query ($v: Int!) { paged(first: $v) { nodes { name } } }", (REFUSED_COST, REFUSED_COST)),
        ("query A { hello } query B { hello }", (REFUSED_COST, REFUSED_COST)),
        ("query A { hello } subscription B { count(to: 1) }", (REFUSED_COST, REFUSED_COST)),
        (TOO_MUCH, (1 + 1000 * (1 + 1 + 1000), REFUSED_COST)),
    ],
)
async def test_what_is_refused_before_it_runs_tells_its_cost_too(
    client: GraphQLClient, query: str, cost: tuple[int, int]
) -> None:
    assert cost_in((await client.ask(query)).body) == cost


async def test_what_a_rate_limit_refuses_costs_nothing(client: GraphQLClient) -> None:
    reply = await client.ask("{ limited paged(first: 7) { nodes { name } } }")
    assert reply.status == 429
    cost = reply.body["extensions"]["cost"]
    assert (cost["requested"], cost["actual"], set(cost)) == (8, 0, {"requested", "actual", "throttleStatus"})


async def test_what_fails_is_not_given_back(client: GraphQLClient) -> None:
    reply = await client.ask('{ fails(how: "bug") paged(first: 7) { nodes { name } } }')
    assert (reply.codes, cost_in(reply.body)) == (["INTERNAL"], (8, 2))
    broken = await client.ask("{ broken(first: 30) { nodes { name } } paged(first: 7) { nodes { name } } }")
    assert (broken.data, cost_in(broken.body)) == ({"broken": None, "paged": {"nodes": [{"name": "a"}]}}, (39, 33))


async def test_over_a_socket_answers_tell_their_cost_and_events_do_not(client: GraphQLClient) -> None:
    async with client.socket() as socket:
        await socket.introduce({"authorization": GOOD})
        await socket.start("1", PAGED, {"n": 5})
        assert cost_in((await socket.hear())["payload"]) == (6, 2)
        assert (await socket.hear())["type"] == "complete"
        await socket.start("2", "subscription { count(to: 1) }")
        assert (await socket.hear())["payload"] == {"data": {"count": 0}}


async def test_a_subscription_is_charged_once_and_nothing_of_it_is_given_back() -> None:
    context = Context("r")
    events = await ENGINE.stream(OperationRequest("subscription { count(to: 3) }"), context_value=context)
    assert [event.extensions async for event in events] == [None] * 3
    assert (context.charged, context.spent) == ([([("count", {"to": 3})], 2)], [])


async def test_who_leaves_in_the_middle_gets_nothing_back() -> None:
    context = Context("r")
    running = asyncio.create_task(ENGINE.execute("{ waits paged { nodes { name } } }", context_value=context))
    while not context.charged:  # noqa: ASYNC110 - another task does it, without telling
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (context.charged[0][1], context.spent) == (2 + 51, [2 + 51])


def operation_of(document: Prepared) -> PreparedOperation:
    operation = document.operation(None)
    assert operation is not None
    return operation


async def requested(document: Prepared, **variables: Any) -> int:
    bill = Bill(ENGINE.core, Context("r"))
    await bill.admit(document, operation_of(document), variables)
    return bill.requested


async def test_the_shape_of_a_document_is_made_once_and_serves_any_variables() -> None:
    document = Prepared(parse(PAGED))
    assert await requested(document, n=3) == 1 + 3
    shape = operation_of(document).cost_shape
    assert shape is not None
    assert [await requested(document, n=size) for size in (4, None, 5000)] == [1 + 4, 1 + 50, 1 + 1000]
    assert operation_of(document).cost_shape is shape


async def test_a_shape_of_very_many_parts_is_not_kept() -> None:
    for fields, is_kept in ((KEPT_PARTS // 2, True), (KEPT_PARTS // 2 + 1, False)):
        selected = " ".join(f"a{n}: paged(first: 1) {{ nodes {{ name }} }}" for n in range(fields))
        document = Prepared(parse(f"query ($n: Int) {{ {selected} }}"))
        assert await requested(document) == 2 * fields
        assert (operation_of(document).cost_shape is not None) is is_kept
