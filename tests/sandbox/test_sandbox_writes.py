"""Owns changes over the Graph: what they do, who may make them, how often, and answers that are lost."""

import json
from datetime import timedelta

import aiohttp
import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import NOON, Graph, Row

LOST = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
STATUSES = '["ACTIVE","PAUSED","ARCHIVED","CAMPAIGN_PAUSED","ADSET_PAUSED","WITH_ISSUES"]'


async def write(graph: Graph, object_id: str, **params: str) -> None:
    assert await graph.call(object_id, "POST", **params) == (200, {"success": True})


async def refusal(graph: Graph, object_id: str, **params: str) -> tuple[int, int, int | None]:
    status, body = await graph.call(object_id, "POST", **params)
    return status, body["error"]["code"], body["error"].get("error_subcode")


async def structure(graph: Graph, account: str = "act_1001") -> dict[str, Row]:
    fields = "name,status,effective_status,updated_time"
    return {
        row["id"]: row
        for edge in ("campaigns", "adsets", "ads")
        for row in await graph.all_rows(f"{account}/{edge}", fields=fields, limit="200", effective_status=STATUSES)
    }


async def with_budget(graph: Graph, account: str, edge: str) -> Row:
    rows = await graph.all_rows(f"{account}/{edge}", fields="daily_budget,name,status", limit="100")
    return next(row for row in rows if "daily_budget" in row)


async def test_a_paused_campaign_pauses_what_is_below_it(own_graph: Graph) -> None:
    before = await structure(own_graph)
    campaign = (await own_graph.get("act_1001/campaigns"))["data"][0]["id"]
    below = {row["id"] for edge in ("adsets", "ads") for row in await own_graph.all_rows(f"{campaign}/{edge}")}
    own_graph.server.admin.set_clock(NOON + timedelta(hours=1))
    await write(own_graph, campaign, status="PAUSED")
    after = await structure(own_graph)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {campaign, *below}
    assert (after[campaign]["status"], after[campaign]["effective_status"]) == ("PAUSED", "PAUSED")
    assert after[campaign]["updated_time"] == "2026-11-21T13:00:00+0000"
    for name in below:
        assert after[name]["effective_status"] == "CAMPAIGN_PAUSED"
        assert after[name]["updated_time"] == before[name]["updated_time"]
        assert after[name]["status"] == "ACTIVE"
    await write(own_graph, campaign, status="ACTIVE")
    again = await structure(own_graph)
    assert {name: row["effective_status"] for name, row in again.items()} == {
        name: row["effective_status"] for name, row in before.items()
    }
    assert list(again) == list(before)


