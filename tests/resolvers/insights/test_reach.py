"""Deduplicated people through GraphQL text: exactly as read, or null with a warning; never a sum."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.periods import AskedDays
from models.ads.ad_account import AdAccount
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.sandbox.graph_client import TODAY
from tests.worlds.insights import same
from tests.worlds.refreshes import RefreshWorld, refresh_world

SHOWN = "spend impressions reach frequency uniqueClicks uniqueCtr cpp"
PEOPLE = ("reach", "frequency", "uniqueClicks", "uniqueCtr", "cpp")
ROWS = f"""query($input: InsightsInput!) {{ insights(input: $input) {{
  rows(first: 1000) {{ nodes {{
    entity {{ id }} period {{ start end }}
    metrics {{ {SHOWN} values(of: [{{metric: REACH}}, {{metric: FREQUENCY}}]) {{ value nullReason }} }}
  }} }}
  totals {{ reach }}
  meta {{ warnings {{ code metrics }} }}
}} }}"""
EXACT = ["LAST_7_DAYS", "LAST_28_DAYS", "LAST_30_DAYS", "LAST_MONTH", "THIS_MONTH", "YESTERDAY", "TODAY"]
LEVELS = ["AD_ACCOUNT", "CAMPAIGN"]


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    """An account with 60 days; only read from."""
    async with refresh_world(tools) as mine:
        await refresh(mine)
        yield mine


async def refresh(world: RefreshWorld, external_id: str = "act_1001") -> AdAccount:
    account = await world.connected(external_id)
    await world.refreshed(account, AskedDays(TODAY - timedelta(days=59), TODAY))
    return account


async def asked(world: RefreshWorld, preset: str, level: str, **more: Any) -> dict[str, Any]:
    given = {"range": {"preset": preset}, "groupBy": {"level": level}, **more}
    answer = await Door(world.tools, world.viewer).ask(ROWS, input=given)
    assert answer.codes == []
    found: dict[str, Any] = answer.data["insights"]
    return found


def warned(found: dict[str, Any]) -> list[Any]:
    return [each["metrics"] for each in found["meta"]["warnings"] if each["code"] == "NOT_ADDITIVE"]


async def stored(world: RefreshWorld, level: str) -> dict[tuple[str, str, str], Any]:
    rows = await world.select("select * from unique_insight where tenant_id = :tenant and level = :level", level=level)
    kind = {"AD_ACCOUNT": "AdAccount", "CAMPAIGN": "Campaign"}[level]
    return {(encode_id(kind, row.entity_id), str(row.period_start), str(row.period_end)): row for row in rows}


def check(row: dict[str, Any], people: Any) -> None:
    """The counts as they were read, the ratios over the facts of this very period."""
    found = row["metrics"]
    impressions, spend = Decimal(found["impressions"]), Decimal(found["spend"])
    assert (found["reach"], found["uniqueClicks"]) == (people.reach, people.unique_clicks)
    assert same(found["frequency"], impressions / people.reach)
    assert same(found["uniqueCtr"], Decimal(people.unique_clicks) / people.reach)
    assert same(found["cpp"], 1000 * spend / people.reach)
    assert [pair["nullReason"] for pair in found["values"]] == [None, None]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("preset", EXACT)
async def test_a_period_that_was_read_has_its_people(world: RefreshWorld, preset: str, level: str) -> None:
    found, people = await asked(world, preset, level), await stored(world, level)
    assert found["rows"]["nodes"]
    for row in found["rows"]["nodes"]:
        check(row, people[row["entity"]["id"], row["period"]["start"], row["period"]["end"]])
    assert warned(found) == []
    assert found["totals"]["reach"] is None


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("preset", "grain"), [("LAST_7_DAYS", "DAY"), ("LAST_MONTH", "MONTH"), ("THIS_MONTH", "MONTH")]
)
async def test_periods_within_a_range_have_theirs(world: RefreshWorld, preset: str, grain: str, level: str) -> None:
    found, people = await asked(world, preset, level, grain=grain), await stored(world, level)
    for row in found["rows"]["nodes"]:
        check(row, people[row["entity"]["id"], row["period"]["start"], row["period"]["end"]])
    assert warned(found) == []


async def test_a_week_has_fewer_people_than_its_days_together(world: RefreshWorld) -> None:
    [week] = (await asked(world, "LAST_7_DAYS", "AD_ACCOUNT"))["rows"]["nodes"]
    days = (await asked(world, "LAST_7_DAYS", "AD_ACCOUNT", grain="DAY"))["rows"]["nodes"]
    by_day = [row["metrics"]["reach"] for row in days]
    assert max(by_day) <= week["metrics"]["reach"] < sum(by_day)


@pytest.mark.parametrize(
    ("preset", "level", "more"),
    [
        ("LAST_14_DAYS", "AD_ACCOUNT", {}),
        ("LAST_14_DAYS", "CAMPAIGN", {}),
        ("LAST_28_DAYS", "CAMPAIGN", {"grain": "WEEK"}),
        ("LAST_7_DAYS", "AD_SET", {}),
        ("LAST_7_DAYS", "AD", {}),
        ("LAST_7_DAYS", "TENANT", {}),
        ("LAST_7_DAYS", "CREATIVE", {"grain": "DAY"}),
    ],
)
async def test_a_period_that_was_not_read_has_nulls_and_a_warning(
    world: RefreshWorld, preset: str, level: str, more: dict[str, Any]
) -> None:
    found = await asked(world, preset, level, **more)
    assert found["rows"]["nodes"]
    for row in found["rows"]["nodes"]:
        assert [row["metrics"][name] for name in PEOPLE] == [None] * 5
        assert row["metrics"]["spend"] is not None
        assert {pair["nullReason"] for pair in row["metrics"]["values"]} == {"NOT_ADDITIVE"}
    assert [set(metrics) for metrics in warned(found)] == [set(PEOPLE)]


async def test_a_part_of_a_group_has_no_people_of_its_own(world: RefreshWorld) -> None:
    every = (await asked(world, "LAST_7_DAYS", "CAMPAIGN"))["rows"]["nodes"]
    campaign = every[0]["entity"]["id"]
    whole = await asked(world, "LAST_7_DAYS", "CAMPAIGN", filter={"campaignIds": [campaign]})
    assert [row["metrics"]["reach"] for row in whole["rows"]["nodes"]] == [every[0]["metrics"]["reach"]]
    part = await asked(world, "LAST_7_DAYS", "AD_ACCOUNT", filter={"campaignIds": [campaign]})
    assert [row["metrics"]["reach"] for row in part["rows"]["nodes"]] == [None]
    [ad] = await world.select("select ad_id from insight where tenant_id = :tenant order by day desc limit 1")
    some = await asked(world, "LAST_7_DAYS", "CAMPAIGN", filter={"adIds": [encode_id("Ad", ad[0])]})
    assert [row["metrics"]["reach"] for row in some["rows"]["nodes"]] == [None]
    assert warned(whole) == []
    assert warned(part)
    assert warned(some)


async def test_rows_can_be_sorted_by_people(world: RefreshWorld) -> None:
    found = await asked(world, "LAST_7_DAYS", "CAMPAIGN", sort=[{"metric": {"of": {"metric": "REACH"}}}])
    reach = [row["metrics"]["reach"] for row in found["rows"]["nodes"]]
    assert reach == sorted(reach, reverse=True)
    assert len(set(reach)) > 1


async def test_metrics_and_series_of_entities_have_the_same_people(world: RefreshWorld) -> None:
    inner = "... on InsightEntity { week: metrics(range: {preset: LAST_7_DAYS}) { reach }"
    inner += " fortnight: metrics(range: {preset: LAST_14_DAYS}) { reach }"
    inner += " series(range: {preset: LAST_30_DAYS}, grain: MONTH) { metrics { reach } }"
    inner += " days: series(range: {preset: LAST_7_DAYS}) { metrics { reach frequency } } }"
    query = f"{{ adAccounts {{ nodes {{ {inner} }} }} campaigns {{ nodes {{ id {inner} }} }} }}"
    found = (await Door(world.tools, world.viewer).ask(query)).data
    [account] = found["adAccounts"]["nodes"]
    [row] = (await asked(world, "LAST_7_DAYS", "AD_ACCOUNT"))["rows"]["nodes"]
    days = (await asked(world, "LAST_7_DAYS", "AD_ACCOUNT", grain="DAY"))["rows"]["nodes"]
    assert (account["week"]["reach"], account["fortnight"]["reach"]) == (row["metrics"]["reach"], None)
    assert [point["metrics"]["reach"] for point in account["days"]] == [day["metrics"]["reach"] for day in days]
    # The range cuts both months: neither is a whole one, nor the month so far.
    assert {point["metrics"]["reach"] for point in account["series"]} == {None}
    campaigns = {row["entity"]["id"]: row for row in (await asked(world, "LAST_7_DAYS", "CAMPAIGN"))["rows"]["nodes"]}
    for campaign in found["campaigns"]["nodes"]:
        if campaign["id"] in campaigns:
            assert campaign["week"]["reach"] == campaigns[campaign["id"]]["metrics"]["reach"]


async def test_a_preset_means_other_days_in_another_time_zone(tools: Toolbox) -> None:
    async with refresh_world(tools) as world:
        # 18:00 UTC on the 21st is the 22nd in Tokyo.
        world.moved_by = timedelta(hours=6)
        world.server.admin.set_clock(world.tools.clock())
        for external_id in ("act_1001", "act_1003"):
            await refresh(world, external_id)
        shown = "query($input: InsightsInput!) { insights(input: $input) { rows { nodes { entity { id }"
        shown += " period { start end } metrics { reach } } } } }"
        given = {"range": {"preset": "LAST_7_DAYS"}, "groupBy": {"level": "AD_ACCOUNT"}}
        found = (await Door(world.tools, world.viewer).ask(shown, input=given)).data
        people = await stored(world, "AD_ACCOUNT")
        rows = found["insights"]["rows"]["nodes"]
        assert len({row["period"]["start"] for row in rows}) == 2
        for row in rows:
            of_row = people[row["entity"]["id"], row["period"]["start"], row["period"]["end"]]
            assert row["metrics"]["reach"] == of_row.reach
