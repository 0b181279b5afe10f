"""What an answer cost: never more than was requested, and exactly what it holds."""

from random import Random
from typing import Any

import msgspec
import pytest
from graphql import GraphQLSchema, parse

from execution.limits.answered import Answered, Counts, Spliced
from execution.limits.cost import Cost
from execution.transport.json_text import encode_json
from schema import build_schema
from tests.execution.limits.documents import RandomAnswer, RandomDocument, shape_of

ROWS = "{ insights(input: {}) { rows(first: 1000) { totalCount nodes { entity { name } metrics { spend } } } } }"
ROW = {"entity": {"name": "x"}, "metrics": {"spend": 1}}
ENDLESS = 10**12


@pytest.fixture(scope="module")
def core() -> GraphQLSchema:
    return build_schema().core


def cost_of(core: GraphQLSchema, query: str, **variables: Any) -> Cost:
    return Cost(shape_of(core, parse(query)), variables)


def actual(cost: Cost, data: Any, *, has_errors: bool = False) -> int:
    return Answered(cost, has_errors=has_errors).points(data, requested=cost.points())


@pytest.mark.parametrize("seed", range(20))
def test_random_answers_cost_what_they_hold_and_no_more_than_was_requested(core: GraphQLSchema, seed: int) -> None:
    rng = Random(seed)
    for _ in range(5):
        document = RandomDocument(core, rng)
        cost = Cost(document.shape(), {"n": rng.choice([None, 1, 5, 2000]), "yes": True})
        requested = cost.points()
        answer = RandomAnswer(rng, cost)
        data = answer.data()
        assert Answered(cost, has_errors=False).points(data, requested=ENDLESS) == max(1, answer.points), document.text
        assert answer.points <= requested, document.text
        with_errors = Answered(cost, has_errors=True).points(data, requested=requested)
        assert max(1, answer.points) <= with_errors <= requested, document.text


def test_rows_are_counted_by_what_came(core: GraphQLSchema) -> None:
    cost = cost_of(core, ROWS)
    assert cost.points() == 3 + (2 + 1 + 2) + 1000 * (1 + 2 + 1 + 1)
    rows = {"nodes": [ROW, {**ROW, "entity": None}], "totalCount": 2}
    assert actual(cost, {"insights": {"rows": rows}}) == 3 + 5 + (1 + 2 + 1 + 1) + (1 + 2 + 0 + 1)
    assert actual(cost, {"insights": {"rows": {"nodes": []}}}) == 3 + 5
    assert actual(cost, {"insights": None}) == 2


@pytest.mark.parametrize("skipped", ["metrics { spend }", "key"])
def test_what_a_skipped_selection_of_an_object_would_add_is_not_charged(core: GraphQLSchema, skipped: str) -> None:
    """One of two selections of the same objects is left out: the objects are there without what it selects."""
    rows = "{ insights(input: {}) { rows(first: 1000) { %s nodes { key } } } }"
    cost = cost_of(core, rows % f"nodes @skip(if: $yes) {{ {skipped} }}", yes=True)
    data = {"insights": {"rows": {"nodes": [{"key": "x"}]}}}
    assert actual(cost, data) == actual(cost_of(core, rows % ""), data) == 7


def test_what_failed_costs_what_was_requested_of_it(core: GraphQLSchema) -> None:
    query = "{ viewer { role } campaigns(first: 10) { nodes { id } } nodes(ids: [1, 2]) { id } }"
    cost = cost_of(core, query)
    viewer, campaigns, nodes = 0 + 1, 2 + 1 + 10, 2 + 2
    assert cost.points() == viewer + campaigns + nodes
    data = {"viewer": {"role": "x"}, "campaigns": None, "nodes": [{"id": 1}, None]}
    assert actual(cost, data) == viewer + 2 + (2 + 1)
    assert actual(cost, data, has_errors=True) == cost.points()
    assert actual(cost, None, has_errors=True) == cost.points()
    assert actual(cost, None) == 1


