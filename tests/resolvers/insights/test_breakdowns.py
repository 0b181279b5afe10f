"""Insights by breakdowns through GraphQL text: groups, filters, the set that is read, and what the answer lacks."""

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import Breakdown, EntityLevel
from analytics.meta.breakdowns import COMBINATIONS, set_name
from analytics.periods import DateRange
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON, statements
from tests.worlds.insights import LAST, WHOLE, InsightWorld, insight_world, naive_sums
from tests.worlds.parts import ROWS, PartsWorld, asked, by, warned

COUNTRY, REGION, AGE, GENDER = Breakdown.COUNTRY, Breakdown.REGION, Breakdown.AGE, Breakdown.GENDER
ALL = {"range": {"between": {"from": str(WHOLE.start), "to": str(WHOLE.end)}}}
BY_COUNTRY = {**ALL, "groupBy": {"breakdowns": ["COUNTRY"]}}


@pytest.fixture
async def world(tools: Toolbox) -> InsightWorld:
    return await insight_world(tools.db, last_refreshed_at=NOON)


@pytest.fixture
def mine(world: InsightWorld) -> PartsWorld:
    return PartsWorld(world)


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


async def test_numbers_are_grouped_by_a_breakdown_whose_unknown_value_is_null(mine: PartsWorld, door: Door) -> None:
    parts = await mine.read(WHOLE, COUNTRY)
    found = await asked(door, BY_COUNTRY)
    rows = by(found, "country")
    assert {country for (country,) in rows} == {"DE", "FR", None}
    for (country,), metrics in rows.items():
        sums = naive_sums(part for part in parts if part.values == (country or "",))
        assert Decimal(str(metrics["spend"])) == sums["spend"]
        assert (int(metrics["impressions"]), Decimal(str(metrics["purchases"]))) == (
            sums["impressions"],
            sums["purchases"],
        )
    assert {
        value for row in found["rows"]["nodes"] for name, value in row["dimensions"].items() if name != "country"
    } == {None}
    assert found["rows"]["totalCount"] == 3


@pytest.mark.parametrize("breakdowns", COMBINATIONS, ids=set_name)
async def test_every_set_adds_up_to_the_whole(mine: PartsWorld, door: Door, breakdowns: tuple[Breakdown, ...]) -> None:
    await mine.read(WHOLE, *breakdowns)
    whole = (await asked(door, ALL))["totals"]
    grouped = {**ALL, "groupBy": {"breakdowns": [*reversed(breakdowns)]}}
    found = await asked(door, grouped, first=100)
    assert [found["totals"][name] for name in ("spend", "impressions")] == [whole["spend"], whole["impressions"]]
    spends = [Decimal(str(row["metrics"]["spend"])) for row in found["rows"]["nodes"]]
    assert sum(spends) == Decimal(str(whole["spend"]))
    has_conversions = REGION not in breakdowns
    assert found["totals"]["purchases"] == (whole["purchases"] if has_conversions else None)
    assert warned(found) == ["NOT_ADDITIVE", "NOT_SETTLED"]


async def test_conversions_of_regions_are_not_reported_and_people_and_raw_actions_unknown(
    mine: PartsWorld, door: Door
) -> None:
    await mine.read(WHOLE, REGION)
    found = await asked(door, {**ALL, "groupBy": {"breakdowns": ["REGION"]}})
    for row in found["rows"]["nodes"]:
        reasons = {pair["key"]: (pair["value"], pair["nullReason"]) for pair in row["metrics"]["values"]}
        assert reasons["purchases"] == (None, "NOT_REPORTED")
        assert reasons["cpaPurchase"] == (None, "NOT_REPORTED")
        assert reasons["reach"] == (None, "NOT_ADDITIVE")
        assert (row["metrics"]["reach"], row["metrics"]["frequency"]) == (None, None)
        assert row["metrics"]["action"]["count"] is None
    [warning] = [each for each in found["meta"]["warnings"] if each["code"] == "NOT_ADDITIVE"]
    assert {"reach", "frequency"} <= {*warning["metrics"]}


@pytest.mark.parametrize(
    "given", [["AGE", "COUNTRY"], ["AGE", "AGE"], ["PLATFORM_POSITION"], ["COUNTRY", "REGION", "AGE"]]
)
async def test_what_does_not_go_together_is_refused_with_what_does(door: Door, given: list[str]) -> None:
    answer = await door.ask(ROWS, input={**ALL, "groupBy": {"breakdowns": given}})
    assert {*answer.codes} == {"BAD_USER_INPUT"}
    assert "COUNTRY with REGION; AGE; GENDER; AGE with GENDER" in answer.messages[0]


