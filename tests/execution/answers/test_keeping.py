"""Kept answers: when an operation is answered without being run, and how much memory they take."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

import errors
from execution.answers.cache import AnswerCache
from execution.answers.keeping import KEPT_COST
from execution.answers.selected import selected_fields
from execution.documents import prepared
from tests.doors.http import GraphQLClient
from tests.execution.conftest import ENGINE, SmallDoor

TICK = "query Tick($n: Decimal = 1) { ticks twice(value: $n) }"


@pytest.fixture
def keeping(door: SmallDoor) -> Iterator[SmallDoor]:
    door.answers, door.version = AnswerCache(100_000), "1"
    yield door
    door.answers = door.version = None


async def ticks(client: GraphQLClient, query: str = TICK, **variables: Any) -> Any:
    return (await client.ask(query, **variables)).data["ticks"]


async def test_an_answer_is_given_again_until_its_version_changes(client: GraphQLClient, keeping: SmallDoor) -> None:
    first = await client.ask(TICK, n=2)
    second = await client.ask(TICK, n=2)
    assert second.text == first.text
    keeping.version = "2"
    assert (await client.ask(TICK, n=2)).text != first.text


async def test_another_question_has_another_answer(client: GraphQLClient, keeping: SmallDoor) -> None:
    digits = [f"0.1{'0' * 18}{last}" for last in (1, 2)]
    bodies = [
        *[f'{{"query": "{TICK}", "variables": {{"n": {n}}}}}' for n in (*digits, "1", "2")],
        f'{{"query": "{TICK}"}}',
        f'{{"query": "{TICK} #"}}',
        '{"query": "query Other { ticks }"}',
        '{"query": "query A { ticks } query B { ticks }", "operationName": "A"}',
        '{"query": "query A { ticks } query B { ticks }", "operationName": "B"}',
    ]
    for _ in range(2):
        found = []
        for body in bodies:
            reply = await client.send("POST", data=body, headers={"content-type": "application/json"})
            found.append(reply.data["ticks"])
        assert len(set(found)) == len(bodies)
    # A variable that the operation does not declare decides nothing.
    assert await ticks(client, "query Other { ticks }", else_=1) == found[6]


async def test_sockets_are_given_kept_answers_too(client: GraphQLClient, keeping: SmallDoor) -> None:
    first = await ticks(client, "{ ticks }")
    async with client.subscribe("{ ticks }") as answer:
        assert (await answer.next())["data"] == {"ticks": first}


@pytest.mark.parametrize("query", ["mutation { change }", '{ ticks fails(how: "forbidden") }', "{ ticks nope }"])
async def test_mutations_and_errors_are_not_kept(client: GraphQLClient, keeping: SmallDoor, query: str) -> None:
    await client.ask(query)
    assert keeping.answers is not None
    assert keeping.answers.size == 0


async def test_without_a_version_nothing_is_kept(client: GraphQLClient, keeping: SmallDoor) -> None:
    keeping.version = None
    assert await ticks(client) != await ticks(client)
    keeping.version = errors.DatabaseUnavailable("away")
    assert await ticks(client) != await ticks(client)


async def test_a_kept_answer_costs_little_and_tells_its_own_cost(client: GraphQLClient, keeping: SmallDoor) -> None:
    query = "{ ticks paged(first: 50) { nodes { name things(first: 50) { nodes { name } } } } }"
    first, second = [await client.ask(query) for _ in range(2)]
    assert second.data == first.data
    told = [reply.body["extensions"]["cost"] for reply in (first, second)]
    assert told[0]["requested"] == told[1]["requested"] > 1_000
    assert told[1]["actual"] == KEPT_COST
    assert len(keeping.contexts[-1].charged) == 1
    assert (await client.ask("{ ticks }")).body["extensions"]["cost"]["actual"] == 1


def test_answers_are_bounded_in_bytes() -> None:
    tracemalloc.start()
    cache = AnswerCache(1_000_000)
    for number in range(10_000):
        cache.keep(number.to_bytes(32, "big"), bytes(1_000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert cache.size <= 1_000_000
    assert held < 1_300_000
    assert cache.find((9_999).to_bytes(32, "big")) is not None
    assert cache.find((0).to_bytes(32, "big")) is None


def test_the_answer_that_was_not_asked_for_the_longest_goes_first() -> None:
    cache = AnswerCache(10_000)
    for number in range(20):
        cache.keep(bytes([number]), bytes(750))
        cache.find(b"\0")
    assert [number for number in range(20) if cache.find(bytes([number]))] == [0, *range(11, 20)]


def test_an_answer_that_is_a_large_part_of_the_whole_is_not_kept() -> None:
    cache = AnswerCache(10_000)
    cache.keep(b"small", bytes(100))
    cache.keep(b"large", bytes(2_000))
    assert (cache.find(b"small") is None, cache.find(b"large")) == (False, None)


def test_an_answer_that_is_kept_again_counts_once() -> None:
    cache = AnswerCache(10_000)
    cache.keep(b"key", bytes(100))
    cache.keep(b"key", bytes(50))
    assert (cache.size, cache.find(b"key")) == (300, bytes(50))


def test_the_selected_fields_are_those_of_fragments_and_skipped_ones_too() -> None:
    text = """
    query ($no: Boolean!) { a: hello ...F paged { nodes { ... on Thing @skip(if: $no) { name } } } }
    fragment F on Query { me ...G }
    fragment G on Query { __typename ...F2 }
    fragment F2 on Query { big(value: 1) }
    """
    found = prepared(ENGINE.core, text, hides_names=False)
    operation = found.operation(None)
    assert operation is not None
    fields = {("Query", name) for name in ("hello", "me", "__typename", "big", "paged")}
    fields |= {("ThingConnection", "nodes"), ("Thing", "name")}
    assert selected_fields(ENGINE.core, operation.node, found.fragment_definitions) == fields
