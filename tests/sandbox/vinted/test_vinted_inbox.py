"""The inbox: what buyers write, and replies that nothing keeps from being sent twice."""

from typing import Any

import pytest

from tests.sandbox.vinted.shelf import put_up
from tests.sandbox.vinted.site_browser import SiteBrowser


async def orders(site: SiteBrowser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await site.call("GET", "/my_orders?per_page=96")).body["my_orders"]
    return found


async def conversation(site: SiteBrowser, number: int) -> dict[str, Any]:
    got = await site.call("GET", f"/conversations/{number}")
    assert got.status == 200, got
    found: dict[str, Any] = got.body["conversation"]
    return found


async def test_a_buyer_writes_and_is_answered(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    written = await site.control("POST", "messages/write", {"text": "Still there?", "buyer": "eva", "item_id": item_id})
    number = written["conversation_id"]
    listed = (await site.call("GET", "/inbox")).body["conversations"][0]
    assert (listed["id"], listed["unread"], listed["description"]) == (number, True, "Still there?")
    assert "messages" not in listed
    sent = await site.call("POST", f"/conversations/{number}/replies", {"reply": {"body": "Yes!"}})
    assert sent.status == 200
    shown = await conversation(site, number)
    authors = [(each["entity"]["user_id"], each["entity"]["body"]) for each in shown["messages"]]
    assert authors == [(listed["opposite_user"]["id"], "Still there?"), (site.member.member_id, "Yes!")]
    assert (shown["transaction"]["item_id"], shown["messages"][0]["created_at_ts"][10]) == (item_id, "T")


async def test_reading_leaves_it_unread(site: SiteBrowser) -> None:
    number = (await site.control("POST", "messages/write", {"text": "Hello", "buyer": "ida"}))["conversation_id"]
    assert [(await conversation(site, number))["unread"] for _ in range(2)] == [True, True]
    assert (await site.call("PUT", f"/conversations/{number}/mark_as_read")).status == 200
    assert (await conversation(site, number))["unread"] is False


async def test_the_same_reply_again_is_another_message(site: SiteBrowser) -> None:
    number = (await site.control("POST", "messages/write", {"text": "Hello", "buyer": "uwe"}))["conversation_id"]
    for _ in range(2):
        await site.call("POST", f"/conversations/{number}/replies", {"reply": {"body": "Yes"}})
    bodies = [each["entity"]["body"] for each in (await conversation(site, number))["messages"]]
    assert bodies == ["Hello", "Yes", "Yes"]


@pytest.mark.parametrize(
    "body",
    [{}, {"reply": None}, {"reply": "Yes"}, {"reply": {"body": " "}}, {"reply": {"body": 5}},
     {"reply": {"body": "x" * 10_001}}],
)  # fmt: skip
async def test_a_reply_needs_words(site: SiteBrowser, body: Any) -> None:
    number = next(iter(site.member.talks))
    before = len(site.member.talks[number].messages)
    assert (await site.call("POST", f"/conversations/{number}/replies", body)).fields == ["body"]
    assert len(site.member.talks[number].messages) == before


async def test_conversations_are_of_who_has_them(site: SiteBrowser, other: SiteBrowser) -> None:
    number = next(iter(site.member.talks))
    path = f"/conversations/{number}"
    for method, each in (("GET", path), ("POST", f"{path}/replies"), ("PUT", f"{path}/mark_as_read")):
        assert (await other.call(method, each, {"reply": {"body": "Hi"}})).refusal == (404, "not_found")
    assert (await other.visit(f"/inbox/{number}")).status == 404
    assert (await site.visit(f"/inbox/{number}")).status == 200


async def test_conversations_may_be_missing_and_odd(site: SiteBrowser) -> None:
    told = {"text": "Hello", "buyer": "ada", "kind": "offer_request_message"}
    number = (await site.control("POST", "messages/write", told))["conversation_id"]
    assert (await conversation(site, number))["messages"][0]["entity_type"] == "offer_request_message"
    await site.control("POST", "conversations/spoil", {"conversation_id": number, "fields": {"opposite_user": None}})
    assert (await conversation(site, number))["opposite_user"] is None
    whole = (await site.call("GET", "/inbox?per_page=96")).body
    await site.control("POST", "conversations/hole", {"conversation_id": number})
    got = (await site.call("GET", "/inbox?per_page=96")).body
    assert len(got["conversations"]) == len(whole["conversations"]) - 1
    assert got["pagination"] == whole["pagination"]


async def test_a_sale_goes_on_in_the_conversation_about_the_item(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    written = await site.control("POST", "messages/write", {"text": "I take it", "buyer": "kai", "item_id": item_id})
    asked = (await conversation(site, written["conversation_id"]))["transaction"]
    got = (await site.call("GET", f"/transactions/{asked['id']}")).body["transaction"]
    assert (asked["status"], got["status"], got["item_ids"]) == (1, 1, [item_id])
    assert asked["id"] not in [order["transaction_id"] for order in await orders(site)]
    made = await site.control("POST", "sell", {"item_ids": [item_id], "buyer": "kai"})
    assert made["id"] == asked["id"]
    assert [order["transaction_id"] for order in await orders(site)].count(made["id"]) == 1
    assert made["user_msg_thread_id"] == written["conversation_id"]
    shown = await conversation(site, written["conversation_id"])
    assert [each["entity_type"] for each in shown["messages"]] == ["message", "status_message"]
    assert shown["transaction"]["id"] == made["id"]
