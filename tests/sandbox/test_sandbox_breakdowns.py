"""Owns how rows fall apart by breakdowns: what adds up, what does not, what is refused."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import aiohttp
import pytest

from sandbox.server import run_sandbox
from tests.sandbox.graph_client import CONFIG, FIRST_DAY, TODAY, Graph, Row, action, number

SINCE, UNTIL = date(2026, 11, 2), date(2026, 11, 5)
FIELDS = (
    "ad_id,campaign_id,impressions,clicks,spend,inline_link_clicks,reach,frequency,cpp,unique_clicks,actions,"
    "action_values,video_play_actions,video_p25_watched_actions"
)
WINDOWS = '["1d_click","7d_click","28d_click","1d_view"]'
BY_AD_AND_DAY = {"level": "ad", "time_increment": "1", "fields": FIELDS, "action_attribution_windows": WINDOWS}
HOURS = ("hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone")
ELSEWHERE = ("purchase", "add_to_cart", "view_content", "checkout", "lead", "registration")
COMBINATIONS = (
    "age",
    "gender",
    "age,gender",
    "country",
    "region",
    "country,region",
    "publisher_platform",
    "publisher_platform,platform_position",
    "publisher_platform,platform_position,impression_device",
    "device_platform",
    "publisher_platform,device_platform",
    "impression_device",
    "comscore_market",
)


async def rows(graph: Graph, breakdowns: str = "", account: str = "act_1001", **params: str) -> list[Row]:
    asked = BY_AD_AND_DAY | params | ({"breakdowns": breakdowns} if breakdowns else {})
    return await graph.insights(account, SINCE, UNTIL, **asked)


def sums(found: list[Row]) -> dict[tuple[str, str, str], float]:
    """Every additive number by ad, day and name."""
    totals: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in found:
        for name in ("impressions", "clicks", "spend", "inline_link_clicks"):
            totals[row["ad_id"], row["date_start"], name] += round(number(row, name) * 100)
        for name in ("actions", "action_values", "video_play_actions", "video_p25_watched_actions"):
            for stat in row.get(name, []):
                for window in stat.keys() - {"action_type"}:
                    key = f"{name}.{stat['action_type']}.{window}"
                    totals[row["ad_id"], row["date_start"], key] += round(float(stat[window]) * 100)
    return totals


def happened_elsewhere(name: str) -> bool:
    return name.startswith("action_values") or any(kind in name for kind in ELSEWHERE)


@pytest.mark.parametrize("account", ["act_1001", "act_1002", "act_1003"])
@pytest.mark.parametrize("breakdowns", COMBINATIONS)
async def test_cells_add_up_to_the_unbroken_rows(graph: Graph, breakdowns: str, account: str) -> None:
    whole, parts = await rows(graph, account=account), await rows(graph, breakdowns, account)
    assert len(parts) > len(whole)
    told = {key: value for key, value in sums(whole).items() if value}
    assert any(happened_elsewhere(key[2]) for key in told)
    if "region" in breakdowns:
        told = {key: value for key, value in told.items() if not happened_elsewhere(key[2])}
    assert {key: value for key, value in sums(parts).items() if value} == told
    keys = {(row["ad_id"], row["date_start"], *(row[name] for name in breakdowns.split(","))) for row in parts}
    assert len(keys) == len(parts)


@pytest.mark.parametrize("breakdowns", ["age", "publisher_platform", "country"])
async def test_reach_of_cells_does_not_add_up(graph: Graph, breakdowns: str) -> None:
    whole, parts = await rows(graph), await rows(graph, breakdowns)
    assert sum(number(row, "reach") for row in parts) > sum(number(row, "reach") for row in whole)
    of_whole = {(row["ad_id"], row["date_start"]): number(row, "reach") for row in whole}
    for row in parts:
        assert number(row, "unique_clicks") <= number(row, "reach") <= number(row, "impressions")
        assert 1 <= number(row, "reach") <= of_whole[row["ad_id"], row["date_start"]]


async def test_windows_nest_within_a_cell(graph: Graph) -> None:
    for row in await rows(graph, "publisher_platform,platform_position"):
        assert number(row, "clicks") <= number(row, "impressions")
        for stat in row.get("actions", []):
            first, week, month = (float(stat.get(name, 0)) for name in ("1d_click", "7d_click", "28d_click"))
            assert first <= week <= month
        purchases = action(row, "omni_purchase")
        assert (action(row, "omni_purchase", name="action_values") > 0) is (purchases > 0)


async def test_an_account_breaks_down_like_its_ads(graph: Graph) -> None:
    of_ads: dict[str, float] = defaultdict(float)
    for row in await rows(graph, "age"):
        of_ads[row["age"]] += number(row, "impressions")
    of_account = await rows(graph, "age", level="account", time_increment="all_days", fields="impressions")
    assert {row["age"]: number(row, "impressions") for row in of_account} == of_ads
    assert list(of_account[0]) == ["impressions", "date_start", "date_stop", "age"]


async def test_the_same_value_stays_with_an_ad_over_pages_and_days(graph: Graph) -> None:
    paged = await rows(graph, "age,gender", limit="61")
    assert paged == await rows(graph, "gender,age", limit="5000")


async def test_runs_break_down_too(graph: Graph) -> None:
    days = json.dumps({"since": SINCE.isoformat(), "until": UNTIL.isoformat()})
    asked = BY_AD_AND_DAY | {"breakdowns": '["age","gender"]', "time_range": days}
    _, body = await graph.call("act_1001/insights", "POST", **asked)
    assert await graph.all_rows(f"{body['report_run_id']}/insights", limit="500") == await rows(graph, "age,gender")


@pytest.mark.parametrize(
    ("breakdowns", "hint"),
    [
        ("mood", "age, comscore_market, country"),
        ("dma", "comscore_market"),
        ("age,country", "Valid are: age; gender; age, gender"),
        ("platform_position", "publisher_platform, platform_position"),
        ("age,age", "Valid are"),
    ],
)
async def test_what_does_not_exist_or_fit_is_refused_with_a_list(graph: Graph, breakdowns: str, hint: str) -> None:
    status, body = await graph.call("act_1001/insights", breakdowns=breakdowns)
    assert (status, body["error"]["code"]) == (400, 100)
    assert hint in body["error"]["message"]


async def test_an_account_that_has_not_opted_in_gets_no_rows_for_some_breakdowns(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, has_opted_in=False)) as server:
        graph = Graph(server, http)
        for breakdown in ("impression_device", HOURS[1], "frequency_value"):
            assert await rows(graph, breakdown, fields="reach") == []
        assert await rows(graph, "device_platform")
        assert await rows(graph, HOURS[0], fields="impressions")


@pytest.mark.parametrize("breakdown", HOURS)
async def test_hours_add_up_without_people_video_and_what_happened_elsewhere(graph: Graph, breakdown: str) -> None:
    asked = "ad_id,impressions,clicks,spend,inline_link_clicks,reach,frequency,cpp,unique_clicks,actions,action_values"
    whole, parts = await rows(graph, fields=asked), await rows(graph, breakdown, fields=asked)
    for name in ("impressions", "clicks", "spend", "inline_link_clicks"):
        assert round(sum(number(row, name) for row in parts), 2) == round(sum(number(row, name) for row in whole), 2)
    assert {row[breakdown] for row in parts} == {f"{hour:02d}:00:00 - {hour:02d}:59:59" for hour in range(24)}
    assert {(row["reach"], row["frequency"]) for row in parts} == {("0", "0")}
    assert not any({"cpp", "unique_clicks", "action_values"} & row.keys() for row in parts)
    types = {stat["action_type"] for row in parts for stat in row.get("actions", [])}
    assert "link_click" in types
    assert not any(map(happened_elsewhere, types))
    assert await graph.error("act_1001/insights", breakdowns=breakdown, fields="video_play_actions") == (400, 100, None)


async def test_a_frequency_is_told_of_people_alone_and_counts_each_once(graph: Graph) -> None:
    week = {"time_increment": "all_days", "fields": "ad_id,reach"}
    whole, parts = await rows(graph, **week), await rows(graph, "frequency_value", **week)
    assert {row["frequency_value"] for row in parts} >= {"1", "2", "6-10"}
    assert {name for row in parts for name in row} == {"ad_id", "reach", "date_start", "date_stop", "frequency_value"}
    once = sum(number(row, "reach") for row in parts if row["frequency_value"] == "1")
    assert once < sum(number(row, "reach") for row in whole)
    refused = await graph.error("act_1001/insights", breakdowns="frequency_value", fields="reach,impressions")
    assert refused == (400, 100, None)


@pytest.mark.parametrize(("breakdown", "first_kept"), [("frequency_value", 5), (HOURS[0], None)])
async def test_old_days_have_no_frequency(own_graph: Graph, breakdown: str, first_kept: int | None) -> None:
    own_graph.server.admin.set_clock(datetime(2027, 5, 5, 12, tzinfo=UTC))
    found = await rows(own_graph, breakdown, fields="reach")
    assert {date.fromisoformat(row["date_start"]).day for row in found} == {*range(first_kept or 2, 6)}


async def test_reach_is_left_out_of_old_rows_with_breakdowns(own_graph: Graph) -> None:
    own_graph.server.admin.set_clock(datetime(2027, 12, 5, 12, tzinfo=UTC))
    for since, is_there in ((date(2026, 11, 5), True), (date(2026, 11, 4), False)):
        found = await own_graph.insights("act_1001", since, UNTIL, **(BY_AD_AND_DAY | {"breakdowns": "age"}))
        assert {name in row for row in found for name in ("reach", "frequency", "cpp")} == {is_there}
        assert all("unique_clicks" in row for row in found)
    unbroken = await own_graph.insights("act_1001", SINCE, UNTIL, **BY_AD_AND_DAY)
    assert all("reach" in row for row in unbroken)


@pytest.mark.parametrize("level", ["account", "campaign", "ad"])
async def test_people_are_counted_once_whichever_way_the_time_is_cut(graph: Graph, level: str) -> None:
    since, until = date(2026, 9, 1), date(2026, 10, 31)
    key = {"account": "account_id", "campaign": "campaign_id", "ad": "ad_id"}[level]

    async def people(step: str) -> dict[str, list[float]]:
        found: dict[str, list[float]] = defaultdict(list)
        asked = {"level": level, "time_increment": step, "fields": f"{key},reach"}
        for row in await graph.insights("act_1001", since, until, **asked):
            found[row[key]].append(number(row, "reach"))
        return found

    days, months, whole = await people("1"), await people("monthly"), await people("all_days")
    assert days.keys() == months.keys() == whole.keys()
    for thing, [reach] in whole.items():
        assert max(months[thing]) <= reach <= sum(months[thing]) <= sum(days[thing])
        if len(months[thing]) > 1:
            assert reach < sum(months[thing]) < sum(days[thing])


async def test_an_accounts_people_are_fewer_than_those_of_its_campaigns(graph: Graph) -> None:
    for step in ("1", "all_days"):
        asked = {"time_increment": step, "fields": "reach"}
        of_campaigns: dict[str, list[float]] = defaultdict(list)
        for row in await graph.insights("act_1001", FIRST_DAY, TODAY - timedelta(days=1), level="campaign", **asked):
            of_campaigns[row["date_start"]].append(number(row, "reach"))
        for row in await graph.insights("act_1001", FIRST_DAY, TODAY - timedelta(days=1), level="account", **asked):
            parts = of_campaigns[row["date_start"]]
            assert max(parts) <= number(row, "reach") < sum(parts)
