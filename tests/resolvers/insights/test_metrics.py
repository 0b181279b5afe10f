"""metrics and series of entities through GraphQL text: numbers, refusals, and a constant number of statements."""

import dataclasses
from datetime import date
from typing import Any

import pytest

from analytics.enums import Metric
from analytics.periods import DateRange
from models.insights.day_swap import StoredInsight
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON, statements
from tests.worlds.insights import InsightWorld, insight_world, naive_metrics

OCTOBER = 'range: {between: {from: "2026-10-01", to: "2026-10-31"}}'
CAMPAIGNS = """
{ campaigns(first: 100) { nodes {
  id
  long: metrics(range: {between: {from: "2026-10-01", to: "2026-11-20"}}) { ...Shown }
  short: metrics(range: {preset: LAST_7_DAYS}) { spend ... on Metrics { cpm @include(if: true) } }
} } }
fragment Shown on Metrics { currency spend roas hookRate reach }
"""
EVERY_TYPE = f"""
query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on InsightEntity {{
  name
  metrics({OCTOBER}) {{ spend currency }}
  series({OCTOBER}, grain: WEEK) {{ period {{ start end }} metrics {{ spend }} }}
}} }} }}
"""


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    return await insight_world(tools.db)


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return door_of(tools, world)


def near(found: Any, expected: Any) -> bool:
    return bool(float(found) == pytest.approx(float(expected), rel=1e-9))


def stored(world: InsightWorld, days: DateRange, **where: Any) -> list[StoredInsight]:
    return [
        row for row in world.rows if row.day in days and all(getattr(row, key) == value for key, value in where.items())
    ]


async def test_two_ranges_of_a_list_have_their_own_numbers(world: InsightWorld, door: Door) -> None:
    answer = await door.ask(CAMPAIGNS)
    assert answer.codes == []
    for campaign, found in zip(world.campaigns[::-1], answer.data["campaigns"]["nodes"], strict=True):
        long = naive_metrics(stored(world, DateRange(date(2026, 10, 1), date(2026, 11, 20)), campaign_id=campaign.id))
        short = naive_metrics(stored(world, DateRange(date(2026, 11, 14), date(2026, 11, 20)), campaign_id=campaign.id))
        assert found["id"] == encode_id("Campaign", campaign.id)
        assert near(found["long"]["spend"], long[Metric.SPEND])
        assert near(found["long"]["hookRate"], long[Metric.HOOK_RATE])
        assert near(found["short"]["cpm"], short[Metric.CPM])
        assert (found["long"]["currency"], found["long"]["reach"]) == ("EUR", None)


async def test_every_kind_of_entity_has_metrics_and_series_that_add_up(world: InsightWorld, door: Door) -> None:
    things = {
        "AdAccount": world.account.id,
        "Campaign": world.campaigns[0].id,
        "AdSet": world.ad_sets[0].id,
        "Ad": world.ads[0].id,
        "Creative": world.creatives[0].id,
    }
    answer = await door.ask(EVERY_TYPE, ids=[encode_id(kind, row_id) for kind, row_id in things.items()])
    assert [node["__typename"] for node in answer.data["nodes"]] == list(things)
    for node in answer.data["nodes"]:
        assert near(sum(float(point["metrics"]["spend"]) for point in node["series"]), node["metrics"]["spend"])
        assert node["series"][0]["period"] == {"start": "2026-10-01", "end": "2026-10-04"}
        assert node["series"][-1]["period"] == {"start": "2026-10-26", "end": "2026-10-31"}


