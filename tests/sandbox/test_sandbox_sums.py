"""Owns the arithmetic of the sandbox's insights, recomputed from its answers alone."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from tests.sandbox.graph_client import FIRST_DAY, TODAY, Graph, Row, action, number

SCALARS = ("impressions", "clicks", "spend", "inline_link_clicks")
FIELDS = (
    "ad_id,campaign_id,adset_id,impressions,clicks,spend,inline_link_clicks,inline_post_engagement,reach,frequency,"
    "ctr,cpc,cpm,cpp,unique_clicks,unique_ctr,inline_link_click_ctr,outbound_clicks,actions,action_values,"
    "cost_per_action_type,purchase_roas,video_play_actions,video_p25_watched_actions,video_p100_watched_actions"
)
WINDOWS = '["1d_click","7d_click","28d_click","1d_view"]'
ALL_STATUSES = (
    '[{"field":"ad.effective_status","operator":"IN","value":["ACTIVE","PAUSED","ARCHIVED","DELETED",'
    '"CAMPAIGN_PAUSED","ADSET_PAUSED"]}]'
)
SINCE = date(2026, 8, 20)
UNTIL = date(2026, 9, 16)
ACCOUNTS = ("act_1001", "act_1002", "act_1003")


async def rows(graph: Graph, object_id: str, level: str, **params: str) -> list[Row]:
    asked = {"level": level, "fields": FIELDS, "action_attribution_windows": WINDOWS, "filtering": ALL_STATUSES}
    return await graph.insights(object_id, SINCE, UNTIL, **(asked | params))


def total(found: list[Row], name: str) -> float:
    return round(sum(number(row, name) for row in found), 2)


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_an_accounts_totals_are_the_sums_of_its_ads_by_day(graph: Graph, account: str) -> None:
    ads = await rows(graph, account, "ad", time_increment="1")
    [whole] = await rows(graph, account, "account")
    for name in SCALARS:
        assert total(ads, name) == number(whole, name) > 0
    for stat in whole["actions"]:
        kind = stat["action_type"]
        for window in stat.keys() - {"action_type"}:
            assert sum(action(row, kind, window) for row in ads) == float(stat[window])
    value = sum(action(row, "omni_purchase", name="action_values") for row in ads)
    assert round(value, 2) == action(whole, "omni_purchase", name="action_values") > 0


@pytest.mark.parametrize(("level", "key"), [("campaign", "campaign_id"), ("adset", "adset_id")])
async def test_middle_levels_are_sums_of_their_ads(graph: Graph, level: str, key: str) -> None:
    expected: dict[str, float] = defaultdict(float)
    for row in await rows(graph, "act_1001", "ad", time_increment="1"):
        expected[row[key]] += number(row, "impressions")
    found = await rows(graph, "act_1001", level)
    assert {row[key]: number(row, "impressions") for row in found} == expected


async def test_people_are_fewer_than_the_sum_of_the_parts_and_not_fewer_than_any(graph: Graph) -> None:
    ads = await rows(graph, "act_1001", "ad", time_increment="1")
    [whole] = await rows(graph, "act_1001", "account")
    for name in ("reach", "unique_clicks"):
        parts = [number(row, name) for row in ads]
        assert max(parts) <= number(whole, name) < sum(parts)
    assert all(number(row, "reach") <= number(row, "impressions") for row in ads)
    assert all(number(row, "unique_clicks") <= number(row, "reach") for row in ads)


def is_ratio(printed: str | None, numerator: float, denominator: float) -> bool:
    """A ratio is printed exactly when there is something to divide by."""
    if printed is None:
        return denominator == 0
    return abs(float(printed) - numerator / denominator) < 1e-6


async def test_ratios_follow_from_the_counts_beside_them(graph: Graph) -> None:
    for row in await rows(graph, "act_1003", "ad", time_increment="1"):
        impressions, clicks = number(row, "impressions"), number(row, "clicks")
        spend, reach = number(row, "spend"), number(row, "reach")
        assert is_ratio(row.get("ctr"), 100 * clicks, impressions)
        assert is_ratio(row.get("cpm"), 1000 * spend, impressions)
        assert is_ratio(row.get("cpp"), 1000 * spend, reach)
        assert is_ratio(row.get("frequency"), impressions, reach)
        assert is_ratio(row.get("unique_ctr"), 100 * number(row, "unique_clicks"), reach)
        assert is_ratio(row.get("cpc"), spend, clicks)
        assert number(row, "inline_link_clicks") == action(row, "link_click")
        for cost in row.get("cost_per_action_type", []):
            assert is_ratio(cost["value"], spend, action(row, cost["action_type"]))


async def test_windows_nest_and_views_stand_apart(graph: Graph) -> None:
    seen = 0
    for row in await rows(graph, "act_1001", "ad", time_increment="1"):
        for stat in row.get("actions", []):
            first, week, month = (float(stat.get(name, 0)) for name in ("1d_click", "7d_click", "28d_click"))
            assert first <= week <= month
            assert float(stat["value"]) == week + float(stat.get("1d_view", 0))
            assert all(float(stat[name]) for name in stat.keys() - {"action_type", "value"})
            seen += "1d_view" in stat
    assert seen > 0


async def test_one_purchase_appears_under_many_names(graph: Graph) -> None:
    names = {}
    for account in ACCOUNTS:
        [whole] = await rows(graph, account, "account")
        found = {stat["action_type"]: stat["value"] for stat in whole["actions"] if "purchase" in stat["action_type"]}
        assert len(set(found.values())) == 1
        names[account] = found.keys()
    assert "purchase" in names["act_1001"]
    assert "purchase" not in names["act_1002"]
    assert all({"omni_purchase", "offsite_conversion.fb_pixel_purchase"} <= found for found in names.values())


async def test_video_lists_stand_on_video_ads_only(graph: Graph) -> None:
    ads = await graph.all_rows("act_1001/ads", fields="creative{video_id}", limit="100")
    videos = {ad["id"] for ad in ads if "video_id" in ad["creative"]}
    live = {ad["id"] for ad in ads}
    found = [row for row in await rows(graph, "act_1001", "ad") if row["ad_id"] in live]
    assert {row["ad_id"] for row in found if "video_play_actions" in row} == videos & {row["ad_id"] for row in found}
    assert 0 < len(videos) < len(live)
    for row in found:
        if row["ad_id"] in videos:
            plays, quarter, end = (
                action(row, "video_view", name=name)
                for name in ("video_play_actions", "video_p25_watched_actions", "video_p100_watched_actions")
            )
            assert number(row, "impressions") >= plays >= quarter >= end


async def test_history_is_120_days_up_to_today(graph: Graph) -> None:
    for account in ACCOUNTS:
        found = await graph.insights(
            account, FIRST_DAY - timedelta(days=30), TODAY, level="account", time_increment="1", fields="spend"
        )
        assert len(found) == 120
        assert found[0]["date_start"] == FIRST_DAY.isoformat()
        assert found[-1]["date_stop"] == TODAY.isoformat()


async def test_conversion_and_click_rates_are_plausible(graph: Graph) -> None:
    for account in ACCOUNTS:
        [whole] = await rows(graph, account, "account")
        assert 0.5 < number(whole, "inline_link_click_ctr") < 3.5
        landed = action(whole, "landing_page_view") / action(whole, "link_click")
        assert 0.31 < landed < 0.68
        assert 0.3 < float(whole["purchase_roas"][0]["value"]) < 12
