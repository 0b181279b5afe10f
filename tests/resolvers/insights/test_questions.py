"""The insights query through GraphQL text: what is answered, refused and warned of."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from analytics.enums import Metric
from analytics.periods import DateRange
from models.ids import new_id
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON, entity_world, statements
from tests.worlds.insights import InsightWorld, insight_world, more_insights, naive_metrics

ROWS = """
query Rows($input: InsightsInput!, $first: Int, $after: String) {
  insights(input: $input) {
    rows(first: $first, after: $after) {
      nodes { key entity { __typename id name } period { start end } metrics { ...Shown } }
      edges { cursor node { metrics { clicksAll } } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
      totalCount
    }
    totals { ...Shown reach }
    meta { range { start end } timeZone currency attribution dataVersion dataAsOf settledThrough
      warnings { code metrics } }
  }
}
fragment Shown on Metrics { currency spend roas cpaPurchase impressions hookRate }
"""
ASKED = {"range": {"between": {"from": "2026-10-14", "to": "2026-11-10"}}}
OPTIONAL = {"groupBy": {"level": "CAMPAIGN"}}


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    return await insight_world(tools.db)


@pytest.fixture
async def fresh(tools: Toolbox) -> InsightWorld:
    """For tests that add to it."""
    return await insight_world(tools.db)


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return door_of(tools, world)


def account_ids(*ids: UUID) -> list[str]:
    return [encode_id("AdAccount", each) for each in ids]


def near(found: Any, expected: Any) -> bool:
    return bool(float(found) == pytest.approx(float(expected), rel=1e-9))


async def test_rows_totals_and_meta_answer_together(world: InsightWorld, door: Door) -> None:
    answer = await door.ask(ROWS, input={**ASKED, **OPTIONAL, "sort": [{"metric": {"of": {"metric": "SPEND"}}}]})
    assert answer.codes == []
    found = answer.data["insights"]
    rows = [row for row in world.rows if date(2026, 10, 14) <= row.day <= date(2026, 11, 10)]
    totals = naive_metrics(rows)
    assert near(found["totals"]["spend"], totals[Metric.SPEND])
    assert near(found["totals"]["roas"], totals[Metric.ROAS])
    assert found["totals"]["reach"] is None
    assert {row["entity"]["name"] for row in found["rows"]["nodes"]} == {c.name for c in world.campaigns}
    for row in found["rows"]["nodes"]:
        mine = [each for each in rows if encode_id("Campaign", each.campaign_id) == row["entity"]["id"]]
        assert near(row["metrics"]["spend"], naive_metrics(mine)[Metric.SPEND])
        assert near(row["metrics"]["hookRate"], naive_metrics(mine)[Metric.HOOK_RATE])
        assert row["metrics"]["currency"] == "EUR"
        assert row["period"] == {"start": "2026-10-14", "end": "2026-11-10"}
    assert found["rows"]["totalCount"] == 2
    spends = [row["metrics"]["spend"] for row in found["rows"]["nodes"]]
    assert spends == sorted(spends, reverse=True)


async def test_without_a_level_there_is_one_row_for_the_tenant(door: Door) -> None:
    answer = await door.ask(ROWS, input=ASKED)
    [row] = answer.data["insights"]["rows"]["nodes"]
    assert row["entity"] is None
    assert row["key"] == "TENANT"


async def test_pages_by_cursor(door: Door) -> None:
    asked = {**ASKED, "groupBy": {"level": "AD"}, "grain": "WEEK", "sort": [{"name": "ASC"}, {"period": "DESC"}]}
    keys, after = list[str](), None
    while True:
        page = (await door.ask(ROWS, input=asked, first=7, after=after)).data["insights"]["rows"]
        keys += [row["key"] for row in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(keys) == len(set(keys)) == page["totalCount"]


async def test_a_cursor_of_another_query_is_bad_input(door: Door) -> None:
    first = await door.ask(ROWS, input={**ASKED, "groupBy": {"level": "AD"}}, first=1)
    after = first.data["insights"]["rows"]["pageInfo"]["endCursor"]
    answer = await door.ask(ROWS, input={**ASKED, "groupBy": {"level": "AD_SET"}}, first=1, after=after)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data["insights"]["rows"] is None
    assert answer.data["insights"]["totals"] is not None


BAD = [
    {"range": {"between": {"from": "2026-11-10", "to": "2026-11-09"}}},
    {"range": {"between": {"from": "2026-11-23", "to": "2026-11-24"}}},
    {"range": {"between": {"from": "1900-01-01", "to": "2026-11-24"}}},
    {**ASKED, "adAccountIds": ["no id"]},
    {**ASKED, "adAccountIds": [encode_id("Campaign", new_id())]},
    {**ASKED, "filter": {"campaignIds": ["no id"]}},
    {**ASKED, "filter": {"name": {"contains": "x"}}},
    {**ASKED, "groupBy": {"level": "AD_ACCOUNT"}, "filter": {"status": ["ACTIVE"]}},
    {**ASKED, "sort": [{"name": "ASC"}]},
    {**ASKED, "sort": [{"period": "ASC"}] * 6},
    {**ASKED, "filter": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"adIds": []}}}}}}}}}},
]


@pytest.mark.parametrize("asked", BAD)
async def test_bad_input_is_refused(door: Door, asked: dict[str, Any]) -> None:
    answer = await door.ask(ROWS, input=asked)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"insights": None}


@pytest.mark.parametrize("first", [0, -1])
async def test_a_page_of_less_than_one_row_is_refused(door: Door, first: int) -> None:
    assert (await door.ask(ROWS, input=ASKED, first=first)).codes == ["BAD_USER_INPUT"]


async def test_an_account_that_is_missing_and_one_of_another_tenant_look_the_same(tools: Toolbox, door: Door) -> None:
    other = await insight_world(tools.db, store=False)
    foreign = await door.ask(ROWS, input={**ASKED, "adAccountIds": account_ids(other.account.id)})
    missing = await door.ask(ROWS, input={**ASKED, "adAccountIds": account_ids(new_id())})
    assert foreign == missing
    assert foreign.codes == ["NOT_FOUND"]


async def test_ids_of_another_tenant_in_a_filter_match_nothing(tools: Toolbox, door: Door) -> None:
    other = await insight_world(tools.db, store=False)
    wanted = {"campaignIds": [encode_id("Campaign", other.campaigns[0].id)]}
    answer = await door.ask(ROWS, input={**ASKED, **OPTIONAL, "filter": wanted})
    assert answer.data["insights"]["rows"]["nodes"] == []


async def test_a_tenant_without_accounts_has_an_empty_answer_in_its_own_currency(tools: Toolbox) -> None:
    world = await entity_world(tools.db)
    answer = await Door(tools, world.viewer).ask(ROWS, input={"range": {"preset": "LAST_7_DAYS"}})
    assert answer.codes == []
    assert answer.data["insights"]["rows"]["nodes"] == []
    assert answer.data["insights"]["totals"] == {
        "currency": "EUR", "spend": None, "roas": None, "cpaPurchase": None, "impressions": None, "hookRate": None,
        "reach": None,
    }  # fmt: skip


async def test_without_credentials_insights_ask_to_sign_in_and_definitions_do_not(tools: Toolbox) -> None:
    door = Door(tools, None)
    assert (await door.ask(ROWS, input=ASKED)).codes == ["UNAUTHENTICATED"]
    answer = await door.ask("{ metricDefinitions { key metric formula unit additivity } }")
    assert len(answer.data["metricDefinitions"]) == len(Metric)


MONEY = "query($input: InsightsInput!) { insights(input: $input) { rows { nodes { metrics { %s } } } } }"


@pytest.mark.parametrize("field", ["spend", "roas", "currency spend cpm"])
async def test_money_of_two_currencies_is_never_mixed(fresh: InsightWorld, tools: Toolbox, field: str) -> None:
    await more_insights(fresh.entities, currency="SEK")
    answer = await door_of(tools, fresh).ask(MONEY % field, input=ASKED)
    assert (answer.codes, answer.data) == (["MIXED_CURRENCY"], {"insights": None})


async def test_counts_of_accounts_in_two_currencies_are_added(fresh: InsightWorld, tools: Toolbox) -> None:
    second = await more_insights(fresh.entities, currency="SEK")
    answer = await door_of(tools, fresh).ask(MONEY % "clicksAll", input=ASKED)
    rows = [row for row in (*fresh.rows, *second.rows) if date(2026, 10, 14) <= row.day <= date(2026, 11, 10)]
    [row] = answer.data["insights"]["rows"]["nodes"]
    assert row["metrics"]["clicksAll"] == naive_metrics(rows)[Metric.CLICKS_ALL]


async def test_sorting_by_money_of_two_currencies_is_refused(fresh: InsightWorld, tools: Toolbox) -> None:
    await more_insights(fresh.entities, currency="SEK")
    asked = {**ASKED, **OPTIONAL, "sort": [{"metric": {"of": {"metric": "CPM"}}}]}
    assert (await door_of(tools, fresh).ask(MONEY % "clicksAll", input=asked)).codes == ["MIXED_CURRENCY"]


async def test_one_account_of_several_currencies_answers_in_its_own(fresh: InsightWorld, tools: Toolbox) -> None:
    second = await more_insights(fresh.entities, currency="SEK")
    answer = await door_of(tools, fresh).ask(
        MONEY % "currency", input={**ASKED, "adAccountIds": account_ids(second.account.id)}
    )
    assert answer.data["insights"]["rows"]["nodes"][0]["metrics"]["currency"] == "SEK"


async def test_a_disconnected_account_stays_readable_by_its_id(fresh: InsightWorld, tools: Toolbox) -> None:
    away = await more_insights(fresh.entities, disconnected_at=NOON)
    every = await door_of(tools, fresh).ask(MONEY % "clicksAll", input=ASKED)
    both = await door_of(tools, fresh).ask(
        MONEY % "clicksAll", input={**ASKED, "adAccountIds": account_ids(fresh.account.id, away.account.id)}
    )
    [few], [many] = (each.data["insights"]["rows"]["nodes"] for each in (every, both))
    assert many["metrics"]["clicksAll"] > few["metrics"]["clicksAll"]


async def test_a_preset_is_taken_in_each_accounts_time_zone(fresh: InsightWorld, tools: Toolbox) -> None:
    late = await more_insights(fresh.entities, time_zone="Pacific/Kiritimati")
    answer = await door_of(tools, fresh).ask(
        "query($input: InsightsInput!) { insights(input: $input) {"
        " rows { nodes { period { start } } } meta { range { start end } timeZone warnings { code } } } }",
        input={"range": {"preset": "YESTERDAY"}, "groupBy": {"level": "AD_ACCOUNT"}, "grain": "DAY"},
    )
    found = answer.data["insights"]
    # 12:00 UTC on the 21st is already the 22nd there, whose yesterday has no rows.
    assert [row["period"]["start"] for row in found["rows"]["nodes"]] == ["2026-11-20"]
    assert found["meta"]["range"] == {"start": "2026-11-20", "end": "2026-11-21"}
    assert found["meta"]["timeZone"] is None
    assert "MIXED_TIME_ZONES" in [warning["code"] for warning in found["meta"]["warnings"]]
    assert late.account.id != fresh.account.id


def codes(found: Any) -> Sequence[str]:
    return sorted(warning["code"] for warning in found["meta"]["warnings"])


async def test_settled_whole_days_have_no_warning(door: Door) -> None:
    asked = {"range": {"between": {"from": "2026-10-02", "to": "2026-10-20"}}}
    found = (await door.ask(ROWS.replace(" reach }", " }"), input=asked)).data["insights"]
    assert codes(found) == []
    assert found["meta"]["settledThrough"] == "2026-10-24"
    assert found["meta"]["timeZone"] == "Europe/Berlin"


async def test_warnings_name_what_to_be_careful_with(fresh: InsightWorld, tools: Toolbox) -> None:
    await fresh.entities.account(name="New")
    gap = date(2026, 11, 5)
    await fresh.store(DateRange(gap, gap), [], gaps={gap: GapKind.AGAIN})
    asked = {"range": {"between": {"from": "2026-09-01", "to": "2026-11-21"}}}
    found = (await door_of(tools, fresh).ask(ROWS, input=asked)).data["insights"]
    assert codes(found) == ["GAPS", "NOT_ADDITIVE", "NOT_REFRESHED", "NOT_SETTLED", "PARTIAL_RANGE"]
    [people] = [warning for warning in found["meta"]["warnings"] if warning["code"] == "NOT_ADDITIVE"]
    assert people["metrics"] == ["reach"]


async def test_an_account_without_delivery_is_not_called_unread(tools: Toolbox) -> None:
    quiet = await insight_world(tools.db, store=False, last_refreshed_at=NOON)
    day = date(2026, 10, 2)
    asked = {"range": {"between": {"from": "2026-10-02", "to": "2026-10-02"}}}
    door = door_of(tools, quiet)
    ask = ROWS.replace(" reach }", " }")
    assert codes((await door.ask(ask, input=asked)).data["insights"]) == ["PARTIAL_RANGE"]
    await quiet.store(DateRange(day, day), [])
    assert codes((await door.ask(ask, input=asked)).data["insights"]) == []


async def test_a_first_refresh_under_way_is_a_part_of_the_range(tools: Toolbox) -> None:
    quiet = await insight_world(tools.db, store=False)
    ask = ROWS.replace(" reach }", " }")
    asked = {"range": {"between": {"from": "2026-10-01", "to": "2026-10-02"}}}
    assert codes((await door_of(tools, quiet).ask(ask, input=asked)).data["insights"]) == ["NOT_REFRESHED"]
    await quiet.store(DateRange(date(2026, 10, 2), date(2026, 10, 2)), [])
    assert codes((await door_of(tools, quiet).ask(ask, input=asked)).data["insights"]) == ["PARTIAL_RANGE"]


async def test_the_data_version_changes_with_a_refresh(fresh: InsightWorld, tools: Toolbox) -> None:
    before = (await door_of(tools, fresh).ask(ROWS, input=ASKED)).data["insights"]["meta"]["dataVersion"]
    assert (await door_of(tools, fresh).ask(ROWS, input=ASKED)).data["insights"]["meta"]["dataVersion"] == before
    day = fresh.rows[-1].day
    await fresh.store(DateRange(day, day), fresh.random_rows(DateRange(day, day)))
    assert (await door_of(tools, fresh).ask(ROWS, input=ASKED)).data["insights"]["meta"]["dataVersion"] != before


async def test_a_page_with_entities_is_a_constant_number_of_statements(world: InsightWorld, door: Door) -> None:
    with statements(world.db) as sent:
        await door.ask(ROWS, input={**ASKED, "groupBy": {"level": "AD"}, "grain": "DAY"}, first=200)
    # In one session accounts, days, page, and totals with the count; then entities.
    assert len(sent) == 4 + 1


async def test_the_count_is_only_computed_when_selected(world: InsightWorld, door: Door) -> None:
    with statements(world.db) as sent:
        await door.ask(MONEY % "spend", input={**ASKED, **OPTIONAL})
    assert len(sent) == 2


async def test_values_are_the_same_numbers_as_pairs_with_the_reason_of_a_null(world: InsightWorld, door: Door) -> None:
    answer = await door.ask(
        "query($input: InsightsInput!, $of: [MetricRefInput!]!) { insights(input: $input) {"
        " totals { spend cpm values(of: $of) { key unit value nullReason } } } }",
        input=ASKED,
        of=[{"metric": name} for name in ("SPEND", "CPM", "REACH", "HOOK_RATE")],
    )
    totals = answer.data["insights"]["totals"]
    spend, cpm, reach, hook = totals["values"]
    assert (spend["value"], cpm["value"]) == (totals["spend"], totals["cpm"])
    assert (reach["value"], reach["nullReason"]) == (None, "NOT_ADDITIVE")
    assert (hook["unit"], hook["nullReason"]) == ("FRACTION", None)


async def test_a_creative_that_is_not_known_is_a_row_without_entity(world: InsightWorld, door: Door) -> None:
    answer = await door.ask(ROWS, input={**ASKED, "groupBy": {"level": "CREATIVE"}})
    rows = answer.data["insights"]["rows"]["nodes"]
    assert sorted((row["entity"] or {}).get("name", "") for row in rows) == ["", "Video A", "Video B"]
    assert near(sum(float(row["metrics"]["spend"]) for row in rows), answer.data["insights"]["totals"]["spend"])
