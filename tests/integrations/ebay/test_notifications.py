"""Notifications: the challenge, the signature over the raw body, keys that are forged, and the setting up."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.ebay.notifications.messages import (
    NotificationKeys,
    UntrustedNotification,
    challenge_response,
    notification_in,
    public_key_of,
)
from integrations.ebay.notifications.setup import (
    NoticeAddress,
    destination_id,
    send_test,
    set_alert_email,
    subscribe,
    topic_schema,
)
from integrations.errors import InvalidResponse, ObjectMissing, Unavailable
from integrations.selling.refusals import RefusedFields
from sandbox.ebay.faults import EbayFaultKind
from sandbox.ebay.notifications.keys import made_key, signature_header
from sandbox.ebay.notifications.records import NoticeKey
from sandbox.server import serve
from tests.integrations.ebay.conftest import EbayWorld

BODY = b'{"metadata": {"topic": "T"}, "notification": {"notificationId": "n1"}}'
TOKEN = "t" * 40
DELETION = "MARKETPLACE_ACCOUNT_DELETION"


def keys_of(ebay: EbayWorld) -> NotificationKeys:
    return ebay.marketplace.notification_keys


def a_key(ebay: EbayWorld) -> NoticeKey:
    key = made_key()
    ebay.server.sandbox.book.notices.keys.append(key)
    return key


def test_the_challenge_is_hashed_with_the_registered_address_byte_for_byte() -> None:
    """A hash over the address of the request is wrong behind a proxy."""
    endpoint = "https://ads.example/webhooks/ebay"
    expected = sha256(f"code{TOKEN}{endpoint}".encode()).hexdigest()
    assert challenge_response("code", verification_token=TOKEN, endpoint=endpoint) == expected
    assert challenge_response("code", verification_token=TOKEN, endpoint=f"{endpoint}/") != expected


async def test_the_raw_body_is_what_is_signed(ebay: EbayWorld) -> None:
    """A body that was read and written again is another one."""
    keys, header = keys_of(ebay), signature_header(BODY, a_key(ebay))
    await keys.verify(header, BODY)
    with pytest.raises(UntrustedNotification):
        await keys.verify(header, json.dumps(json.loads(BODY), separators=(",", ":")).encode())


async def test_keys_rotate_and_each_is_asked_for_once_an_hour(ebay: EbayWorld) -> None:
    keys = keys_of(ebay)
    for key in (a_key(ebay), a_key(ebay), a_key(ebay)):
        for _ in range(3):
            await keys.verify(signature_header(BODY, key), BODY)
    assert ebay.calls().count("notification.get_public_key") == 3
    ebay.now[0] += timedelta(minutes=61)
    await keys.verify(signature_header(BODY, key), BODY)
    assert ebay.calls().count("notification.get_public_key") == 4


async def test_forged_ids_are_asked_for_once_a_minute(ebay: EbayWorld) -> None:
    keys, known = keys_of(ebay), a_key(ebay)
    await keys.verify(signature_header(BODY, known), BODY)
    for _ in range(20):
        with pytest.raises(UntrustedNotification):
            await keys.verify(signature_header(BODY, made_key()), BODY)
    await keys.verify(signature_header(BODY, known), BODY)
    assert ebay.calls().count("notification.get_public_key") == 2
    ebay.now[0] += timedelta(seconds=61)
    await keys.verify(signature_header(BODY, a_key(ebay)), BODY)


async def test_messages_by_a_new_key_wait_for_one_call(ebay: EbayWorld) -> None:
    keys, header = keys_of(ebay), signature_header(BODY, a_key(ebay))
    await asyncio.gather(*(keys.verify(header, BODY) for _ in range(8)))
    assert ebay.calls().count("notification.get_public_key") == 1


async def test_messages_by_a_forged_key_are_all_refused_after_one_call(ebay: EbayWorld) -> None:
    keys, header = keys_of(ebay), signature_header(BODY, made_key())
    found = await asyncio.gather(*(keys.verify(header, BODY) for _ in range(8)), return_exceptions=True)
    assert {type(each) for each in found} == {UntrustedNotification}
    assert ebay.calls().count("notification.get_public_key") == 1


async def test_a_forger_with_the_id_of_a_true_key_is_refused(ebay: EbayWorld) -> None:
    header = signature_header(BODY, made_key(), kid=a_key(ebay).kid)
    with pytest.raises(UntrustedNotification):
        await keys_of(ebay).verify(header, BODY)


async def test_a_key_that_cannot_be_fetched_is_no_forgery(ebay: EbayWorld) -> None:
    """eBay sends the message again, which is refused only if it is not eBay's."""
    keys, header = keys_of(ebay), signature_header(BODY, a_key(ebay))
    ebay.spoil("notification.get_public_key", EbayFaultKind.RESET, times=None)
    with pytest.raises(Unavailable):
        await keys.verify(header, BODY)
    ebay.server.sandbox.faults.clear()
    ebay.now[0] += timedelta(seconds=61)
    await keys.verify(header, BODY)


