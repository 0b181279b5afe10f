"""Notifications: the challenge, subscriptions by topic and token, keys that rotate, and messages gone wrong."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ebay.notifications.records import NoticeBook
from tests.doors.serving import serving
from tests.sandbox.ebay.ebay_client import EbayClient, Got
from tests.sandbox.ebay.signers import app_token

ROOT = "/commerce/notification/v1"
TOKEN = "a-verification-token_of-32-signs-or-more"
# One message, its signature and its key, as eBay's event-notification-nodejs-sdk publishes them for tests.
PUBLISHED_KEY = (
    "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf76ilExJ/upAa/vKI"
    "KheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==-----END PUBLIC KEY-----"
)
PUBLISHED_SIGNATURE = (
    "eyJhbGciOiJlY2RzYSIsImtpZCI6Ijk5MzYyNjFhLTdkN2ItNDYyMS1hMGYxLTk2Y2NiNDI4YWY0OSIsInNpZ25hdHVyZSI6Ik1FWUNJUUNmeGZJV3V4"
    "bVdjSUJRSjljNS9YN2lHREpxczJSQ0dzQkVhQWppbnlycmZBSWhBSVY2d0djVGlCdVY1S0pVaWYyaG9reXJMK1E5c3NIa2FkK214Mm5FRTI1dyIsImRp"
    "Z2VzdCI6IlNIQTEifQ=="
)
PUBLISHED_BODY = (
    b'{"metadata":{"topic":"MARKETPLACE_ACCOUNT_DELETION","schemaVersion":"1.0","deprecated":false},"notification":'
    b'{"notificationId":"49feeaeb-4982-42d9-a377-9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d",'
    b'"eventDate":"2021-03-19T20:43:59.462Z","publishDate":"2021-03-19T20:43:59.679Z","publishAttemptCount":1,'
    b'"data":{"username":"test_user","userId":"ma8vp1jySJC","eiasToken":'
    b'"nY+sHZ2PrBmdj6wVnY+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ=="}}}'
)


@dataclass
class Endpoint:
    """`fails` is how many messages it refuses before it takes one."""

    url: str = ""
    token: str = TOKEN
    fails: int = 0
    got: list[tuple[bytes, str]] = field(default_factory=list)

    async def challenge(self, request: Request) -> Response:
        said = f"{request.query_params['challenge_code']}{self.token}{self.url}"
        return JSONResponse({"challengeResponse": sha256(said.encode()).hexdigest()})

    async def take(self, request: Request) -> Response:
        self.got.append((await request.body(), request.headers["x-ebay-signature"]))
        self.fails -= 1
        return Response(status_code=500 if self.fails >= 0 else 204)


@pytest_asyncio.fixture
async def endpoint(ebay: EbayClient) -> AsyncIterator[Endpoint]:
    ebay.server.sandbox.book.notices = NoticeBook()
    ebay.server.sandbox.courier.pauses_s = (0.0, 0.0)
    made = Endpoint()
    routes = [Route("/n", made.challenge, methods=["GET"]), Route("/n", made.take, methods=["POST"])]
    async with serving(Starlette(routes=routes)) as (url, _):
        made.url = f"{url}/n"
        yield made
    await ebay.server.sandbox.courier.settle()


async def app(ebay: EbayClient, method: str, path: str, body: object = None) -> Got:
    bearer = ebay.tokens.get("app") or await app_token(ebay, "", "commerce.notification.subscription")
    ebay.tokens["app"] = bearer
    return await ebay.send(method, f"{ROOT}{path}", body, Authorization=f"Bearer {bearer}")


def target(url: str, **changes: object) -> dict[str, object]:
    config = {"endpoint": url, "verificationToken": TOKEN}
    return {"name": "here", "status": "ENABLED", "deliveryConfig": config} | changes


def wanted(topic: str, destination: str, **changes: object) -> dict[str, object]:
    payload = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}
    return {"topicId": topic, "status": "ENABLED", "payload": payload, "destinationId": destination} | changes


async def set_up(ebay: EbayClient, endpoint: Endpoint, *topics: str) -> list[str]:
    """Ids of subscriptions; topics of orders are those of the seller in Germany."""
    assert (await app(ebay, "PUT", "/config", {"alertEmail": "a@example.org"})).status == 204
    made = await app(ebay, "POST", "/destination", target(endpoint.url))
    assert made.status == 201, made
    destination = made.headers["Location"].rsplit("/", 1)[1]
    found = []
    for topic in topics:
        body = wanted(topic, destination)
        if topic in ("ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED"):
            got = await ebay.call("POST", f"{ROOT}/subscription", body)
        else:
            got = await app(ebay, "POST", "/subscription", body)
        assert got.status == 201, got
        found.append(got.headers["Location"].rsplit("/", 1)[1])
    return found


def fits(body: bytes, header: str, key: dict[str, str]) -> bool:
    said = msgspec.json.decode(b64decode(header))
    pem = key["key"].replace("KEY-----", "KEY-----\n", 1).replace("-----END", "\n-----END")
    public = load_pem_public_key(pem.encode())
    assert isinstance(public, EllipticCurvePublicKey)
    assert (said["alg"], said["digest"], key["digest"]) == ("ecdsa", "SHA1", "SHA1")
    try:
        public.verify(b64decode(said["signature"]), body, ECDSA(SHA1()))
    except InvalidSignature:
        return False
    return True


async def checked(ebay: EbayClient, body: bytes, header: str) -> bool | None:
    """Whether it is signed with the key that it names; None for a key that eBay does not know."""
    kid = msgspec.json.decode(b64decode(header))["kid"]
    key = await app(ebay, "GET", f"/public_key/{kid}")
    return fits(body, header, key.body) if key.status == 200 else None


def test_the_check_takes_what_ebay_published() -> None:
    key = {"key": PUBLISHED_KEY, "digest": "SHA1"}
    assert fits(PUBLISHED_BODY, PUBLISHED_SIGNATURE, key)
    assert not fits(PUBLISHED_BODY.replace(b'"deprecated":', b'"deprecated": '), PUBLISHED_SIGNATURE, key)


async def test_an_endpoint_answers_the_challenge_before_it_is_registered(ebay: EbayClient, endpoint: Endpoint) -> None:
    endpoint.token = "another-token-of-thirty-two-signs-or-more"
    assert (await app(ebay, "POST", "/destination", target(endpoint.url))).error_ids == [195020]
    assert (await app(ebay, "POST", "/destination", target(f"{endpoint.url}othing"))).error_ids == [195020]
    endpoint.token = TOKEN
    wrong: list[tuple[dict[str, object], int]] = [
        (target("http://example.org/n"), 195017),
        (target("nonsense"), 195017),
        (target(endpoint.url, deliveryConfig={}), 195017),
        (target(endpoint.url, deliveryConfig={"endpoint": endpoint.url, "verificationToken": "short"}), 195019),
        (target(endpoint.url, status="MARKED_DOWN"), 195018),
        (target(endpoint.url, name="x" * 65), 195016),
    ]
    for body, error_id in wrong:
        assert (await app(ebay, "POST", "/destination", body)).error_ids == [error_id]
    made = await app(ebay, "POST", "/destination", target(endpoint.url))
    path = made.headers["Location"].removeprefix(f"{ebay.server.url}{ROOT}")
    assert (await app(ebay, "GET", path)).body["deliveryConfig"]["endpoint"] == endpoint.url
    assert (await app(ebay, "GET", "/destination")).body["total"] == 1
    assert (await app(ebay, "POST", "/destination", target(endpoint.url))).error_ids == [195021]
    assert (await app(ebay, "DELETE", path)).error_ids == [195024]
    assert (await app(ebay, "PUT", path, target(endpoint.url, status="DISABLED"))).status == 204
    assert (await app(ebay, "DELETE", path)).status == 204
    assert (await app(ebay, "GET", path)).error_ids == [195022]
    assert (await ebay.call("GET", f"{ROOT}/destination")).error_ids == [1100]


async def test_a_subscription_needs_what_comes_before_it_and_the_right_token(
    ebay: EbayClient, endpoint: Endpoint
) -> None:
    assert (await app(ebay, "GET", "/config")).error_ids == [195026]
    assert (await app(ebay, "PUT", "/config", {"alertEmail": "nobody"})).error_ids == [195025]
    made = await app(ebay, "POST", "/destination", target(endpoint.url))
    number = made.headers["Location"].rsplit("/", 1)[1]
    deletion = "MARKETPLACE_ACCOUNT_DELETION"
    assert (await app(ebay, "POST", "/subscription", wanted(deletion, number))).error_ids == [195003]
    await app(ebay, "PUT", "/config", {"alertEmail": "a@example.org"})
    payload = {"format": "JSON", "schemaVersion": "1.0", "deliveryProtocol": "HTTPS"}
    wrong: list[tuple[dict[str, object], int]] = [
        (wanted("ORDER_REGRET", number), 195027),
        (wanted(deletion, number, status="ON"), 195006),
        (wanted(deletion, "0"), 195007),
        (wanted(deletion, number, payload=payload | {"schemaVersion": "9"}), 195008),
        (wanted(deletion, number, payload=payload | {"format": "XML"}), 195009),
        (wanted(deletion, number, payload=payload | {"deliveryProtocol": "FTP"}), 195010),
        (wanted("ORDER_CONFIRMATION", number), 195011),
    ]
    for body, error_id in wrong:
        assert (await app(ebay, "POST", "/subscription", body)).error_ids == [error_id]
    assert (await ebay.call("POST", f"{ROOT}/subscription", wanted(deletion, number))).error_ids == [195011]
    limited = EbayClient(ebay.server, ebay.http)
    limited.tokens["EBAY_DE"] = await ebay.token("EBAY_DE", ["commerce.notification.subscription"])
    order = wanted("ORDER_CONFIRMATION", number)
    assert (await limited.call("POST", f"{ROOT}/subscription", order)).error_ids == [195011]
    assert (await app(ebay, "POST", "/subscription", wanted(deletion, number))).status == 201
    assert (await app(ebay, "POST", "/subscription", wanted(deletion, number))).error_ids == [195012]


async def test_a_subscription_is_read_paused_and_ended(ebay: EbayClient, endpoint: Endpoint) -> None:
    (number,) = await set_up(ebay, endpoint, "AUTHORIZATION_REVOCATION")
    path = f"/subscription/{number}"
    assert (await app(ebay, "GET", path)).body["topicId"] == "AUTHORIZATION_REVOCATION"
    assert (await app(ebay, "POST", f"{path}/disable")).status == 204
    await ebay.control("POST", "revoke", {"seller": "EBAY_GB"})
    assert (await app(ebay, "POST", f"{path}/test")).status == 202
    await ebay.server.sandbox.courier.settle()
    assert [msgspec.json.decode(body)["notification"]["data"]["username"] for body, _ in endpoint.got] == ["test_user"]
    assert (await app(ebay, "POST", f"{path}/enable")).status == 204
    listed = await app(ebay, "GET", "/subscription?limit=10")
    assert [each["subscriptionId"] for each in listed.body["subscriptions"]] == [number]
    assert (await ebay.call("GET", f"{ROOT}{path}")).error_ids == [195013]
    for query, error_id in (("limit=9", 195004), ("limit=x", 195004), ("continuation_token=x", 195005)):
        assert (await app(ebay, "GET", f"/subscription?{query}")).error_ids == [error_id]
    assert (await app(ebay, "DELETE", path)).status == 204
    assert (await app(ebay, "GET", path)).error_ids == [195013]


async def test_topics_say_which_scopes_they_need(ebay: EbayClient) -> None:
    topics = {each["topicId"]: each for each in (await app(ebay, "GET", "/topic")).body["topics"]}
    assert topics["ORDER_CONFIRMATION"]["context"] == "USER"
    assert topics["MARKETPLACE_ACCOUNT_DELETION"]["authorizationScopes"] == ["https://api.ebay.com/oauth/api_scope"]
    assert (await app(ebay, "GET", "/topic/ITEM_AVAILABILITY")).body == topics["ITEM_AVAILABILITY"]
    assert (await app(ebay, "GET", "/topic/none")).error_ids == [195002]
    assert (await app(ebay, "GET", "/public_key/none")).error_ids == [195001]


async def test_what_happens_is_told_to_whom_it_concerns(ebay: EbayClient, endpoint: Endpoint) -> None:
    await set_up(ebay, endpoint, "ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED", "AUTHORIZATION_REVOCATION")
    made = await ebay.control("POST", "orders", {"seller": "EBAY_DE", "lines": [{}, {"quantity": 2}]})
    await ebay.control("POST", "orders", {"seller": "EBAY_US", "lines": [{}]})
    unpaid = await ebay.control("POST", "orders", {"seller": "EBAY_DE", "lines": [{}], "paid": False})
    await ebay.control("POST", "orders/pay", {"seller": "EBAY_DE", "order_id": unpaid["orderId"]})
    first = made["lineItemIds"][0]
    parcel = {"lineItems": [{"lineItemId": first}]}
    await ebay.call("POST", f"/sell/fulfillment/v1/order/{made['orderId']}/shipping_fulfillment", parcel)
    await ebay.control("POST", "revoke", {"seller": "EBAY_US"})
    await ebay.control("GET", "notifications")
    found: dict[str, list[Any]] = {}
    for body, header in endpoint.got:
        assert await checked(ebay, body, header) is True
        message = msgspec.json.decode(body)
        found.setdefault(message["metadata"]["topic"], []).append(message["notification"]["data"])
    confirmed = [(each["order"]["orderId"], each["order"]["orderLineItems"]) for each in found["ORDER_CONFIRMATION"]]
    assert sorted(order for order, _ in confirmed) == sorted([made["orderId"]] * 2 + [unpaid["orderId"]])
    assert [len(lines) for _, lines in confirmed] == [1, 1, 1]
    assert [set(each["itemMarkedShipped"]) for each in found["ITEM_MARKED_SHIPPED"]] == [
        {"itemId", "publicUserId", "username"}
    ]
    assert [set(each) for each in found["AUTHORIZATION_REVOCATION"]] == [{"username", "userId", "eiasToken"}]


@pytest.mark.parametrize(
    ("mode", "verdicts"),
    [
        ("NORMAL", [True]),
        ("DUPLICATE", [True, True, True]),
        ("LOST", []),
        ("FORGED", [False]),
        ("UNKNOWN_KID", [None]),
        ("CHANGED", [False]),
    ],
)
async def test_a_message_goes_wrong_on_purpose(
    ebay: EbayClient, endpoint: Endpoint, mode: str, verdicts: list[bool | None]
) -> None:
    await set_up(ebay, endpoint, "MARKETPLACE_ACCOUNT_DELETION")
    body = {"topic": "MARKETPLACE_ACCOUNT_DELETION", "seller": "EBAY_DE", "mode": mode}
    sent = (await ebay.control("POST", "notifications", body))["sent"]
    assert [each["statuses"] for each in sent] == [[204]] * len(verdicts)
    assert [await checked(ebay, *each) for each in endpoint.got] == verdicts
    assert len({msgspec.json.decode(raw)["notification"]["notificationId"] for raw, _ in endpoint.got}) <= 1


async def test_a_message_that_is_not_taken_comes_again_and_says_so(ebay: EbayClient, endpoint: Endpoint) -> None:
    await set_up(ebay, endpoint, "MARKETPLACE_ACCOUNT_DELETION")
    body = {"topic": "MARKETPLACE_ACCOUNT_DELETION", "seller": "EBAY_DE"}
    for fails, statuses in ((1, [500, 204]), (5, [500, 500, 500])):
        endpoint.fails, endpoint.got = fails, []
        (sent,) = (await ebay.control("POST", "notifications", body))["sent"]
        assert sent["statuses"] == statuses
        messages = [msgspec.json.decode(raw)["notification"] for raw, _ in endpoint.got]
        assert [each["publishAttemptCount"] for each in messages] == list(range(1, len(statuses) + 1))
        assert len({each["notificationId"] for each in messages}) == 1
        assert [await checked(ebay, *each) for each in endpoint.got] == [True] * len(statuses)


async def test_keys_change_and_the_old_ones_stay_readable(ebay: EbayClient, endpoint: Endpoint) -> None:
    await set_up(ebay, endpoint, "MARKETPLACE_ACCOUNT_DELETION")
    body = {"topic": "MARKETPLACE_ACCOUNT_DELETION", "seller": "EBAY_DE"}
    await ebay.control("POST", "notifications/rules", {"rotates_every": 2})
    for _ in range(4):
        await ebay.control("POST", "notifications", body)
    await ebay.control("POST", "notifications/rotate")
    await ebay.control("POST", "notifications", body)
    kids = [msgspec.json.decode(b64decode(header))["kid"] for _, header in endpoint.got]
    assert len(set(kids)) == 3
    assert [await checked(ebay, *each) for each in endpoint.got] == [True] * 5


async def test_nobody_is_told_without_a_subscription_and_a_dead_endpoint_is_no_error(
    ebay: EbayClient, endpoint: Endpoint
) -> None:
    body = {"topic": "MARKETPLACE_ACCOUNT_DELETION", "seller": "EBAY_DE"}
    assert await ebay.control("POST", "notifications", body) == {"sent": []}
    await set_up(ebay, endpoint, "MARKETPLACE_ACCOUNT_DELETION")
    (destination,) = ebay.server.sandbox.book.notices.destinations.values()
    destination.endpoint = "http://127.0.0.1:9/n"
    (sent,) = (await ebay.control("POST", "notifications", body))["sent"]
    assert sent["statuses"] == [0, 0, 0]
    unknown = await ebay.send("POST", "/_sandbox/notifications", body | {"topic": "X"}, **{"X-Sandbox-Token": "admin"})
    assert unknown.status == 422
