"""Questions about custom metrics: order, conditions, changes, versions, and what is refused."""

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import Breakdown
from analytics.periods import DateRange
from models.insights.custom_metric import MOST_CUSTOM_METRICS
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import sessions, statements
from tests.worlds.custom_metrics import ROWS, WHOLE, check, door_of, expected, own
from tests.worlds.insights import FIRST, LAST, InsightWorld, grouped, insight_world, naive_sums, same
from tests.worlds.insights import WHOLE as WHOLE_DAYS
from tests.worlds.parts import PartsWorld


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    made = await insight_world(tools.db)
    await own(made)
    return made


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return door_of(tools, world)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("key", ["profit", "margin", "seen", "watched"])
async def test_rows_are_sorted_by_them_over_pages_without_selecting_them(door: Door, key: str, order: str) -> None:
    asked = {**WHOLE, "groupBy": {"level": "AD"}, "grain": "WEEK"}
    asked["sort"] = [{"metric": {"of": {"custom": key}, "order": order}}]
    question = """query ($input: InsightsInput!, $first: Int, $after: String, $of: [MetricRefInput!]!) {
      insights(input: $input) { rows(first: $first, after: $after) {
        nodes { key metrics { impressions } } pageInfo { endCursor hasNextPage } }
        all: rows(first: 1000) { nodes { key metrics { values(of: $of) { value } } } } } }"""
    paged, after = list[str](), None
    while True:
        answer = await door.ask(question, input=asked, first=7, after=after, of=[{"custom": key}])
        assert answer.codes == []
        page = answer.data["insights"]["rows"]
        paged += [node["key"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    whole = answer.data["insights"]["all"]["nodes"]
    assert paged == [node["key"] for node in whole]
    values = [node["metrics"]["values"][0]["value"] for node in whole]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=order == "DESC") + [None] * (len(values) - len(known))
    assert len({*known}) > 10


async def test_groups_are_left_out_by_them_and_totals_are_of_the_rest(world: InsightWorld, door: Door) -> None:
    groups = grouped(world.rows, lambda row: encode_id("Ad", row.ad_id))
    worth = {ad: expected(rows)["margin"] or Decimal(0) for ad, rows in groups.items()}
    low, high = sorted(worth.values())[3:5]
    middle = (low + high) / 2
    above = {"where": {"of": {"custom": "margin"}, "gte": float(middle)}}
    asked = {**WHOLE, "groupBy": {"level": "AD"}}
    answer = await door.ask(ROWS, input={**asked, "having": above})
    found = answer.data["insights"]
    kept = {node["entity"]["id"] for node in found["rows"]["nodes"]}
    assert kept == {ad for ad, value in worth.items() if value >= middle}
    assert found["rows"]["totalCount"] == len(kept) < len(worth)
    check(found["totals"], [row for ad in kept for row in groups[ad]])
    none = {"all": [{"where": {"of": {"custom": "per"}, "isNull": True}}, {"not": {"any": [above]}}]}
    answer = await door.ask(ROWS, input={**asked, "having": none})
    assert {node["entity"]["id"] for node in answer.data["insights"]["rows"]["nodes"]} == worth.keys() - kept


async def test_changes_and_their_order(world: InsightWorld, door: Door) -> None:
    question = """query ($input: InsightsInput!) { insights(input: $input) { rows { nodes { entity { id }
      change { of(metrics: [{custom: "margin"}, {custom: "per"}]) { key absolute relative nullReason } } } }
      totals { custom(key: "margin") { value } } comparisonTotals { custom(key: "margin") { value } } } }"""
    asked = {
        "range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}},
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
        "groupBy": {"level": "AD"},
        "sort": [{"change": {"of": {"custom": "margin"}, "order": "ASC"}}],
    }
    answer = await door.ask(question, input=asked)
    assert answer.codes == []
    found = answer.data["insights"]
    now, then = (
        [row for row in world.rows if row.day in DateRange(start, end)]
        for start, end in (
            (FIRST.replace(month=11), FIRST.replace(month=11, day=10)),
            (FIRST.replace(day=22), FIRST.replace(day=31)),
        )
    )
    changes = list[Decimal]()
    for node in found["rows"]["nodes"]:
        mine, none = node["change"]["of"]
        new, old = (
            expected([row for row in rows if encode_id("Ad", row.ad_id) == node["entity"]["id"]])["margin"]
            for rows in (now, then)
        )
        assert new is not None
        assert old is not None
        assert same(mine["absolute"], new - old)
        assert mine["relative"] == pytest.approx(float((new - old) / abs(old)))
        assert none == {"key": "per", "absolute": None, "relative": None, "nullReason": "ZERO_DENOMINATOR"}
        changes.append(mine["absolute"])
    assert changes == sorted(changes)
    assert len(changes) == len(world.ads)
    assert same(found["totals"]["custom"]["value"], expected(now)["margin"])
    assert same(found["comparisonTotals"]["custom"]["value"], expected(then)["margin"])


SELECTED = "query ($input: InsightsInput!) { insights(input: $input) { rows { nodes { %s } } } }"
UNKNOWN = {"custom": "prophet"}


@pytest.mark.parametrize(
    ("shown", "more"),
    [
        ('metrics { values(of: [{metric: SPEND}, {custom: "prophet"}]) { value } }', {}),
        ('change { of(metrics: [{custom: "prophet"}]) { absolute } }', {"compareTo": {"preset": "PREVIOUS_YEAR"}}),
        ("key", {"sort": [{"metric": {"of": UNKNOWN}}]}),
        ("key", {"sort": [{"change": {"of": UNKNOWN}}], "compareTo": {"preset": "PREVIOUS_YEAR"}}),
        ("key", {"having": {"not": {"all": [{"where": {"of": UNKNOWN, "gt": 1}}]}}}),
        ("key", {"having": {"where": {"of": {"custom": "spend"}, "gt": 1}}}),
    ],
)
async def test_an_unknown_key_is_named(door: Door, shown: str, more: dict[str, Any]) -> None:
    answer = await door.ask(SELECTED % shown, input={**WHOLE, **more})
    assert {*answer.codes} == {"BAD_USER_INPUT"}
    key = "spend" if "spend" in str(more) else "prophet"
    assert answer.messages[0].startswith(f"There is no custom metric `{key}`")


@pytest.mark.parametrize("ref", [{}, {"metric": "SPEND", "custom": "profit"}, {"custom": None}, {"custom": 7}])
async def test_exactly_one_of_metric_and_custom_is_named(door: Door, ref: dict[str, Any]) -> None:
    answer = await door.ask(SELECTED % "key", input={**WHOLE, "sort": [{"metric": {"of": ref}}]})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_another_tenants_metrics_are_unknown(tools: Toolbox) -> None:
    other = await insight_world(tools.db)
    question = SELECTED % 'metrics { custom(key: "profit") { value } }'
    door = door_of(tools, other)
    assert (await door.ask(question, input=WHOLE)).data["insights"]["rows"]["nodes"] == [{"metrics": {"custom": None}}]
    answer = await door.ask(SELECTED % "key", input={**WHOLE, "sort": [{"metric": {"of": {"custom": "profit"}}}]})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_they_are_loaded_only_where_one_is_named(world: InsightWorld, door: Door) -> None:
    with statements(world.db) as sent:
        await door.ask(SELECTED % "metrics { spend values(of: [{metric: ROAS}]) { value } }", input=WHOLE)
    assert not [each for each in sent if "custom_metric" in each]
    with statements(world.db) as sent, sessions(world.db) as begun:
        await door.ask(ROWS, input=WHOLE)
    assert len([each for each in sent if "custom_metric" in each]) == 1
    # The answer, with the formulas in its snapshot; and what exists, for the cost, unless somebody has just asked.
    assert len(begun) in (1, 2)


async def test_the_version_follows_the_metrics_that_are_asked(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    await own(world)
    door = door_of(tools, world)
    asked = {**WHOLE, "groupBy": {"level": "AD"}, "sort": [{"metric": {"of": {"metric": "SPEND"}}}]}
    first = (await door.ask(ROWS, input=asked, first=3)).data["insights"]

    async def versions(formula: str, key: str = "profit") -> tuple[bool, bool]:
        """Whether version and page tell of a change, once the metric has this formula."""
        save = """mutation ($key: String!, $formula: String!) { saveCustomMetric(
          input: {key: $key, name: "M", formula: $formula, unit: MONEY}) { userErrors { message } } }"""
        assert (await door.ask(save, key=key, formula=formula)).data["saveCustomMetric"]["userErrors"] == []
        after = first["rows"]["pageInfo"]["endCursor"]
        answer = await door.ask(ROWS, input=asked, first=3, after=after)
        assert answer.codes == []
        found = answer.data["insights"]
        return found["meta"]["dataVersion"] != first["meta"]["dataVersion"], found["rows"]["dataChanged"]

    assert await versions("spend", "unused") == (False, False)
    assert await versions("purchaseValue * 0.36 - spend") == (True, True)
    assert await versions("purchaseValue * 0.35 - spend") == (False, False)


async def test_money_of_several_currencies_is_not_compared(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    await own(world)
    door = door_of(tools, world)
    dollars = [dataclasses.replace(row, currency="USD") for row in world.rows if row.day == LAST]
    await world.store(DateRange(LAST, LAST), dollars)
    answer = await door.ask(ROWS, input=WHOLE)
    [row] = answer.data["insights"]["rows"]["nodes"]
    assert row["metrics"]["profit"]["nullReason"] == "MIXED_CURRENCY"
    await world.entities.account(currency="USD")
    answer = await door.ask(SELECTED % "key", input={**WHOLE, "sort": [{"metric": {"of": {"custom": "profit"}}}]})
    assert answer.codes == ["MIXED_CURRENCY"]


async def test_formulas_that_are_too_long_together_are_refused(tools: Toolbox) -> None:
    long = "+".join(["impressions"] * 40)
    world = await insight_world(tools.db, store=False)
    await own(world, {f"k{number}": (long, "COUNT") for number in range(MOST_CUSTOM_METRICS)})
    door = door_of(tools, world)
    few, many = ([{"custom": f"k{number}"} for number in range(count)] for count in (25, 26))
    question = """query ($input: InsightsInput!, $of: [MetricRefInput!]!) {
      insights(input: $input) { totals { values(of: $of) { value } } } }"""
    assert (await door.ask(question, input=WHOLE, of=few)).codes == []
    conditions = {"all": [{"where": {"of": few[0], "gt": number}} for number in range(24)]}
    assert (await door.ask(question, input={**WHOLE, "having": conditions}, of=few[:1])).codes == []
    for asked, of in ((WHOLE, many), ({**WHOLE, "having": conditions}, few[:2])):
        answer = await door.ask(question, input=asked, of=of)
        assert answer.codes == ["BAD_USER_INPUT"]
        assert "more than 1,000 values" in answer.messages[0]


async def test_a_row_that_fills_a_gap_has_no_number_of_them(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    await own(world)
    day = DateRange(FIRST, FIRST)
    await world.store(day, world.random_rows(day))
    days = {"range": {"between": {"from": str(FIRST), "to": "2026-10-03"}}}
    question = """query ($input: InsightsInput!) { insights(input: $input) {
      rows { nodes { metrics { custom(key: "seen") { value nullReason } } } }
      totals { custom(key: "seen") { value } } } }"""
    answer = await door_of(tools, world).ask(question, input={**days, "grain": "DAY", "fillGaps": True})
    assert answer.codes == []
    first, *others = [node["metrics"]["custom"] for node in answer.data["insights"]["rows"]["nodes"]]
    assert first == {"value": answer.data["insights"]["totals"]["custom"]["value"], "nullReason": None}
    assert others == [{"value": None, "nullReason": "NOT_REPORTED"}] * 2


async def test_parts_of_a_breakdown_have_them_but_not_those_of_people(tools: Toolbox) -> None:
    world = await insight_world(tools.db)
    await own(world)
    parts = await PartsWorld(world).read(WHOLE_DAYS, Breakdown.COUNTRY)
    question = """query ($input: InsightsInput!) { insights(input: $input) { rows { nodes { dimensions { country }
      metrics { mine: custom(key: "mine") { value } people: custom(key: "peopled") { value nullReason } } } } } }"""
    asked = {**WHOLE, "groupBy": {"breakdowns": ["COUNTRY"]}}
    answer = await door_of(tools, world).ask(question, input=asked)
    assert answer.codes == []
    rows = answer.data["insights"]["rows"]["nodes"]
    assert len(rows) == 3
    for row in rows:
        sums = naive_sums(part for part in parts if part.values == (row["dimensions"]["country"] or "",))
        assert same(row["metrics"]["mine"]["value"], sums["purchase_value"] / sums["spend"])
        assert row["metrics"]["people"] == {"value": None, "nullReason": "NOT_ADDITIVE"}


async def test_products_beyond_what_a_float_holds_are_sorted_paged_and_compared(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    many = "*".join(["impressions"] * 40)
    await own(
        world, {"many": (many, "COUNT"), "large": ("*".join(["many"] * 12), "COUNT"), "small": ("1/large", "COUNT")}
    )
    door = door_of(tools, world)
    for day in (FIRST, FIRST.replace(day=2)):
        rows = world.random_rows(DateRange(day, day))
        for number, row in enumerate(rows):
            row.facts = dict.fromkeys(row.facts) | {"impressions": 1 if day == FIRST else 1000 + number}
        await world.store(DateRange(day, day), rows)
    question = """query ($input: InsightsInput!, $after: String) { insights(input: $input) {
      rows(first: 3, after: $after) { nodes { key change { of(metrics: [{custom: "large"}]) { absolute relative } } }
        pageInfo { endCursor hasNextPage } } } }"""
    asked = {"range": {"between": {"from": "2026-10-02", "to": "2026-10-02"}}, "groupBy": {"level": "AD"}}
    asked |= {"compareTo": {"preset": "PREVIOUS_PERIOD"}}
    for key in ("large", "small"):
        found, after = list[str](), None
        for _ in range(3):
            given = {**asked, "sort": [{"metric": {"of": {"custom": key}}}]}
            answer = await door.ask(question, input=given, after=after)
            assert answer.codes == []
            page = answer.data["insights"]["rows"]
            found += [node["key"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        assert len({*found}) == len(world.ads)
        [first, *_] = page["nodes"]
        assert first["change"]["of"][0]["absolute"] is not None
    assert {node["change"]["of"][0]["relative"] for node in page["nodes"]} == {None}
