"""Owns how objects and edges of the sandbox are read."""

import json
from collections import Counter
from datetime import date, datetime

import pytest

from sandbox.meta.trouble.limits import RefusedObject
from tests.sandbox.graph_client import Graph

EVERY_STATUS = json.dumps(["ACTIVE", "PAUSED", "ARCHIVED", "CAMPAIGN_PAUSED", "ADSET_PAUSED"])
STATUSES = {"fields": "effective_status", "limit": "200"}


async def test_three_accounts_differ_in_currency_and_zone(graph: Graph) -> None:
    rows = (await graph.get("me/adaccounts", fields="name,currency,timezone_name,account_status"))["data"]
    assert [(row["id"], row["name"], row["currency"], row["timezone_name"]) for row in rows] == [
        ("act_1001", "Nordlicht Outdoor", "EUR", "Europe/Berlin"),
        ("act_1002", "Bluebird Home", "USD", "America/New_York"),
        ("act_1003", "Sakura Beauty", "JPY", "Asia/Tokyo"),
    ]
    assert {row["account_status"] for row in rows} == {1}


async def test_without_fields_only_ids_come(graph: Graph) -> None:
    assert (await graph.get("me/adaccounts"))["data"][0] == {"id": "act_1001", "account_id": "1001"}
    assert (await graph.get("act_1001/campaigns"))["data"][0].keys() == {"id"}


@pytest.mark.parametrize("edge", ["campaigns", "adsets", "ads"])
async def test_archived_things_come_only_when_asked_for(graph: Graph, edge: str) -> None:
    hidden = await graph.all_rows(f"act_1001/{edge}", **STATUSES)
    shown = await graph.all_rows(f"act_1001/{edge}", **STATUSES, effective_status=EVERY_STATUS)
    assert "ARCHIVED" not in {row["effective_status"] for row in hidden}
    counted = Counter(row["effective_status"] for row in shown)
    assert counted["ARCHIVED"] > 0
    assert len(shown) == len(hidden) + counted["ARCHIVED"]


async def test_a_filter_on_the_status_asks_for_archived_too(graph: Graph) -> None:
    only = json.dumps([{"field": "campaign.effective_status", "operator": "IN", "value": ["ARCHIVED"]}])
    rows = await graph.all_rows("act_1001/campaigns", **STATUSES, filtering=only)
    assert {row["effective_status"] for row in rows} == {"ARCHIVED"}


async def test_deleted_things_are_found_by_id_alone(graph: Graph) -> None:
    rows = await graph.insights(
        "act_1002",
        date(2026, 8, 1),
        date(2026, 9, 10),
        level="ad",
        fields="ad_id",
        filtering='[{"field":"ad.effective_status","operator":"IN","value":["DELETED"]}]',
    )
    [deleted] = {row["ad_id"] for row in rows}
    listed = await graph.all_rows("act_1002/ads", effective_status=EVERY_STATUS, limit="200")
    assert deleted not in {row["id"] for row in listed}
    assert (await graph.get(deleted, fields="effective_status"))["effective_status"] == "DELETED"
    assert (await graph.error("act_1002/ads", effective_status='["DELETED"]'))[1] == 100
    unfiltered = await graph.insights("act_1002", date(2026, 8, 1), date(2026, 9, 10), level="ad", fields="ad_id")
    assert deleted not in {row["ad_id"] for row in unfiltered}


async def test_things_hang_together(graph: Graph) -> None:
    campaign = (await graph.get("act_1001/campaigns"))["data"][0]["id"]
    for ad_set in await graph.all_rows(f"{campaign}/adsets", fields="campaign_id,name"):
        assert ad_set["campaign_id"] == campaign
        ads = await graph.all_rows(f"{ad_set['id']}/ads", fields="adset_id,campaign{id,name},creative{id,name}")
        assert ads
        assert {(ad["adset_id"], ad["campaign"]["id"]) for ad in ads} == {(ad_set["id"], campaign)}
        assert all(ad["creative"]["name"] and ad["campaign"]["name"] for ad in ads)


async def test_one_asset_is_used_by_several_ads(graph: Graph) -> None:
    fields = "creative{video_id,image_hash,object_story_id,object_story_spec}"
    ads = await graph.all_rows("act_1001/ads", fields=fields, effective_status=EVERY_STATUS, limit="100")
    creatives = [ad["creative"] for ad in ads]
    assets = Counter(item.get("video_id") or item.get("image_hash") or item["object_story_id"] for item in creatives)
    assert len(ads) == 40
    assert max(assets.values()) > 1
    assert len(assets) < len({item["id"] for item in creatives}) < len(ads)
    assert any("child_attachments" in item["object_story_spec"].get("link_data", {}) for item in creatives)


async def test_budgets_are_minor_units_of_metas_own_kind(graph: Graph) -> None:
    euro = await graph.all_rows("act_1001/campaigns", fields="daily_budget")
    yen = await graph.all_rows("act_1003/campaigns", fields="daily_budget")
    assert euro[0]["daily_budget"] == "45000"
    assert yen[0]["daily_budget"] == "60000"
    assert "daily_budget" not in euro[1]


