"""Attribution windows through GraphQL text: conversions switch, everything else stays, and none costs a statement."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import AttributionWindow, Metric
from analytics.metrics.facts import BASE_FACTS
from analytics.periods import DateRange
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON, statements
from tests.worlds.insights import InsightWorld, insight_world, naive_metrics, same
from tests.worlds.refreshes import MONTH, RefreshWorld, refresh_world

CLICKS = (AttributionWindow.CLICK_1D, AttributionWindow.CLICK_7D, AttributionWindow.CLICK_28D)
SPAN = '{between: {from: "2026-10-20", to: "2026-11-20"}}'
DAYS = DateRange(date(2026, 10, 20), date(2026, 11, 20))
SHOWN = "spend impressions purchases purchaseValue roas cpaPurchase leads"
ACTION = 'action(type: "x") { count }'
NAMES = {
    "spend": Metric.SPEND,
    "impressions": Metric.IMPRESSIONS,
    "purchases": Metric.PURCHASES,
    "purchaseValue": Metric.PURCHASE_VALUE,
    "roas": Metric.ROAS,
    "cpaPurchase": Metric.CPA_PURCHASE,
    "leads": Metric.LEADS,
}
INSIGHTS = f"""query($input: InsightsInput!) {{ insights(input: $input) {{
  rows {{ nodes {{ entity {{ name }} metrics {{ {SHOWN} }} }} }}
  totals {{ {SHOWN} values(of: [{{metric: PURCHASES}}, {{metric: SPEND}}]) {{ value }} }}
  meta {{ attribution }}
}} }}"""


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    return await insight_world(tools.db)


@pytest.fixture
async def refreshed(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as mine:
        await mine.refreshed(await mine.connected(), MONTH)
        yield mine


def door_of(tools: Toolbox, world: InsightWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), world.entities.viewer)


def asked(attribution: AttributionWindow, **more: Any) -> dict[str, Any]:
    return {
        "range": {"between": {"from": str(DAYS.start), "to": str(DAYS.end)}},
        "attribution": attribution.value,
        **more,
    }


def aliases(shown: str, *windows: AttributionWindow) -> str:
    return " ".join(f"{each}: metrics(range: {SPAN}, attribution: {each}) {{ {shown} }}" for each in windows)


@pytest.mark.parametrize("attribution", AttributionWindow)
async def test_rows_and_totals_count_the_conversions_of_the_window(
    world: InsightWorld, tools: Toolbox, attribution: AttributionWindow
) -> None:
    answer = await door_of(tools, world).ask(INSIGHTS, input=asked(attribution, groupBy={"level": "CAMPAIGN"}))
    found = answer.data["insights"]
    rows = [row for row in world.rows if row.day in DAYS]
    names = {campaign.name: campaign.id for campaign in world.campaigns}
    groups = {row["entity"]["name"]: row["metrics"] for row in found["rows"]["nodes"]}
    for name, metrics in {**groups, None: found["totals"]}.items():
        mine = rows if name is None else [row for row in rows if row.campaign_id == names[name]]
        expected = naive_metrics(mine, attribution)
        assert all(same(metrics[key], expected[metric]) for key, metric in NAMES.items()), name
    totals = found["totals"]
    assert [pair["value"] for pair in totals["values"]] == [totals["purchases"], totals["spend"]]
    assert found["meta"]["attribution"] == attribution.value


async def test_series_and_metrics_count_the_conversions_of_the_window(world: InsightWorld, tools: Toolbox) -> None:
    rows = [row for row in world.rows if row.day in DAYS]
    series = " ".join(
        f"of_{each}: series(range: {SPAN}, grain: MONTH, attribution: {each}) {{ metrics {{ purchases }} }}"
        for each in AttributionWindow
    )
    query = f"{{ adAccounts {{ nodes {{ {aliases(SHOWN, *AttributionWindow)} {series} }} }} }}"
    [found] = (await door_of(tools, world).ask(query)).data["adAccounts"]["nodes"]
    for each in AttributionWindow:
        expected = naive_metrics(rows, each)
        assert all(same(found[each.value][key], expected[metric]) for key, metric in NAMES.items()), each
        points = sum(Decimal(point["metrics"]["purchases"]) for point in found[f"of_{each}"])
        assert same(points, expected[Metric.PURCHASES]), each


async def test_any_number_of_windows_is_one_statement(world: InsightWorld, tools: Toolbox) -> None:
    counts = []
    for windows in ([AttributionWindow.ACCOUNT_DEFAULT], [*AttributionWindow]):
        with statements(world.db) as sent:
            await door_of(tools, world).ask(f"{{ campaigns {{ nodes {{ {aliases(SHOWN, *windows)} }} }} }}")
        counts.append(len(sent))
    # The accounts, and the page with the metrics.
    assert counts == [2, 2]


async def test_click_windows_nest_and_views_stand_apart(refreshed: RefreshWorld) -> None:
    """The sandbox's accounts count 7 days after a click and 1 day after a view."""
    query = f"{{ campaigns {{ nodes {{ {aliases(SHOWN, *AttributionWindow)} }} }} }}"
    nodes = (await Door(refreshed.tools, refreshed.viewer).ask(query)).data["campaigns"]["nodes"]
    delivered = [node for node in nodes if node["ACCOUNT_DEFAULT"]["spend"] is not None]
    assert delivered
    for node in delivered:
        assert len({node[each.value]["spend"] for each in AttributionWindow}) == 1
        for key in ("purchases", "purchaseValue", "leads"):
            day, week, month = (Decimal(node[each.value][key]) for each in CLICKS)
            assert day <= week <= month
            assert Decimal(node["ACCOUNT_DEFAULT"][key]) == week + Decimal(node["VIEW_1D"][key])
    views = [node for node in delivered if float(node["VIEW_1D"]["purchases"]) > 0]
    assert any(node["VIEW_1D"]["purchases"] != node["CLICK_1D"]["purchases"] for node in views)