async def test_fifty_campaigns_with_two_ranges_are_as_many_statements_as_one(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    door = door_of(tools, world)
    with statements(world.db) as few:
        await door.ask(CAMPAIGNS)
    await world.entities.campaigns(world.account, *(f"c{number}" for number in range(50)))
    with statements(world.db) as many:
        answer = await door.ask(CAMPAIGNS)
    assert len(answer.data["campaigns"]["nodes"]) == 52
    # The accounts, and the page with the metrics.
    assert len(few) == len(many) == 2


async def test_a_campaign_without_delivery_has_metrics_of_null(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    answer = await door_of(tools, world).ask(CAMPAIGNS)
    assert [node["long"]["spend"] for node in answer.data["campaigns"]["nodes"]] == [None, None]


async def test_an_ad_has_its_people_by_day(world: InsightWorld, door: Door) -> None:
    ad = world.ads[0]
    answer = await door.ask(
        "query($id: ID!) { node(id: $id) { ... on Ad {"
        ' series(range: {between: {from: "2026-10-01", to: "2026-10-03"}}) { metrics { reach } }'
        ' metrics(range: {between: {from: "2026-10-01", to: "2026-10-03"}}) { reach } } } }',
        id=encode_id("Ad", ad.id),
    )
    people = [row.facts["reach"] for row in world.rows if row.ad_id == ad.id][:3]
    assert [point["metrics"]["reach"] for point in answer.data["node"]["series"]] == people
    assert answer.data["node"]["metrics"]["reach"] is None


@pytest.mark.parametrize(
    "field",
    [
        'metrics(range: {between: {from: "2026-10-02", to: "2026-10-01"}}) { spend }',
        'metrics(range: {between: {from: "2027-10-02", to: "2027-10-03"}}) { spend }',
        'series(range: {between: {from: "2025-01-01", to: "2026-10-01"}}) { metrics { spend } }',
    ],
)
async def test_a_range_that_cannot_be_answered_is_refused(door: Door, field: str) -> None:
    answer = await door.ask(f"{{ adAccounts {{ nodes {{ name thing: {field} }} }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert [node["thing"] for node in answer.data["adAccounts"]["nodes"]] == [None]


@pytest.mark.parametrize("value", ["LAST_7_DAYS", 7, ["2026-10-01"], {"between": "LAST_7_DAYS"}, {"between": [1]}, {}])
async def test_a_variable_that_is_no_range_is_bad_input(door: Door, value: Any) -> None:
    """The cost of a series is counted before the types of variables are checked."""
    question = "query ($r: DateRangeInput!) { adAccounts { nodes { series(range: $r) { metrics { spend } } } } }"
    assert {*(await door.ask(question, r=value)).codes} == {"BAD_USER_INPUT"}


async def test_a_long_series_needs_a_coarser_grain(door: Door) -> None:
    answer = await door.ask(
        '{ adAccounts { nodes { series(range: {between: {from: "2020-01-01", to: "2026-11-20"}}, grain: MONTH)'
        " { period { start } } } } }"
    )
    starts = [point["period"]["start"] for point in answer.data["adAccounts"]["nodes"][0]["series"]]
    assert starts == ["2026-10-01", "2026-11-01"]


async def test_metrics_as_pairs(door: Door) -> None:
    answer = await door.ask(
        f"{{ adAccounts {{ nodes {{ metrics({OCTOBER}) {{ spend values(of: [{{metric: SPEND}}, {{metric: REACH}}])"
        " { key value nullReason } } } } }"
    )
    metrics = answer.data["adAccounts"]["nodes"][0]["metrics"]
    assert metrics["values"] == [
        {"key": "spend", "value": metrics["spend"], "nullReason": None},
        {"key": "reach", "value": None, "nullReason": "NOT_ADDITIVE"},
    ]


async def test_definitions_can_be_narrowed_to_a_category(door: Door) -> None:
    answer = await door.ask("{ metricDefinitions(category: VIDEO) { key category metric description } }")
    assert {each["category"] for each in answer.data["metricDefinitions"]} == {"VIDEO"}
    assert "hookRate" in {each["key"] for each in answer.data["metricDefinitions"]}


CUSTOM = "offsite_conversion.custom.123"
ACTIONS = f"""
query($type: String!, $input: InsightsInput!) {{
  campaigns {{ nodes {{ metrics({OCTOBER}) {{ ...Action }} }} }}
  insights(input: $input) {{ rows {{ nodes {{ metrics {{ ...Action }} }} }} totals {{ ...Action }} }}
}}
fragment Action on Metrics {{
  custom: action(type: $type) {{ type count value costPer }} none: action(type: "nothing") {{ count value costPer }}
}}
"""


async def test_any_action_type_is_summed_from_the_raw_lists(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    days = DateRange(date(2026, 10, 1), date(2026, 10, 2))
    rows = world.random_rows(days, ads=world.ads[:3])
    for row in rows[:4]:
        row.actions = f'[{{"action_type":"{CUSTOM}","value":"2.5"}},{{"action_type":"x","value":"9"}}]'
        row.action_values = f'[{{"action_type":"{CUSTOM}","value":"10"}}]'
    await world.store(days, rows)
    asked = {"range": {"between": {"from": "2026-10-01", "to": "2026-10-31"}}, "groupBy": {"level": "AD_ACCOUNT"}}
    answer = await door_of(tools, world).ask(ACTIONS, type=CUSTOM, input=asked)
    assert answer.codes == []
    spend = float(naive_metrics(rows)[Metric.SPEND] or 0)
    totals = answer.data["insights"]["totals"]
    assert (totals["custom"]["count"], totals["custom"]["value"]) == (10, 40)
    assert near(round(spend / 10, 6), totals["custom"]["costPer"])
    assert totals["none"] == {"count": None, "value": None, "costPer": None}
    assert [row["metrics"] for row in answer.data["insights"]["rows"]["nodes"]] == [totals]
    counts = [node["metrics"]["custom"]["count"] for node in answer.data["campaigns"]["nodes"]]
    assert counts == [None, 10]


async def test_too_many_action_types_are_refused(door: Door) -> None:
    fields = " ".join(f'a{number}: action(type: "t{number}") {{ count }}' for number in range(21))
    answer = await door.ask(f"{{ adAccounts {{ nodes {{ metrics({OCTOBER}) {{ {fields} }} }} }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
