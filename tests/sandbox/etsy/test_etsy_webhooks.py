"""What the stand-in of Etsy tells by itself: signed messages of orders, and how badly they may travel."""

import asyncio
import hmac
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.etsy.webhooks.signing import new_secret
from sandbox.server import serve
from tests.sandbox.etsy.etsy_client import EtsyClient

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Endpoint:
    """Keeps what comes; `statuses` are its next answers, then 200."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[str]:
        return [msgspec.json.decode(body)["event_type"] for _, body in self.got]


@pytest_asyncio.fixture
async def endpoint(etsy: EtsyClient) -> AsyncIterator[Endpoint]:
    found = Endpoint()
    async with serve(Starlette(routes=[Route("/hook", found.take, methods=["POST"])])) as url:
        found.url = f"{url}/hook"
        portal = {"endpoint": found.url, "secrets": [SECRET], "prefix": "v1,", "mode": "NORMAL", "pauses_s": [0, 0]}
        await etsy.control("POST", "webhooks", portal | {"events": ["order.paid", "order.canceled", "order.shipped"]})
        etsy.server.sandbox.book.webhooks.sent.clear()
        yield found
        etsy.server.sandbox.book.webhooks.endpoint = None
        await etsy.server.sandbox.courier.settle()


def is_signed(headers: dict[str, str], body: bytes, secret: str, prefix: str = "v1,") -> bool:
    """As the receiving side checks it, in its own code."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    expected = prefix + b64encode(hmac.new(key, content, sha256).digest()).decode()
    return expected in headers["webhook-signature"].split(" ")


async def sold(etsy: EtsyClient, **sale: Any) -> int:
    made = await etsy.control("POST", "sell", {"shop": "DE", "lines": [{"price": "10.00"}]} | sale)
    return int(made["receipt_id"])


async def settled(etsy: EtsyClient) -> list[dict[str, Any]]:
    return list((await etsy.control("GET", "webhooks"))["sent"])


async def test_each_step_of_an_order_is_told_in_a_flat_body(etsy: EtsyClient, endpoint: Endpoint) -> None:
    await etsy.control(
        "POST", "webhooks", {"events": ["order.paid", "order.canceled", "order.shipped", "order.delivered"]}
    )
    receipt_id = await sold(etsy, is_paid=False)
    assert await settled(etsy) == []
    order = {"shop": "DE", "receipt_id": receipt_id}
    await etsy.control("POST", "receipts/pay", order)
    tracking = {"tracking_code": "1", "carrier_name": "dhl"}
    await etsy.call("POST", f"/shops/{{shop}}/receipts/{receipt_id}/tracking", tracking)
    await settled(etsy)
    await etsy.control("POST", "receipts/deliver", order)
    await etsy.control("POST", "receipts/cancel", order)
    await settled(etsy)
    assert endpoint.events[:2] == ["order.paid", "order.shipped"]
    assert sorted(endpoint.events[2:]) == ["order.canceled", "order.delivered"]
    headers, body = endpoint.got[0]
    shop_id = etsy.shop().shop_id
    assert msgspec.json.decode(body) == {
        "event_type": "order.paid",
        "resource_url": f"https://openapi.etsy.com/v3/application/shops/{shop_id}/receipts/{receipt_id}",
        "shop_id": shop_id,
    }
    assert headers["content-type"] == "application/json"
    assert is_signed(headers, body, SECRET)
    assert abs(int(headers["webhook-timestamp"]) - etsy.server.sandbox.now_s) < 60


async def test_every_secret_signs_and_a_prefix_may_be_missing(etsy: EtsyClient, endpoint: Endpoint) -> None:
    await etsy.control("POST", "webhooks", {"prefix": ""})
    secrets = (await etsy.control("POST", "webhooks/rotate"))["secrets"]
    assert (len(secrets), secrets[1]) == (2, SECRET)
    await sold(etsy)
    await settled(etsy)
    [(headers, body)] = endpoint.got
    assert all(is_signed(headers, body, secret, "") for secret in secrets)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert not is_signed(headers, body, new_secret(), "")


async def test_a_message_is_tried_again_under_its_id(etsy: EtsyClient, endpoint: Endpoint) -> None:
    endpoint.statuses = [500, 429]
    await sold(etsy)
    assert (await settled(etsy))[-1]["statuses"] == [500, 429, 200]
    assert len({headers["webhook-id"] for headers, _ in endpoint.got}) == 1
    endpoint.statuses = [500, 500, 500, 500]
    await sold(etsy)
    assert (await settled(etsy))[-1]["statuses"] == [500, 500, 500]


async def test_the_id_of_the_shop_may_be_a_text(etsy: EtsyClient, endpoint: Endpoint) -> None:
    await etsy.control("POST", "webhooks", {"shop_id_is_text": True})
    await sold(etsy)
    await settled(etsy)
    await etsy.control("POST", "webhooks", {"shop_id_is_text": False})
    assert msgspec.json.decode(endpoint.got[0][1])["shop_id"] == str(etsy.shop().shop_id)


async def test_what_nobody_asked_for_is_not_sent(etsy: EtsyClient, endpoint: Endpoint) -> None:
    receipt_id = await sold(etsy)
    await etsy.control("POST", "receipts/deliver", {"shop": "DE", "receipt_id": receipt_id})
    await settled(etsy)
    assert endpoint.events == ["order.paid"]


@pytest.mark.parametrize(
    ("mode", "times", "good"),
    [("NORMAL", 1, True), ("DUPLICATE", 3, True), ("LOST", 0, True), ("FORGED", 1, False), ("CHANGED", 1, False)],
)
async def test_messages_travel_badly_on_purpose(
    etsy: EtsyClient, endpoint: Endpoint, mode: str, times: int, *, good: bool
) -> None:
    message = {"event": "order.paid", "shop": "DE", "receipt_id": 5, "mode": mode}
    sent = (await etsy.control("POST", "webhooks/send", message))["sent"]
    assert (len(endpoint.got), len(sent)) == (times, times)
    assert all(is_signed(headers, body, SECRET) is good for headers, body in endpoint.got)
    assert len({headers["webhook-id"] for headers, _ in endpoint.got}) == min(times, 1)


@pytest.mark.parametrize(("mode", "shift_s"), [("STALE", -3600), ("EARLY", 3600)])
async def test_messages_may_be_of_another_time(etsy: EtsyClient, endpoint: Endpoint, mode: str, shift_s: int) -> None:
    await etsy.control("POST", "webhooks", {"mode": mode})
    await sold(etsy)
    await settled(etsy)
    [(headers, body)] = endpoint.got
    assert is_signed(headers, body, SECRET)
    assert abs(int(headers["webhook-timestamp"]) - etsy.server.sandbox.now_s - shift_s) < 60


async def test_an_endpoint_that_is_gone_is_given_up(etsy: EtsyClient, endpoint: Endpoint) -> None:
    await etsy.control("POST", "webhooks", {"endpoint": "http://127.0.0.1:9/hook"})
    await asyncio.wait_for(sold(etsy), 10)
    assert (await settled(etsy))[-1]["statuses"] == [0, 0, 0]
    assert endpoint.got == []