async def test_a_window_that_is_not_stored_is_null_and_never_the_default(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    rows = world.random_rows(DAYS)
    missing = [column for fact in BASE_FACTS for column in fact.columns if column.endswith("_click_28d")]
    for row in rows:
        row.facts = {**row.facts, **dict.fromkeys(missing)}
    await world.store(DAYS, rows)
    answer = await door_of(tools, world).ask(INSIGHTS, input=asked(AttributionWindow.CLICK_28D))
    totals = answer.data["insights"]["totals"]
    assert [totals[name] for name in ("purchases", "purchaseValue", "roas", "leads")] == [None] * 4
    assert totals["spend"] is not None


async def test_a_cursor_of_another_window_is_bad_input(world: InsightWorld, tools: Toolbox) -> None:
    query = (
        "query($input: InsightsInput!, $after: String) { insights(input: $input) {"
        " rows(first: 1, after: $after) { pageInfo { endCursor } } } }"
    )
    door, by_ad = door_of(tools, world), {"groupBy": {"level": "AD"}, "sort": [{"metric": {"of": {"metric": "ROAS"}}}]}
    first = await door.ask(query, input=asked(AttributionWindow.CLICK_1D, **by_ad))
    after = first.data["insights"]["rows"]["pageInfo"]["endCursor"]
    answer = await door.ask(query, input=asked(AttributionWindow.CLICK_7D, **by_ad), after=after)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_an_action_by_its_type_counts_in_the_window_too(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    day = DateRange(DAYS.start, DAYS.start)
    rows = world.random_rows(day, ads=world.ads[:2])
    rows[0].actions = '[{"action_type":"x","value":"7","1d_click":"2","7d_click":"5"}]'
    rows[1].actions = '[{"action_type":"x","value":"3","7d_click":"1"}]'
    await world.store(day, rows)
    query = f"{{ adAccounts {{ nodes {{ {aliases(ACTION, *AttributionWindow)} }} }} }}"
    [found] = (await door_of(tools, world).ask(query)).data["adAccounts"]["nodes"]
    assert {name: metrics["action"]["count"] for name, metrics in found.items()} == {
        "ACCOUNT_DEFAULT": 10, "CLICK_1D": 2, "CLICK_7D": 6, "CLICK_28D": 0, "VIEW_1D": 0,
    }  # fmt: skip