async def test_a_filter_that_does_not_go_with_the_groups_is_refused(door: Door) -> None:
    filtered = {"not": {"breakdown": {"breakdown": "AGE", "value": {"eq": "18-24"}}}}
    answer = await door.ask(ROWS, input={**BY_COUNTRY, "filter": filtered})
    assert {*answer.codes} == {"BAD_USER_INPUT"}
    assert "A filter's breakdown counts too." in answer.messages[0]


async def test_people_cannot_be_compared_in_parts(mine: PartsWorld, door: Door) -> None:
    await mine.read(WHOLE, COUNTRY)
    having = {"where": {"of": {"metric": "REACH"}, "gt": 0}}
    by_campaign = {**ALL, "grain": "DAY", "groupBy": {"level": "CAMPAIGN", "breakdowns": ["COUNTRY"]}, "having": having}
    assert {*(await door.ask(ROWS, input=by_campaign)).codes} == {"BAD_USER_INPUT"}


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"eq": "de"}, {"DE"}),
    ({"in": ["FR", "AT"]}, {"FR"}),
    ({"isNull": True}, {""}),
    ({"isNull": False}, {"DE", "FR"}),
    ({"startsWith": "d"}, {"DE"}),
    ({"contains": ""}, {"DE", "FR"}),
    ({"eq": "NL"}, set()),
]


@pytest.mark.parametrize(("value", "kept"), FILTERS, ids=[str(value) for value, _ in FILTERS])
async def test_parts_are_filtered_with_and_without_being_grouped(
    mine: PartsWorld, door: Door, value: dict[str, Any], kept: set[str]
) -> None:
    parts = await mine.read(WHOLE, COUNTRY)
    filtered = {"breakdown": {"breakdown": "COUNTRY", "value": value}}
    for chosen, wanted in ((filtered, kept), ({"not": filtered}, {"DE", "FR", ""} - kept)):
        sums = naive_sums(part for part in parts if part.values[0] in wanted)
        found = await asked(door, {**BY_COUNTRY, "filter": chosen})
        assert {country or "" for (country,) in by(found, "country")} == wanted
        without = await asked(door, {**ALL, "filter": chosen})
        for totals in (found["totals"], without["totals"]):
            spend = totals["spend"]
            assert (None if spend is None else Decimal(str(spend))) == sums["spend"]
        assert all(row["dimensions"]["country"] is None for row in without["rows"]["nodes"])


async def test_accents_do_not_count_in_values(mine: PartsWorld, door: Door) -> None:
    await mine.read(WHOLE, COUNTRY, REGION)
    filtered = {"breakdown": {"breakdown": "REGION", "value": {"eq": "ile-de-france"}}}
    found = await asked(door, {**ALL, "groupBy": {"breakdowns": ["COUNTRY", "REGION"]}, "filter": filtered}, first=50)
    assert {region for _, region in by(found, "country", "region")} == {"Île-de-France"}


async def test_keys_are_stable_and_different_for_different_groups(mine: PartsWorld, door: Door) -> None:
    await mine.read(WHOLE, COUNTRY, REGION)
    given = {**ALL, "grain": "MONTH", "groupBy": {"level": "CAMPAIGN", "breakdowns": ["REGION", "COUNTRY"]}}
    rows = (await asked(door, given, first=200))["rows"]["nodes"]
    keys = [row["key"] for row in rows]
    assert len({*keys}) == len(keys) == 2 * 2 * 9
    campaign = next(each for each in mine.world.campaigns if encode_id("Campaign", each.id) == rows[0]["entity"]["id"])
    assert f"CAMPAIGN/{campaign.id}/2026-10-01/COUNTRY=DE/REGION=Bavaria%2FUpper%3D1" in keys
    assert f"CAMPAIGN/{campaign.id}/2026-10-01/COUNTRY/REGION" in keys
    await mine.read(WHOLE, COUNTRY, REGION)
    assert [row["key"] for row in (await asked(door, given, first=200))["rows"]["nodes"]] == keys


