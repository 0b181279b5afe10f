"""Owns changes to history and structure: days that vanish, ads that move."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.meta.entities.edits import UnknownObjectError
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import ADMIN_TOKEN, NOON, TODAY, Graph, Row, number

DAY = TODAY - timedelta(days=3)
BY_AD = {"level": "ad", "time_increment": "1", "fields": "ad_id,campaign_id,campaign_name,impressions"}


async def rows(graph: Graph, since: date = DAY, until: date = DAY) -> list[Row]:
    return await graph.insights("act_1001", since, until, **BY_AD)


async def post(graph: Graph, path: str, body: dict[str, Any]) -> int:
    headers = {"X-Sandbox-Token": ADMIN_TOKEN}
    async with graph.session.post(f"{graph.server.url}/_sandbox/{path}", json=body, headers=headers) as answer:
        return answer.status


async def test_a_vanished_ad_day_has_no_row_and_is_missing_in_the_sum(own_graph: Graph) -> None:
    before = await rows(own_graph)
    gone = before[0]
    assert await post(own_graph, "vanish", {"object_id": gone["ad_id"], "day": DAY.isoformat()}) == 200
    assert await rows(own_graph) == before[1:]
    [whole] = await own_graph.insights("act_1001", DAY, DAY, fields="impressions")
    assert number(whole, "impressions") == sum(number(row, "impressions") for row in before[1:])
    assert gone["ad_id"] in {row["ad_id"] for row in await rows(own_graph, DAY - timedelta(days=9), DAY)}


async def test_a_whole_accounts_day_can_vanish_and_reset_brings_it_back(own_graph: Graph) -> None:
    before = await rows(own_graph)
    own_graph.server.admin.vanish("act_1001", DAY)
    assert await rows(own_graph) == []
    assert await own_graph.insights("act_1002", DAY, DAY)
    own_graph.server.admin.reset()
    assert await rows(own_graph) == before


async def test_a_moved_ad_takes_its_history_along(own_graph: Graph) -> None:
    ad = (await rows(own_graph))[0]
    campaigns = await own_graph.all_rows("act_1001/campaigns", fields="name")
    target = next(row for row in campaigns if row["id"] != ad["campaign_id"])
    ad_set = (await own_graph.get(f"{target['id']}/adsets"))["data"][0]["id"]
    assert await post(own_graph, "move", {"ad_id": ad["ad_id"], "ad_set_id": ad_set}) == 200
    moved = await own_graph.get(ad["ad_id"], fields="adset_id,campaign_id")
    assert (moved["adset_id"], moved["campaign_id"]) == (ad_set, target["id"])
    for path, is_there in ((ad_set, True), (ad["campaign_id"], False), ("act_1001", True)):
        listed = {row["id"] for row in await own_graph.all_rows(f"{path}/ads", limit="100")}
        assert (ad["ad_id"] in listed) is is_there
    again = next(row for row in await rows(own_graph) if row["ad_id"] == ad["ad_id"])
    assert again == ad | {"campaign_id": target["id"], "campaign_name": target["name"]}


async def test_edits_of_unknown_things_are_refused(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    foreign = (await own_graph.get("act_1002/adsets"))["data"][0]["id"]
    for wrong in ("12", ad, foreign):
        with pytest.raises(UnknownObjectError):
            admin.move_ad(ad, wrong)
    for wrong in ("12", (await own_graph.get("act_1001/adcreatives"))["data"][0]["id"]):
        with pytest.raises(UnknownObjectError):
            admin.vanish(wrong, DAY)
    assert await post(own_graph, "move", {"ad_id": "1", "ad_set_id": "2"}) == 422


async def test_a_renamed_campaign_shows_its_new_name_everywhere_and_its_history(own_graph: Graph) -> None:
    admin = own_graph.server.admin
    before = await rows(own_graph)
    campaign = before[0]["campaign_id"]
    for hours, name in ((1, "First"), (2, "Second")):
        admin.set_clock(NOON + timedelta(hours=hours))
        assert await post(own_graph, "rename", {"object_id": campaign, "name": name}) == 200
    read = await own_graph.get(campaign, fields="name,updated_time")
    assert (read["name"], read["updated_time"]) == ("Second", "2026-11-21T14:00:00+0000")
    assert await rows(own_graph) == [
        row | ({"campaign_name": "Second"} if row["campaign_id"] == campaign else {}) for row in before
    ]
    events = await own_graph.all_rows("act_1001/activities", fields="event_type,event_time,object_id,extra_data")
    assert [(event["event_type"], event["object_id"]) for event in events] == [("update_campaign_name", campaign)] * 2
    assert [json.loads(event["extra_data"]) for event in events] == [
        {"old_value": "First", "new_value": "Second"},
        {"old_value": before[0]["campaign_name"], "new_value": "First"},
    ]
    assert await own_graph.all_rows("act_1002/activities") == []
    assert (await own_graph.error("act_1001/activities", fields="mood"))[1] == 100
    admin.reset()
    assert await own_graph.all_rows("act_1001/activities") == []
    assert await rows(own_graph) == before


async def test_a_renamed_ad_and_ad_set(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads", fields="adset_id"))["data"][0]
    own_graph.server.admin.rename(ad["id"], "New ad")
    own_graph.server.admin.rename(ad["adset_id"], "New ad set")
    [row] = await own_graph.insights(ad["id"], DAY, DAY, fields="ad_name,adset_name")
    assert (row["ad_name"], row["adset_name"]) == ("New ad", "New ad set")
    with pytest.raises(UnknownObjectError):
        own_graph.server.admin.rename("act_1001", "Me")


async def test_things_of_a_disabled_account_can_be_read_and_not_changed(own_graph: Graph) -> None:
    body: dict[str, Any] = {"account_id": "act_1001", "status": 2, "reason": 1}
    assert await post(own_graph, "account-status", body) == 200
    account = await own_graph.get("act_1001", fields="account_status,disable_reason")
    assert (account["account_status"], account["disable_reason"]) == (2, 1)
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    status, answer = await own_graph.call(ad, "POST", status="PAUSED")
    assert (status, answer["error"]["code"]) == (403, 200)
    assert await rows(own_graph)
    assert await post(own_graph, "account-status", {"account_id": "act_77", "status": 2}) == 422


async def test_somebody_else_switches_an_ad(own_graph: Graph) -> None:
    ad = (await own_graph.get("act_1001/ads"))["data"][0]["id"]
    assert await post(own_graph, "status", {"object_id": ad, "status": "PAUSED"}) == 200
    assert (await own_graph.get(ad, fields="effective_status"))["effective_status"] == "PAUSED"


async def test_an_answer_can_be_held_back(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.DELAY, path="me", delay_s=30))
    waiting = asyncio.create_task(own_graph.get("me"))
    await own_graph.get("me/adaccounts")
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
