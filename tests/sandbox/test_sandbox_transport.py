"""Owns how answers travel: slowly, endlessly, too long, or not at all."""

import asyncio
import json
import time

import aiohttp
import pytest

from sandbox.meta.trouble.faults import FaultKind, FaultRule
from tests.sandbox.graph_client import ADMIN_TOKEN, Graph

LOST = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)


@pytest.mark.parametrize(("kind", "status"), [(FaultKind.RESET, 0), (FaultKind.ANSWER_LOST, 200)])
async def test_a_connection_can_break(own_graph: Graph, kind: FaultKind, status: int) -> None:
    # aiohttp asks once more by itself when a GET loses its connection.
    own_graph.server.admin.add_fault(FaultRule(kind, path="act_1001", times=2))
    with pytest.raises(LOST):
        await own_graph.get("act_1001")
    await own_graph.get("act_1001")
    assert [(call.status, call.fault) for call in own_graph.server.admin.log()] == [
        (status, kind.value),
        (status, kind.value),
        (200, None),
    ]


async def test_a_lost_connection_is_a_reset(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.RESET))
    host, port = own_graph.server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_body_can_come_slowly_and_whole(own_graph: Graph) -> None:
    whole = await own_graph.get("act_1001/ads", limit="100")
    own_graph.server.admin.add_fault(FaultRule(FaultKind.SLOW_BODY, delay_s=0.2))
    started = time.monotonic()
    assert await own_graph.get("act_1001/ads", limit="100") == whole
    assert time.monotonic() - started >= 0.2


async def test_a_body_can_drip_without_end(own_graph: Graph) -> None:
    own_graph.server.admin.add_fault(FaultRule(FaultKind.DRIP, delay_s=0.001))
    url = f"{own_graph.server.url}/me"
    async with own_graph.session.get(url, params=own_graph.auth()) as answer:
        assert answer.status == 200
        assert not (await answer.content.readexactly(100)).strip()
    await own_graph.get("me")


async def test_a_page_can_be_too_long_to_hold(own_graph: Graph) -> None:
    whole = await own_graph.get("act_1001/ads")
    own_graph.server.admin.add_fault(FaultRule(FaultKind.HUGE_PAGE, size_mb=3))
    async with own_graph.session.get(f"{own_graph.server.url}/act_1001/ads", params=own_graph.auth()) as answer:
        body = await answer.read()
    assert len(body) == 3_000_000
    assert json.loads(body)["data"] == whole["data"]


async def test_every_answer_can_be_held_back(own_graph: Graph) -> None:
    url = f"{own_graph.server.url}/_sandbox/latency"
    headers = {"X-Sandbox-Token": ADMIN_TOKEN}
    async with own_graph.session.post(url, json={"seconds": 0.05}, headers=headers) as answer:
        assert answer.status == 200
    started = time.monotonic()
    await own_graph.get("me")
    assert time.monotonic() - started >= 0.05
    own_graph.server.admin.reset()
    assert own_graph.server.admin.sandbox.latency_s == 0