async def test_a_paused_ad_set_and_a_paused_ad(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads", fields="adset_id"))["data"][0]
    await write(own_graph, ad["adset_id"], status="PAUSED")
    assert (await own_graph.get(ad["id"], fields="effective_status"))["effective_status"] == "ADSET_PAUSED"
    await write(own_graph, ad["id"], status="PAUSED")
    assert (await own_graph.get(ad["id"], fields="effective_status"))["effective_status"] == "PAUSED"


async def test_a_deleted_ad_leaves_the_lists_and_stays_reachable(own_graph: Graph) -> None:
    [first, second, *_] = (await own_graph.get("act_1001/ads"))["data"]
    await write(own_graph, first["id"], status="DELETED")
    assert (await own_graph.call(second["id"], "DELETE"))[1] == {"success": True}
    listed = {row["id"] for row in await own_graph.all_rows("act_1001/ads", effective_status=STATUSES, limit="100")}
    assert not {first["id"], second["id"]} & listed
    assert (await own_graph.get(second["id"], fields="status"))["status"] == "DELETED"
    assert await refusal(own_graph, first["id"], status="ACTIVE") == (400, 100, None)


async def test_an_archived_object_can_only_be_deleted_or_renamed(own_graph: Graph) -> None:
    archived = (await own_graph.get("act_1001/campaigns", effective_status='["ARCHIVED"]'))["data"][0]["id"]
    assert await refusal(own_graph, archived, status="ACTIVE") == (400, 100, None)
    await write(own_graph, archived, name="Old")
    await write(own_graph, archived, status="DELETED")


@pytest.mark.parametrize(
    ("account", "edge"), [("act_1001", "campaigns"), ("act_1002", "adsets"), ("act_1003", "adsets")]
)
async def test_a_budget_is_set_in_the_currencys_minor_unit(own_graph: Graph, account: str, edge: str) -> None:
    row = await with_budget(own_graph, account, edge)
    await write(own_graph, row["id"], daily_budget="43210")
    assert (await own_graph.get(row["id"], fields="daily_budget"))["daily_budget"] == "43210"


async def test_a_budget_changes_four_times_an_hour(own_graph: Graph) -> None:
    ad_set = (await with_budget(own_graph, "act_1001", "adsets"))["id"]
    other = (await with_budget(own_graph, "act_1002", "adsets"))["id"]
    for budget in range(1000, 1004):
        await write(own_graph, ad_set, daily_budget=str(budget))
    assert await refusal(own_graph, ad_set, daily_budget="1005") == (400, 613, 1487632)
    await write(own_graph, ad_set, status="PAUSED")
    await write(own_graph, other, daily_budget="1005")
    assert (await own_graph.get(ad_set, fields="daily_budget"))["daily_budget"] == "1003"
    own_graph.server.admin.set_clock(NOON + timedelta(hours=1))
    await write(own_graph, ad_set, daily_budget="1006")


@pytest.mark.parametrize(
    "params",
    [
        {"status": "RUNNING"},
        {"daily_budget": "12.50"},
        {"daily_budget": "0"},
        {"lifetime_budget": "1000"},
        {"name": ""},
        {"mood": "good"},
        {"status": "PAUSED", "daily_budget": "-5"},
    ],
)
async def test_a_wrong_change_changes_nothing(own_graph: Graph, params: dict[str, str]) -> None:
    row = await with_budget(own_graph, "act_1001", "campaigns")
    assert await refusal(own_graph, row["id"], **params) == (400, 100, None)
    assert await with_budget(own_graph, "act_1001", "campaigns") == row


async def test_who_may_not_manage_ads_may_not_write(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    reader = Graph(own_graph.server, own_graph.session, "SANDBOX-READ-ONLY")
    assert (await reader.get(ad, fields="status"))["status"]
    assert await refusal(reader, ad, status="PAUSED") == (403, 200, None)
    assert await refusal(own_graph, "act_1001", status="PAUSED") == (400, 100, 33)
    assert await refusal(own_graph, "12", status="PAUSED") == (400, 100, 33)


async def test_a_write_costs_three(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    await write(own_graph, ad, status="PAUSED")
    assert [call.cost for call in own_graph.server.admin.log()] == [1, 3]


@pytest.mark.parametrize(("kind", "status"), [(FaultKind.RESET, "ACTIVE"), (FaultKind.ANSWER_LOST, "PAUSED")])
async def test_whether_a_lost_answer_was_applied_shows_only_on_reading(
    own_graph: Graph, kind: FaultKind, status: str
) -> None:
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    own_graph.server.admin.add_fault(FaultRule(kind, method="POST"))
    with pytest.raises(LOST):
        await own_graph.call(ad, "POST", status="PAUSED")
    assert (await own_graph.get(ad, fields="status"))["status"] == status


async def test_a_change_comes_with_the_next_incremental_list(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads"))["data"][3]["id"]
    await write(own_graph, ad, name="Renamed")
    for second, expected in ((-1, [ad]), (0, [])):
        since = int((NOON + timedelta(seconds=second)).timestamp())
        filtering = json.dumps([{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": since}])
        assert [row["id"] for row in await own_graph.all_rows("act_1001/ads", filtering=filtering)] == expected


async def test_a_new_campaign_is_listed_can_be_changed_and_needs_what_meta_needs(own_graph: Graph) -> None:
    asked = {"name": "Autumn", "objective": "OUTCOME_SALES", "special_ad_categories": "[]", "daily_budget": "5000"}
    status, made = await own_graph.call("act_1001/campaigns", "POST", **asked)
    assert status == 200
    await write(own_graph, made["id"], status="ACTIVE")
    rows = await own_graph.all_rows("act_1001/campaigns", fields="name,status,daily_budget", limit="100")
    assert rows[-1] == {"id": made["id"], "name": "Autumn", "status": "ACTIVE", "daily_budget": "5000"}
    for missing in ("name", "objective", "special_ad_categories"):
        rest = {name: value for name, value in asked.items() if name != missing}
        assert await refusal(own_graph, "act_1001/campaigns", **rest) == (400, 100, None)
    assert await refusal(own_graph, "act_1001/campaigns", **asked | {"objective": "FAME"}) == (400, 100, None)