def test_an_answer_that_is_longer_than_it_was_assumed_to_be_costs_what_was_requested(core: GraphQLSchema) -> None:
    cost = cost_of(core, "{ plans { quotas { kind } } }")
    plan = {"quotas": [{"kind": "x"}] * 30}
    assert actual(cost, {"plans": [plan] * 30}) == cost.points()


def test_fields_of_types_that_exclude_each_other_count_once(core: GraphQLSchema) -> None:
    cost = cost_of(
        core,
        "{ nodes(ids: [1]) { ... on Campaign { x: adSets(first: 2) { nodes { id } } }"
        " ... on AdSet { x: ads(first: 3) { nodes { id } } } } }",
    )
    assert cost.points() == 2 + 1 + (2 + 1 + 2) + (2 + 1 + 3)
    assert actual(cost, {"nodes": [{"x": {"nodes": [{"id": 1}]}}]}) == 2 + 1 + (2 + 1 + 1)


@pytest.mark.parametrize("count", [0, 7, 1000])
def test_a_part_that_is_json_already_tells_its_numbers(core: GraphQLSchema, count: int) -> None:
    cost, text = cost_of(core, ROWS), b"[]"
    told = Spliced(text, {(): count, ("entity",): count // 2})
    expected = 3 + 5 + count * (1 + 2 + 1) + count // 2
    assert actual(cost, {"insights": {"rows": {"nodes": told}}}) == expected
    whole = Spliced(text, {("nodes",): count, ("nodes", "entity"): count // 2})
    assert actual(cost, {"insights": {"rows": whole}}) == expected


@pytest.mark.parametrize("is_whole", [False, True])
def test_beside_an_error_a_null_costs_the_same_whoever_wrote_it(core: GraphQLSchema, *, is_whole: bool) -> None:
    cost = cost_of(
        core, "{ insights(input: {}) { rows(first: 9) { nodes { entity { ... on Ad { creative { id } } } } } } }"
    )
    entities: list[Any] = [None, {"creative": None}, {"creative": None}, {"creative": {"id": "x"}}]
    counts = {(): 4, ("entity",): 3, ("entity", "creative"): 1}
    for nodes in ([{"entity": each} for each in entities], Spliced(b"[]", counts, is_whole=is_whole)):
        data = {"insights": {"rows": {"nodes": nodes}}}
        # An entity with a creative and its look-up, and two creatives.
        assert actual(cost, data, has_errors=True) - actual(cost, data) == (1 + 2 + 1) + 2 * 1
    assert (
        actual(cost, {"insights": {"rows": {"nodes": Spliced(b"[]", {(): 4}, is_whole=True)}}}, has_errors=True) == 10
    )


def test_what_a_whole_part_does_not_tell_was_left_out(core: GraphQLSchema) -> None:
    """As by @skip: neither the objects nor their look-ups are charged."""
    cost = cost_of(core, ROWS)
    cases: list[tuple[Counts, int]] = [
        ({(): 5}, 5 * 1),
        ({(): 5, ("metrics",): 5}, 5 * (1 + 1)),
        ({(): 5, ("metrics",): 5, ("entity",): 0}, 5 * (1 + 1 + 2)),
        ({(): 5, ("metrics",): 5, ("entity",): 3}, 5 * (1 + 1 + 2) + 3),
    ]
    for counts, of_rows in cases:
        whole = Spliced(b"[]", counts, is_whole=True)
        assert actual(cost, {"insights": {"rows": {"nodes": whole}}}) == 3 + 5 + of_rows


def test_a_part_that_tells_nothing_costs_what_was_requested(core: GraphQLSchema) -> None:
    cost = cost_of(core, ROWS)
    for silent in (Spliced(b"{}", {}), msgspec.Raw(b"{}")):
        assert actual(cost, {"insights": {"rows": silent}}) == cost.points()
        assert actual(cost, {"insights": silent}) == cost.points()
        assert actual(cost, silent) == cost.points()


def test_a_part_that_is_json_already_goes_into_the_answer_as_it_is() -> None:
    assert encode_json({"data": {"rows": Spliced(b"[1.50]", {}), "n": 1}}) == '{"data":{"rows":[1.50],"n":1}}'
    with pytest.raises(TypeError):
        encode_json({"data": object()})
