"""Cost: what an answer may cost by its document alone, and where it is known how much there is."""

from typing import Any

import pytest
from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, parse, validate

from analytics.metrics.catalogue import METRICS
from execution.limits.cost import MAX_COST, Cost
from execution.limits.cost_shape import cost_shape
from schema import build_schema

RANGE = "range: { preset: LAST_30_DAYS }"
ROWS = f"{{ insights(input: {{ {RANGE} }}) {{ rows(first: 1000) {{ nodes {{ metrics {{ %s }} }} }} }} }}"
EVERY_METRIC = " ".join(definition.key for definition in METRICS.values())
FIFTEEN = {"AdAccount": 1, "Campaign": 15, "AdSet": 45, "Ad": 90, "Creative": 20}
FOUR_LEVELS = """
{ adAccounts { nodes { campaigns { nodes { name
  ... on InsightEntity { ...f }
} } } } }
fragment f on Campaign { adSets { edges { node { ads { nodes { name creative { thumbnailUrl } } } } } } }
"""


@pytest.fixture(scope="module")
def core() -> GraphQLSchema:
    return build_schema().core


def cost_of(core: GraphQLSchema, query: str, **variables: Any) -> Cost:
    document = parse(query)
    assert validate(core, document) == []
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return Cost(cost_shape(core, operation, fragments), variables)


def points(core: GraphQLSchema, query: str, **variables: Any) -> int:
    return cost_of(core, query, **variables).points()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename }", 1),
        ("{ viewer { role } }", 1),
        ("{ viewer { permissions } }", 2),  # a list of values is taken to be ten
        ("{ campaigns(first: 100) { nodes { id name status objective externalId } } }", 2 + 1 + 100),
        ("{ campaigns(first: 100) { nodes { id name status objective externalId platform } } }", 2 + 1 + 200),
        ("{ campaigns(first: 100) { totalCount nodes { id } } }", 2 + 1 + 2 + 100),
        ("{ campaigns(first: 100) { nodes { adAccount { id } } } }", 2 + 1 + 100 * (1 + 2 + 1)),
        ("{ campaigns(first: 100) { edges { cursor node { id } } } }", 2 + 1 + 100 * 2),
        ("{ a: campaigns(first: 9) { nodes { id } } b: campaigns(first: 9) { nodes { id } } }", 2 * (2 + 1 + 9)),
        ("{ campaigns(first: 9) { ...f } } fragment f on CampaignConnection { nodes { id } }", 2 + 1 + 9),
    ],
)
def test_an_object_is_a_point_for_five_values_and_a_look_up_two(core: GraphQLSchema, query: str, expected: int) -> None:
    assert points(core, query) == expected