def header_of(**more: object) -> str:
    said = {"alg": "ecdsa", "kid": "k", "signature": "c2ln", "digest": "SHA1", **more}
    return b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "no base64!",
        b64encode(b"[]").decode(),
        b64encode(b"{").decode(),
        "A" * 5000,
        header_of(alg="rsa"),
        header_of(alg="none"),
        header_of(digest="MD5"),
        header_of(digest=7),
        header_of(kid="../../identity"),
        header_of(kid="k?x=1"),
        header_of(kid=""),
        header_of(kid="k" * 101),
        header_of(kid=None),
        header_of(signature="!"),
        header_of(signature=["x"]),
    ],
)
async def test_odd_headers_are_refused_without_a_call(ebay: EbayWorld, header: str) -> None:
    with pytest.raises(UntrustedNotification):
        await keys_of(ebay).verify(header, BODY)
    assert ebay.calls() == []


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(InvalidResponse):
        public_key_of(text)


def test_a_key_on_one_line_and_one_on_many_are_the_same() -> None:
    one_line = made_key().shown_key
    assert "\n" not in one_line
    many = one_line.replace("KEY-----", "KEY-----\n", 1)
    assert public_key_of(one_line).public_numbers() == public_key_of(many).public_numbers()


@pytest.mark.parametrize(
    ("data", "user_id", "username", "order_id"),
    [
        ({"userId": "u", "username": "n", "eiasToken": "e"}, "u", "n", None),
        ({"user": {"userId": "u"}, "order": {"orderId": "12-1"}}, "u", None, "12-1"),
        ({"itemMarkedShipped": {"publicUserId": "u", "username": "n"}}, "u", "n", None),
        ({}, None, None, None),
        ([], None, None, None),
        ({"userId": {"userId": 7}}, "7", None, None),
    ],
)
def test_whom_a_message_is_about(data: object, user_id: str | None, username: str | None, order_id: str | None) -> None:
    notification = {"notificationId": "n", "publishDate": "2026-11-01T00:00:00.000Z", "data": data}
    found = notification_in(json.dumps({"metadata": {"topic": "T"}, "notification": notification}).encode())
    assert (found.user_id, found.username, found.order_id) == (user_id, username, order_id)
    assert (found.notification_id, found.topic) == ("n", "T")
    assert found.published_at is not None


@given(st.binary() | st.recursive(st.none() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(json.dumps))
def test_no_body_breaks_the_reading(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode()
    with pytest.raises(InvalidResponse):
        notification_in(raw)


@asynccontextmanager
async def an_endpoint(received: list[tuple[str, bytes]]) -> AsyncIterator[str]:
    """Answers challenges, and keeps what it is sent."""
    address = [""]

    async def challenged(request: Request) -> Response:
        code = request.query_params["challenge_code"]
        said = challenge_response(code, verification_token=TOKEN, endpoint=address[0])
        return JSONResponse({"challengeResponse": said})

    async def told(request: Request) -> Response:
        received.append((request.headers["x-ebay-signature"], await request.body()))
        return Response(status_code=204)

    app = Starlette(routes=[Route("/hook", challenged), Route("/hook", told, methods=["POST"])])
    async with serve(app) as url:
        address[0] = f"{url}/hook"
        yield address[0]


@pytest.mark.parametrize("cut", [None, "notification.create_destination", "notification.create_subscription"])
async def test_setting_up_twice_or_after_a_lost_answer_sets_up_once(ebay: EbayWorld, cut: str | None) -> None:
    rest, received, book = (
        await ebay.marketplace.app_rest(),
        list[tuple[str, bytes]](),
        ebay.server.sandbox.book.notices,
    )
    if cut is not None:
        ebay.spoil(cut, EbayFaultKind.ANSWER_LOST)
    async with an_endpoint(received) as endpoint:
        for _ in range(2):
            await set_alert_email(rest, "ops@ads.example")
            destination = await destination_id(rest, NoticeAddress("adgraph", endpoint, TOKEN))
            version, scope = await topic_schema(rest, DELETION)
            subscription = await subscribe(rest, DELETION, destination=destination, version=version)
        assert (version, scope) == ("1.0", "APPLICATION")
        assert (list(book.destinations), list(book.subscriptions)) == ([destination], [subscription])
        await send_test(rest, subscription)
        await ebay.server.sandbox.courier.settle()
    ((header, body),) = received
    await keys_of(ebay).verify(header, body)
    assert notification_in(body).topic == DELETION


async def test_an_address_that_does_not_answer_the_challenge_is_refused(ebay: EbayWorld) -> None:
    rest = await ebay.marketplace.app_rest()
    async with an_endpoint([]) as endpoint:
        with pytest.raises(RefusedFields):
            await destination_id(rest, NoticeAddress("adgraph", endpoint, "u" * 40))
    with pytest.raises(ObjectMissing):
        await topic_schema(rest, "NOTHING")


def test_the_header_is_base64_of_json() -> None:
    said = json.loads(b64decode(header_of()))
    assert said["digest"] == "SHA1"