async def test_several_ids_are_read_at_once(graph: Graph) -> None:
    body = await graph.get("", ids="act_1001,act_1003", fields="currency")
    assert {name: row["currency"] for name, row in body.items()} == {"act_1001": "EUR", "act_1003": "JPY"}
    assert (await graph.error(""))[1] == 2500
    assert (await graph.error("", ids=",".join(map(str, range(51)))))[1] == 100


async def test_fields_may_be_a_json_list_with_nested_selections(graph: Graph) -> None:
    row = await graph.get("act_1001", fields='["name","business{id}"]')
    assert row == {"id": "act_1001", "name": "Nordlicht Outdoor", "business": {"id": "771001"}}


@pytest.mark.parametrize("fields", ["wish", "name,creative{wish}", "{id}", "name}", "creative{id", "[1]", "na me;"])
async def test_unknown_or_broken_fields_are_refused(graph: Graph, fields: str) -> None:
    ad = (await graph.get("act_1001/ads"))["data"][0]["id"]
    assert await graph.error(ad, fields=fields) == (400, 100, None)


async def test_changes_since_a_second_are_strictly_later(graph: Graph) -> None:
    rows = await graph.all_rows("act_1001/ads", fields="updated_time", limit="100")
    times = sorted(row["updated_time"] for row in rows)
    assert all(time[-5] in "+-" and ":" not in time[-5:] for time in times)
    later = json.dumps([{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": 1_700_000_000}])
    assert len(await graph.all_rows("act_1001/ads", filtering=later, limit="100")) == len(rows)
    never = later.replace("1700000000", "4000000000")
    assert await graph.all_rows("act_1001/ads", filtering=never) == []


async def test_an_object_that_is_refused_spoils_only_windows_of_changes_that_it_lies_in(own_graph: Graph) -> None:
    rows = await own_graph.all_rows("act_1001/ads", fields="updated_time", limit="100")
    second = {row["id"]: int(datetime.fromisoformat(row["updated_time"]).timestamp()) for row in rows}
    refused = [*second][len(rows) // 2]
    own_graph.server.admin.refuse_object(RefusedObject(refused))

    def within(*rules: tuple[str, int]) -> dict[str, str]:
        filters = [{"field": "ad.updated_time", "operator": name, "value": value} for name, value in rules]
        return {"fields": "id", "limit": "100", "filtering": json.dumps(filters)}

    at = second[refused]
    before, after = within(("LESS_THAN", at)), within(("GREATER_THAN", at))
    assert {row["id"] for row in await own_graph.all_rows("act_1001/ads", **before)} == {
        key for key, each in second.items() if each < at
    }
    assert {row["id"] for row in await own_graph.all_rows("act_1001/ads", **after)} == {
        key for key, each in second.items() if each > at
    }
    around = within(("GREATER_THAN", at - 1), ("LESS_THAN", at + 1))
    assert await own_graph.error("act_1001/ads", **around) == (400, 100, 2446289)


@pytest.mark.parametrize(("kind", "link"), [("campaign", "campaign_id"), ("adset", "adset_id")])
async def test_a_filter_on_what_an_ad_lies_in_compares_that_things_field(graph: Graph, kind: str, link: str) -> None:
    ads = await graph.all_rows("act_1001/ads", fields=link, limit="200")
    wanted = ads[-1][link]
    by_id = json.dumps([{"field": f"{kind}.id", "operator": "IN", "value": [wanted]}])
    found = await graph.all_rows("act_1001/ads", fields=link, filtering=by_id, limit="200")
    assert found == [ad for ad in ads if ad[link] == wanted]
    name = (await graph.get(wanted, fields="name"))["name"]
    by_name = json.dumps([{"field": f"{kind}.name", "operator": "EQUAL", "value": name}])
    assert await graph.all_rows("act_1001/ads", fields=link, filtering=by_name, limit="200") == found
    own = json.dumps([{"field": "ad.id", "operator": "EQUAL", "value": ads[0]["id"]}])
    assert await graph.all_rows("act_1001/ads", fields=link, filtering=own) == [ads[0]]


@pytest.mark.parametrize("field", ["ad.id", "creative.id", "mood.id"])
async def test_a_filter_on_what_does_not_hold_the_campaign_is_refused(graph: Graph, field: str) -> None:
    filtering = json.dumps([{"field": field, "operator": "IN", "value": ["1"]}])
    assert await graph.error("act_1001/campaigns", filtering=filtering) == (400, 100, None)


@pytest.mark.parametrize(
    "filtering",
    ["nonsense", '[{"field":"id","operator":"LIKE","value":"1"}]', '[{"field":"mood","operator":"IN","value":["1"]}]'],
)
async def test_broken_filters_are_refused(graph: Graph, filtering: str) -> None:
    assert await graph.error("act_1001/ads", filtering=filtering) == (400, 100, None)


async def test_names_follow_conventions_and_break_them(graph: Graph) -> None:
    names = [
        row["name"]
        for account in ("act_1001", "act_1002", "act_1003")
        for row in await graph.all_rows(f"{account}/ads", fields="name", limit="100", effective_status=EVERY_STATUS)
    ]
    assert any("_VID_" in name for name in names)
    assert any("[動画]" in name for name in names)
    assert any(name.endswith(("_", "Copy", "🔥", "Kopie 2")) for name in names)
