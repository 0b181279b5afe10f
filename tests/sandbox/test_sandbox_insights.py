"""Owns which insights questions the sandbox takes, refuses, and how it shapes their rows."""

import json
from dataclasses import replace
from datetime import date, timedelta

import aiohttp
import pytest

from sandbox.server import run_sandbox
from tests.sandbox.graph_client import CONFIG, TODAY, Graph, number

SINCE, UNTIL = date(2026, 9, 28), date(2026, 11, 5)
ACCOUNT = {"level": "account", "fields": "impressions,spend"}


def time_range(since: date, until: date) -> str:
    return json.dumps({"since": since.isoformat(), "until": until.isoformat()})


async def test_the_default_is_the_account_over_thirty_days_up_to_yesterday(graph: Graph) -> None:
    [row] = (await graph.get("act_1001/insights"))["data"]
    assert row.keys() == {"account_id", "impressions", "spend", "date_start", "date_stop"}
    assert (row["date_start"], row["date_stop"]) == ("2026-10-22", "2026-11-20")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("monthly", [("2026-09-28", "2026-09-30"), ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-05")]),
        ("28", [("2026-09-28", "2026-10-25"), ("2026-10-26", "2026-11-05")]),
        ("all_days", [("2026-09-28", "2026-11-05")]),
    ],
)
async def test_rows_cover_their_increment(graph: Graph, step: str, expected: list[tuple[str, str]]) -> None:
    rows = await graph.insights("act_1001", SINCE, UNTIL, **ACCOUNT, time_increment=step)
    assert [(row["date_start"], row["date_stop"]) for row in rows] == expected
    [whole] = await graph.insights("act_1001", SINCE, UNTIL, **ACCOUNT)
    assert sum(number(row, "impressions") for row in rows) == number(whole, "impressions")


async def test_several_ranges_are_answered_in_order(graph: Graph) -> None:
    ranges = [{"since": "2026-11-03", "until": "2026-11-04"}, {"since": "2026-10-01", "until": "2026-10-01"}]
    rows = await graph.all_rows("act_1001/insights", time_ranges=json.dumps(ranges), **ACCOUNT)
    assert [row["date_start"] for row in rows] == ["2026-11-03", "2026-10-01"]


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", TODAY, TODAY),
        ("last_7d", TODAY - timedelta(days=7), TODAY - timedelta(days=1)),
        ("this_month", date(2026, 11, 1), TODAY),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this_year", date(2026, 1, 1), TODAY),
        ("maximum", date(2023, 10, 21), TODAY),
    ],
)
async def test_presets_are_days_of_the_account(graph: Graph, preset: str, first: date, last: date) -> None:
    [row] = (await graph.get("act_1001/insights", date_preset=preset, **ACCOUNT))["data"]
    assert (row["date_start"], row["date_stop"]) == (first.isoformat(), last.isoformat())


async def test_37_months_back_is_the_limit(graph: Graph) -> None:
    limit = date(2023, 10, 21)
    assert len((await graph.get("act_1001/insights", time_range=time_range(limit, TODAY)))["data"]) == 1
    status, body = await graph.call("act_1001/insights", time_range=time_range(limit - timedelta(days=1), TODAY))
    assert status == 400
    assert "cannot be beyond 37 months" in body["error"]["message"]