def test_rows_cost_in_proportion_to_their_metrics(core: GraphQLSchema) -> None:
    few, many = points(core, ROWS % "spend"), points(core, ROWS % EVERY_METRIC)
    per_row = -(-len(METRICS) // 5)
    assert many - few == 1000 * (per_row - 1)
    aliases = " ".join(f"a{n}: spend" for n in range(50))
    assert points(core, ROWS % aliases) - few == 1000 * 9


@pytest.mark.parametrize(
    ("arguments", "periods"),
    [
        ('range: { between: { from: "2026-01-01", to: "2026-01-31" } }', 31),
        ('range: { between: { from: "2026-01-01", to: "2026-12-31" } }, grain: MONTH', 12),
        ('range: { between: { from: "2020-01-01", to: "2026-12-31" } }', 400),
        ("range: { preset: LAST_7_DAYS }", 8),
        ("range: { preset: THIS_YEAR }, grain: YEAR", 2),
    ],
)
def test_a_series_has_as_many_points_as_its_range_has_periods(
    core: GraphQLSchema, arguments: str, periods: int
) -> None:
    query = f"{{ campaigns(first: 10) {{ nodes {{ series({arguments}) {{ metrics {{ spend }} }} }} }} }}"
    assert points(core, query) == 2 + 1 + 10 * (1 + 2 + 2 * periods)


@pytest.mark.parametrize("between", [{"from": "2026-01-01"}, {"from": "x", "to": "y"}, 5])
def test_a_range_that_nobody_can_read_is_the_longest(core: GraphQLSchema, between: Any) -> None:
    query = "query ($r: DateRangeInput!) { campaigns(first: 1) { nodes { series(range: $r) { metrics { spend } } } } }"
    assert points(core, query, r={"between": between}) == 2 + 1 + 1 + 2 + 2 * 400


def test_what_answers_a_list_is_as_long_as_it(core: GraphQLSchema) -> None:
    ids = ", ".join('"x"' for _ in range(70))
    assert points(core, f"{{ nodes(ids: [{ids}]) {{ id }} }}") == 2 + 70
    listed = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert points(core, listed, ids=["x"] * 70) == 2 + 70
    pairs = ROWS % "values(of: [%s]) { key value }" % ", ".join(["{ metric: SPEND }"] * 40)
    assert points(core, pairs) - points(core, ROWS % "spend") == 1000 * 40


@pytest.mark.parametrize("first", [1000, 1000.0, 10**9])
def test_a_page_is_as_large_as_it_will_be(core: GraphQLSchema, first: float) -> None:
    query = "query ($n: Int) { campaigns(first: $n) { nodes { id } } }"
    assert points(core, query, n=first) == 2 + 1 + 1000
    assert points(core, query) == points(core, query, n=None) == 2 + 1 + 50


def test_what_exists_bounds_pages_within_pages(core: GraphQLSchema) -> None:
    cost = cost_of(core, FOUR_LEVELS)
    assert cost.points() > MAX_COST
    cost.know({"adAccounts": FIFTEEN})
    accounts, campaigns, sets, ads = 1 + 3, 15 + 15 * 3, 45 + 45 + 45 * 3, 90 + 90 * 3
    assert cost.points() == 2 + 1 + accounts + campaigns + sets + ads


def test_fifteen_thousand_campaigns_are_too_much_and_the_way_out_is_named(core: GraphQLSchema) -> None:
    cost = cost_of(core, FOUR_LEVELS.replace("campaigns {", "campaigns(first: 1000) {"))
    cost.know({"adAccounts": {"AdAccount": 1, "Campaign": 15_000, "AdSet": 45_000, "Ad": 90_000, "Creative": 20_000}})
    assert cost.points() > MAX_COST
    assert "`campaigns(first: 9)` would fit" in cost.refusal(cost.points()).message


def test_what_exists_counts_for_each_field_by_itself(core: GraphQLSchema) -> None:
    asked = "campaigns(first: 1000) { nodes { id } }"
    cost = cost_of(core, f"{{ a: {asked} b: {asked} c: {asked} }}")
    cost.know({"a": {"Campaign": 15}, "b": {"Campaign": 7}})
    assert cost.points() == 3 * (2 + 1) + 15 + 7 + 1000


def test_what_is_reached_by_many_ways_counts_for_each(core: GraphQLSchema) -> None:
    """Fifty ads may lead to the same campaign, and each of them to all that it has."""
    cost = cost_of(core, "{ ads { nodes { campaign { adSets(first: 1000) { nodes { id } } } } } }")
    cost.know({"ads": {"Campaign": 15, "AdSet": 45, "Ad": 90}})
    assert cost.points() == 2 + 1 + 50 * (1 + 2 + 1 + 2 + 1 + 45)


def test_a_page_that_would_fit_does_where_little_exists(core: GraphQLSchema) -> None:
    exist = FIFTEEN | {"Campaign": 900, "AdSet": 90_000, "Ad": 10**6}
    query = "{ campaigns(first: %s) { nodes { adSets(first: 100) { nodes { ads(first: 50) { nodes { id } } } } } } }"
    cost = cost_of(core, query % 1000)
    cost.know({"campaigns": exist})
    message = cost.refusal(cost.points()).message
    page = int(message.partition("`campaigns(first: ")[2].partition(")")[0])
    for first, fits in ((page, True), (page + 1, False)):
        asked = cost_of(core, query % first)
        asked.know({"campaigns": exist})
        assert (asked.points() <= MAX_COST) is fits


def test_lists_of_one_owner_hold_nothing_of_another() -> None:
    """A new list of entities is put here once it is sure that two owners never have one entity in common."""
    lists = {
        (kind.name, name)
        for kind in build_schema().core.type_map.values()
        for name, field in getattr(kind, "fields", {}).items()
        if getattr(getattr(field, "type", None), "name", "") in {f"{each}Connection" for each in FIFTEEN}
    }
    assert lists == {
        *(("Query", name) for name in ("adAccounts", "campaigns", "adSets", "ads", "creatives")),
        *(("AdAccount", name) for name in ("campaigns", "adSets", "ads")),
        ("Campaign", "adSets"),
        ("AdSet", "ads"),
        ("Creative", "ads"),
    }