@pytest.mark.parametrize("level", [each.value for each in EntityLevel])
async def test_pages_at_every_level_have_each_group_once(mine: PartsWorld, door: Door, level: str) -> None:
    await mine.read(WHOLE, AGE, GENDER)
    given = {
        **ALL,
        "grain": "MONTH",
        "groupBy": {"level": level, "breakdowns": ["AGE", "GENDER"]},
        "sort": [{"metric": {"of": {"metric": "PURCHASES"}, "order": "ASC"}}],
    }
    whole = (await asked(door, given, first=500))["rows"]
    keys, after = list[str](), None
    while True:
        page = (await asked(door, given, first=7, after=after))["rows"]
        keys += [row["key"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert keys == [row["key"] for row in whole["nodes"]]
    assert len({*keys}) == len(keys) == whole["totalCount"]


async def test_an_answer_takes_as_few_statements_as_one_about_whole_days(mine: PartsWorld, door: Door) -> None:
    await mine.read(WHOLE, COUNTRY)
    with statements(mine.world.db) as sent:
        await asked(door, {**BY_COUNTRY, "grain": "DAY"}, first=200)
    # Accounts, sets and their days; page, totals with the count.
    assert len(sent) == 4


async def test_more_groups_than_can_be_sorted_are_refused_by_what_is_stored(
    mine: PartsWorld, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = await mine.read(DateRange(LAST, LAST), COUNTRY)
    given = {**BY_COUNTRY, "grain": "DAY", "groupBy": {"level": "AD", "breakdowns": ["COUNTRY"]}}
    for limit, filled, codes in (
        (len(parts), False, set[str]()),
        # There are as many groups as parts, since each is an ad's of one day; each has a row for every day.
        (len(parts) - 1, False, {"QUERY_TOO_COMPLEX"}),
        (len(parts) * WHOLE.days, True, set()),
        (len(parts) * WHOLE.days - 1, True, {"QUERY_TOO_COMPLEX"}),
    ):
        for module in ("models.insights.rows", "services.insights.questions"):
            monkeypatch.setattr(f"{module}.MOST_GROUPS", limit)
        assert {*(await door.ask(ROWS, input={**given, "fillGaps": filled}, first=10)).codes} == codes, (limit, filled)


COMPARED = """
query Rows($input: InsightsInput!) {
  insights(input: $input) {
    rows(first: 100) { nodes {
      dimensions { country } period { start }
      metrics { spend } previous { spend } change { of(metrics: [{metric: SPEND}]) { absolute } } } totalCount }
    totals { spend } comparisonTotals { spend }
  }
}
"""


async def test_comparison_having_and_gaps_work_with_parts(mine: PartsWorld, door: Door) -> None:
    now, then = DateRange(date(2026, 11, 11), LAST), DateRange(date(2026, 11, 1), date(2026, 11, 10))
    # The days that are compared with were read by another set than those of the range.
    theirs = await mine.read(then, COUNTRY, REGION)
    ours = await mine.read(now, COUNTRY)
    given = {
        "range": {"between": {"from": str(now.start), "to": str(now.end)}},
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
        "groupBy": {"breakdowns": ["COUNTRY"]},
        "sort": [{"change": {"of": {"metric": "SPEND"}}}],
    }
    answer: Answer = await door.ask(COMPARED, input=given)
    assert answer.codes == [], answer.messages
    nodes = answer.data["insights"]["rows"]["nodes"]
    assert len(nodes) == 3
    for row in nodes:
        country = row["dimensions"]["country"] or ""
        spent = naive_sums(part for part in ours if part.values[0] == country)["spend"]
        before = naive_sums(part for part in theirs if part.values[0] == country)["spend"]
        assert Decimal(str(row["metrics"]["spend"])) == spent
        assert Decimal(str(row["previous"]["spend"])) == before
        assert Decimal(str(row["change"]["of"][0]["absolute"])) == spent - before
    least = min(Decimal(str(row["metrics"]["spend"])) for row in nodes)
    having = {"where": {"of": {"metric": "SPEND"}, "gt": float(least)}}
    left = (await door.ask(COMPARED, input={**given, "having": having})).data["insights"]
    assert left["rows"]["totalCount"] == 2
    assert Decimal(str(left["totals"]["spend"])) == naive_sums(ours)["spend"] - least
    filled = {**BY_COUNTRY, "grain": "DAY", "fillGaps": True, "range": given["range"]}
    filled["range"] = {"between": {"from": str(then.start), "to": str(now.end)}}
    await mine.read(now, COUNTRY)
    rows = (await door.ask(COMPARED, input=filled)).data["insights"]["rows"]
    assert rows["totalCount"] == 3 * 20