@pytest.mark.parametrize(
    "params",
    [
        {"fields": "impressions,wish_bid"},
        {"level": "planet"},
        {"date_preset": "lifetime"},
        {"time_increment": "91"},
        {"time_increment": "daily"},
        {"limit": "-1"},
        {"time_range": time_range(UNTIL, SINCE)},
        {"time_range": '{"since":"yesterday","until":"today"}'},
        {"time_range": "[]"},
        {"action_attribution_windows": '["3d_click"]'},
        {"filtering": '[{"field":"ad.mood","operator":"IN","value":["good"]}]'},
        {"filtering": '[{"field":"spend","operator":"GREATER_THAN","value":"much"}]'},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(graph: Graph, params: dict[str, str]) -> None:
    assert await graph.error("act_1001/insights", **params) == (400, 100, None)


async def test_a_level_above_the_object_is_refused_and_creatives_have_none(graph: Graph) -> None:
    ad = (await graph.get("act_1001/ads", fields="creative"))["data"][0]
    assert (await graph.error(f"{ad['id']}/insights", level="campaign"))[1] == 100
    assert (await graph.error(f"{ad['creative']['id']}/insights"))[1] == 100


async def test_dead_windows_are_empty_and_no_error(graph: Graph) -> None:
    params = {"action_attribution_windows": '["7d_view","28d_view","1d_click","default"]', "fields": "actions"}
    [row] = (await graph.get("act_1001/insights", **params))["data"]
    named = {name for stat in row["actions"] for name in stat}
    assert named == {"action_type", "value", "1d_click"}


async def test_windows_come_only_when_asked_for(graph: Graph) -> None:
    [row] = (await graph.get("act_1001/insights", fields="actions,action_values"))["data"]
    assert {name for stat in row["actions"] for name in stat} == {"action_type", "value"}


async def test_only_asked_fields_come_and_labels_of_their_level(graph: Graph) -> None:
    fields = "campaign_name,ad_id,adset_name,objective,account_currency,conversions"
    row = (await graph.get("act_1001/insights", level="campaign", fields=fields))["data"][0]
    assert row.keys() == {"campaign_name", "objective", "account_currency", "date_start", "date_stop"}


async def test_costs_and_rates_of_video_and_outbound_clicks(graph: Graph) -> None:
    fields = (
        "spend,impressions,outbound_clicks,cost_per_outbound_click,outbound_clicks_ctr,website_ctr,social_spend,"
        "cost_per_thruplay,video_thruplay_watched_actions,video_avg_time_watched_actions,quality_ranking,"
        "inline_post_engagement,cost_per_inline_post_engagement,website_purchase_roas"
    )
    [row] = (await graph.get("act_1001/insights", fields=fields))["data"]
    spend = number(row, "spend")

    def first(name: str) -> float:
        return float(row[name][0]["value"])

    assert abs(first("cost_per_outbound_click") - spend / first("outbound_clicks")) < 1e-6
    assert abs(first("cost_per_thruplay") - spend / first("video_thruplay_watched_actions")) < 1e-6
    assert abs(first("outbound_clicks_ctr") - 100 * first("outbound_clicks") / number(row, "impressions")) < 1e-6
    assert abs(number(row, "cost_per_inline_post_engagement") * number(row, "inline_post_engagement") - spend) < 1
    assert 0 < number(row, "social_spend") < spend
    assert 1 < first("video_avg_time_watched_actions") < 30
    assert row["quality_ranking"] == "AVERAGE"


async def test_an_ad_without_delivery_has_no_row(graph: Graph) -> None:
    ads = await graph.all_rows("act_1001/ads", fields="effective_status", limit="100")
    paused = next(ad["id"] for ad in ads if ad["effective_status"] == "CAMPAIGN_PAUSED")
    assert await graph.get(f"{paused}/insights", date_preset="last_7d") == {"data": []}


async def test_listing_below_a_campaign_hides_archived_ads_that_its_own_total_holds(graph: Graph) -> None:
    campaigns = await graph.all_rows("act_1001/campaigns", fields="effective_status", effective_status='["ARCHIVED"]')
    archived = campaigns[0]["id"]
    august = date(2026, 8, 1), date(2026, 8, 20)
    assert len(await graph.insights(archived, *august)) == 1
    assert await graph.insights(archived, *august, level="ad") == []
    from_account = await graph.insights("act_1001", *august, level="ad", fields="campaign_id")
    assert archived in {row["campaign_id"] for row in from_account}


async def test_filters_select_things_and_rows(graph: Graph) -> None:
    everything = await graph.insights("act_1001", SINCE, UNTIL, level="ad", fields="ad_id,spend,campaign_id")
    campaign = everything[0]["campaign_id"]
    of_campaign = json.dumps([{"field": "campaign.id", "operator": "IN", "value": [campaign]}])
    found = await graph.insights("act_1001", SINCE, UNTIL, level="ad", fields="campaign_id", filtering=of_campaign)
    assert {row["campaign_id"] for row in found} == {campaign}
    costly = json.dumps([{"field": "spend", "operator": "GREATER_THAN", "value": 100}])
    found = await graph.insights("act_1001", SINCE, UNTIL, level="ad", fields="ad_id,spend", filtering=costly)
    assert [row["ad_id"] for row in found] == [row["ad_id"] for row in everything if number(row, "spend") > 100]


async def test_money_has_the_currencys_own_digits(graph: Graph) -> None:
    [yen] = (await graph.get("act_1003/insights", fields="spend"))["data"]
    [euro] = (await graph.get("act_1001/insights", fields="spend"))["data"]
    assert "." not in yen["spend"]
    assert len(euro["spend"].partition(".")[2]) == 2


async def test_the_benchmark_account_has_a_known_number_of_rows(http: aiohttp.ClientSession) -> None:
    async with run_sandbox(replace(CONFIG, extra_ads=23)) as server:
        graph = Graph(server, http)
        rows = await graph.insights(
            "act_9000", TODAY - timedelta(days=119), TODAY, level="ad", time_increment="1", fields="ad_id"
        )
        assert len(rows) == 23 * 120
        assert len(await graph.all_rows("act_9000/ads", limit="10")) == 23
        assert len((await graph.get("me/adaccounts"))["data"]) == 4
