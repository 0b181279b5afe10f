"""Owns several calls in one request: their replies, their limits, and calls that are left out."""

import json
from typing import Any
from urllib.parse import urlencode

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import SYSTEM_USER, Graph, Row, proof

Reply = dict[str, Any]


async def batch(graph: Graph, items: list[Row], **params: str) -> Any:
    form = {"batch": json.dumps(items)} | params
    async with graph.session.post(f"{graph.server.url}/v26.0/", params=graph.auth(), data=form) as answer:
        return await answer.json()


def get(relative_url: str) -> Row:
    return {"method": "GET", "relative_url": relative_url}


def body(reply: Reply) -> Any:
    return json.loads(reply["body"])


async def test_replies_come_in_order_each_with_its_own_code(graph: Graph) -> None:
    replies = await batch(
        graph,
        [
            get("act_1001/campaigns?fields=name&limit=2"),
            get("v26.0/act_1002?fields=currency"),
            get("act_77"),
            {"method": "POST", "relative_url": "v26.0/act_1001/insights", "body": urlencode({"level": "ad"})},
        ],
    )
    assert [reply["code"] for reply in replies] == [200, 200, 400, 200]
    assert body(replies[0])["data"] == (await graph.get("act_1001/campaigns", fields="name", limit="2"))["data"]
    assert body(replies[1]) == {"currency": "USD", "id": "act_1002"}
    assert body(replies[2])["error"]["error_subcode"] == 33
    assert body(replies[3])["report_run_id"]
    names = {header["name"].lower() for header in replies[0]["headers"]}
    assert {"x-app-usage", "x-business-use-case-usage", "content-type"} <= names


async def test_the_next_page_of_a_reply_can_be_followed(graph: Graph) -> None:
    [reply] = await batch(graph, [get("act_1001/ads?limit=20")], include_headers="false")
    assert "headers" not in reply
    async with graph.session.get(body(reply)["paging"]["next"]) as answer:
        following = (await answer.json())["data"]
    whole = await graph.all_rows("act_1001/ads")
    assert body(reply)["data"] + following == whole[: 20 + len(following)]


async def test_more_than_fifty_calls_are_refused(graph: Graph) -> None:
    assert len(await batch(graph, [get("me")] * 50)) == 50
    refused = await batch(graph, [get("me")] * 51)
    assert refused["error"]["type"] == "GraphBatchException"
    assert (await batch(graph, []))["error"]["code"] == 100
    assert (await batch(graph, [{"url": "me"}]))["error"]["code"] == 100


async def test_a_batch_needs_a_token(graph: Graph) -> None:
    async with graph.session.post(f"{graph.server.url}/", data={"batch": json.dumps([get("me")])}) as answer:
        assert (await answer.json())["error"]["code"] == 2500


async def test_calls_can_be_left_out(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.BATCH_NULL, path="act_1001/*"))
    await own_graph.get("act_1001/ads")
    replies = await batch(own_graph, [get("me"), get("act_1001/ads"), get("act_1001/ads")])
    assert [reply and reply["code"] for reply in replies] == [200, None, 200]


async def test_a_call_in_a_batch_has_no_connection_to_lose(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RESET, path="me"))
    own_graph.server.admin.add_fault(FaultRule(FaultKind.ANSWER_LOST, path="act_1001"))
    assert await batch(own_graph, [get("me"), get("act_1001")]) == [None, None]


async def test_each_call_is_logged_and_faults_befall_it(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.ERROR, code=960, path="", status=500))
    assert (await batch(own_graph, [get("me")]))["error"]["code"] == 960
    own_graph.server.admin.add_fault(FaultRule(FaultKind.TOKEN_EXPIRED, path="act_1001"))
    replies = await batch(own_graph, [get("act_1001"), get("me?access_token=wrong")])
    assert [body(reply)["error"]["code"] for reply in replies] == [190, 190]
    log = own_graph.server.admin.log()
    assert [(call.path, call.is_batched, call.cost) for call in log] == [
        ("", False, 0),
        ("act_1001", True, 0),
        ("me", True, 1),
        ("", False, 0),
    ]
    assert not any(secret in str(log) for secret in (SYSTEM_USER, proof(SYSTEM_USER), "wrong"))
