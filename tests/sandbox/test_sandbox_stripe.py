"""The stand-in of Stripe: what it refuses, remembers and sends, seen by Stripe's own library and by plain HTTP."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.stripe import subscriptions
from sandbox.stripe.calls import create_checkout, create_customer
from sandbox.stripe.config import SandboxPrice, StripeConfig
from sandbox.stripe.couriers import Delivery
from sandbox.stripe.server import StripeServer, run_stripe
from tests.doors.serving import serving

KEY, SECRET, ADMIN = "sk_test_1", "whsec_1", {"X-Sandbox-Token": "admin"}
PRICE = SandboxPrice("price_1", "Plan", 2900, "month")


def config(**changes: Any) -> StripeConfig:
    given: dict[str, Any] = {"webhook_url": "http://127.0.0.1:9", "retry_pauses_s": ()}
    return StripeConfig(KEY, SECRET, admin_token="admin", prices=(PRICE,), **given | changes)


@pytest.fixture
async def server() -> AsyncIterator[StripeServer]:
    async with run_stripe(config()) as running:
        yield running


async def call(
    server: StripeServer, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, dict[str, Any]]:
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"} | headers
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{server.url}{path}", data=body or None, headers=sent) as answer,
    ):
        return answer.status, msgspec.json.decode(await answer.read())


async def test_a_call_that_stripe_would_refuse_is_refused(server: StripeServer) -> None:
    checkout = "mode=subscription&success_url=x&customer=cus_0"
    wrong = [
        ("POST", "/v1/customers", "nmae=Team", 400, "parameter_unknown"),
        ("POST", "/v1/checkout/sessions", f"{checkout}&line_items[0][quantity]=many", 400, "parameter_unknown"),
        ("POST", "/v1/checkout/sessions", f"{checkout}&line_items[0][price]=price_1", 400, "resource_missing"),
        ("GET", "/v1/customers/cus_0", "", 404, "resource_missing"),
        ("GET", "/v1/prices/price_0", "", 404, "resource_missing"),
        ("GET", "/v1/subscriptions/sub_0", "", 404, "resource_missing"),
        ("GET", "/v1/invoices", "", 404, None),
    ]
    for method, path, body, status, code in wrong:
        found = await call(server, method, path, body)
        assert (found[0], found[1]["error"].get("code")) == (status, code), path
    for credentials in ("Bearer sk_test_2", "Basic !", "Basic c2tfdGVzdF8yOg=="):
        assert (await call(server, "GET", "/v1/prices", Authorization=credentials))[0] == 401
    basic = await call(server, "GET", "/v1/prices", Authorization="Basic c2tfdGVzdF8xOg==")
    assert [price["id"] for price in basic[1]["data"]] == ["price_1"]


async def test_a_key_answers_the_same_once_and_another_request_not_at_all(server: StripeServer) -> None:
    asked = {"Idempotency-Key": "k"}
    first = await call(server, "POST", "/v1/customers", "name=Team", **asked)
    assert first == await call(server, "POST", "/v1/customers", "name=Team", **asked)
    status, refused = await call(server, "POST", "/v1/customers", "name=Other", **asked)
    assert (status, refused["error"]["type"]) == (400, "idempotency_error")
    assert len(server.ledger.book.customers) == 1


async def test_what_was_bought_is_there_after_a_restart(tmp_path: Path) -> None:
    kept = config(state_path=tmp_path / "stripe.json")
    async with run_stripe(kept) as server:
        customer = create_customer(server.ledger, "", {})
        subscriptions.subscribe(server.ledger, customer["id"], PRICE)
        page = create_checkout(
            server.ledger,
            "",
            {
                "mode": "subscription",
                "success_url": "x",
                "customer": customer["id"],
                "line_items": [{"price": "price_1"}],
            },
        )
        server.ledger.save()
    async with run_stripe(kept) as again:
        status, found = await call(again, "GET", f"/v1/subscriptions?customer={customer['id']}&status=active")
        assert (status, len(found["data"])) == (200, 1)
        shown = await call(again, "GET", f"/v1/checkout/sessions/{page['id']}")
        assert not [name for name in shown[1] if name.startswith("_")]


async def test_events_are_signed_as_stripe_signs_and_travel_as_told() -> None:
    came: list[tuple[bytes, str]] = []

    async def webhook(request: Request) -> Response:
        came.append((await request.body(), request.headers["stripe-signature"]))
        return Response(status_code=200)

    app = Starlette(routes=[Route("/", webhook, methods=["POST"])])
    async with serving(app) as (url, _), run_stripe(config(webhook_url=url)) as server:
        for mode, number in ((Delivery.NORMAL, 1), (Delivery.DUPLICATE, 3), (Delivery.DROPPED, 0)):
            before = len(came)
            server.set_delivery(mode)
            create_customer(server.ledger, "", {})
            await server.courier.settle()
            assert len(came) - before == number
        for body, signature in came:
            assert stripe.Webhook.construct_event(body, signature, SECRET).type == "customer.created"
        server.set_delivery(Delivery.REORDERED, delay_s=0.05)
        sent = [create_customer(server.ledger, "", {})["id"] for _ in range(3)]
        await server.courier.settle()
        assert [msgspec.json.decode(body)["data"]["object"]["id"] for body, _ in came[-3:]] == sent[::-1]
        server.set_delivery(Delivery.WRONG_SECRET)
        create_customer(server.ledger, "", {})
        await server.courier.settle()
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(came[-1][0].decode(), came[-1][1], SECRET)
        assert {mode_event["created"] - int(time.time()) <= 0 for mode_event in server.ledger.events} == {True}


async def test_it_is_controlled_over_http(server: StripeServer) -> None:
    customer = create_customer(server.ledger, "", {})
    bought = subscriptions.subscribe(server.ledger, customer["id"], PRICE)["id"]
    orders = [
        ("delivery", '{"mode": "DROPPED"}', 200),
        ("delivery", '{"mode": "BY_PIGEON"}', 422),
        ("renewal", f'{{"subscription": "{bought}", "paid": false}}', 200),
        ("renewal", '{"subscription": "sub_0"}', 422),
        ("faults", '{"call": "prices.list", "status": 503}', 200),
    ]
    for path, body, status in orders:
        assert (await call(server, "POST", f"/_sandbox/{path}", body, **ADMIN))[0] == status, path
    assert server.ledger.book.subscriptions[bought]["status"] == "past_due"
    change = f'{{"subscription": "{bought}", "fields": {{"status": "unpaid"}}}}'
    assert (await call(server, "POST", "/_sandbox/subscription", change, **ADMIN))[1]["status"] == "unpaid"
    assert (await call(server, "GET", "/v1/prices"))[0] == 503
    assert len((await call(server, "GET", "/_sandbox/events", **ADMIN))[1]["data"]) == len(server.ledger.events) > 0
    assert (await call(server, "POST", "/_sandbox/delivery", "{}"))[0] == 403
