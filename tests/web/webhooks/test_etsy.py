"""What Etsy tells us, over HTTP as Etsy does it: signatures, repeated and odd messages, several tenants."""

import hmac
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zlib import crc32

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel import select
from starlette.applications import Starlette

from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.etsy.notices import EtsyNotices
from integrations.http import HttpClient
from models.channel_jobs.job import ChannelJob
from models.channel_jobs.retry import ChannelRetry
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.channels.message import MessageSource, SellerMessage
from services.channels.messages import handle_message, webhook_path
from services.channels.notices import set_up_notices
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.connections import serving_on
from tests.worlds.products import refusal
from web.webhooks.marketplaces import MAX_BODY_BYTES, marketplace_webhook_routes

KEY, OLD_KEY = b"k" * 24, b"o" * 24
SHOP = "4711"
EVENTS = ("order.paid", "order.canceled", "order.shipped", "order.delivered")


@dataclass
class Etsy:
    """Somebody who knows the secret, beside our routes; the clock stands at noon."""

    tools: Toolbox
    http: aiohttp.ClientSession
    url: str

    async def tells(self, body: bytes, message_id: str, *, key: bytes = KEY, at: datetime = NOON, **odd: str) -> int:
        timestamp = str(int(at.timestamp()))
        digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, sha256).digest()
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{b64encode(digest).decode()}",
        }
        headers = {name: odd.get(name.replace("-", "_"), value) for name, value in signed.items()}
        async with self.http.post(self.url, data=body, headers={k: v for k, v in headers.items() if v}) as answer:
            return answer.status

    async def stored(self, message_id: str) -> SellerMessage | None:
        async with self.tools.db.read(None) as session:
            return await session.get(SellerMessage, (MessageSource.ETSY, message_id))

    async def asked_for(self, team: EntityWorld) -> list[str]:
        """The orders of the team that are to be read by themselves."""
        async with self.tools.db.read(team.viewer) as session:
            query = select(ChannelRetry).where(ChannelRetry.tenant_id == team.tenant_id)
            return [each.external_id for each in await session.exec(query)]

    async def jobs(self, team: EntityWorld) -> list[str]:
        """The jobs of the team: what kind, and who asked."""
        async with self.tools.db.read(team.viewer) as session:
            query = select(ChannelJob).where(ChannelJob.tenant_id == team.tenant_id)
            return [f"{job.kind} {job.requested_by_kind}" for job in await session.exec(query)]


def source(*secrets: str) -> EtsyNotices:
    app = EtsyApp("key", "secret", "http://127.0.0.1/callback", webhook_secrets=secrets)
    return EtsyNotices(EtsyMarketplace(app, HttpClient(), lambda: NOON))


@pytest_asyncio.fixture(scope="module")
async def etsy(tools: Toolbox) -> AsyncIterator[Etsy]:
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        secrets = [f"whsec_{b64encode(key).decode()}" for key in (KEY, OLD_KEY)]
        notices = {ChannelKind.ETSY: source(*secrets)}
        given = replace(
            tools,
            clock=lambda: NOON,
            addresses=replace(tools.addresses, public_url=public_url),
            vendors=replace(tools.vendors, notices=notices),
        )
        app = Starlette(routes=marketplace_webhook_routes(given))
        await stack.enter_async_context(serving_on(app, listener))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Etsy(given, http, public_url + webhook_path(ChannelKind.ETSY))


async def a_shop(etsy: Etsy, **given: Any) -> tuple[EntityWorld, Channel]:
    team = await entity_world(etsy.tools.db)
    values: dict[str, Any] = {
        "kind": ChannelKind.ETSY, "name": "Etsy", "status": ChannelStatus.CONNECTED, "external_id": SHOP,
    }  # fmt: skip
    [kept] = await team.keep(Channel(tenant_id=team.tenant_id, **values | given))
    return team, kept


def event(kind: str = "order.paid", shop_id: object = SHOP) -> bytes:
    url = f"https://openapi.etsy.com/v3/application/shops/{shop_id}/receipts/1"
    return json.dumps({"event_type": kind, "resource_url": url, "shop_id": shop_id}, indent=1).encode()


@pytest.mark.parametrize("kind", EVENTS)
async def test_an_order_wakes_a_reading_of_that_shops_channels_alone(etsy: Etsy, kind: str) -> None:
    message_id, shop = f"woken-{kind}", str(100 + EVENTS.index(kind))
    teams = [(await a_shop(etsy, external_id=shop))[0] for _ in range(2)]
    other, _ = await a_shop(etsy, external_id=shop + "9")
    ebay, _ = await a_shop(etsy, external_id=shop, kind=ChannelKind.EBAY)
    stopped, _ = await a_shop(etsy, external_id=shop, status=ChannelStatus.ATTENTION)
    # Etsy's documentation has a text where its messages have a number.
    assert await etsy.tells(event(kind, int(shop) if kind == EVENTS[0] else shop), message_id) == 204
    await handle_message(etsy.tools, MessageSource.ETSY, message_id)
    assert [await etsy.jobs(team) for team in teams] == [["SYNC_ORDERS WEBHOOK"]] * 2
    assert [await etsy.jobs(team) for team in (other, ebay, stopped)] == [[], [], []]
    found = await etsy.stored(message_id)
    assert found is not None
    assert (found.source, found.topic, found.about, found.handled_at) == (MessageSource.ETSY, kind, {}, NOON)


async def test_a_message_that_comes_again_is_stored_and_queued_once(etsy: Etsy) -> None:
    assert [await etsy.tells(event(), "twice-1"), await etsy.tells(event("order.shipped"), "twice-1")] == [204, 204]
    query = text("select count(*) from procrastinate_jobs where queueing_lock = 'ETSY:twice-1'")
    async with etsy.tools.db.read(None) as session:
        assert (await (await session.connection()).execute(query)).scalar_one() == 1
    found = await etsy.stored("twice-1")
    assert found is not None
    assert found.topic == "order.paid"


async def test_what_a_resource_url_says_is_never_followed(etsy: Etsy) -> None:
    team, _ = await a_shop(etsy, external_id="888")
    async with AsyncExitStack() as stack:
        elsewhere = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        elsewhere.settimeout(0)
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v3/application/shops/999/receipts/1"
        body = json.dumps({"event_type": "order.canceled", "resource_url": url, "shop_id": 888}).encode()
        assert await etsy.tells(body, "elsewhere-1") == 204
        await handle_message(etsy.tools, MessageSource.ETSY, "elsewhere-1")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert await etsy.jobs(team) == ["SYNC_ORDERS WEBHOOK"]
    assert await etsy.asked_for(team) == ["1"]


@pytest.mark.parametrize(
    ("kind", "url", "asked"),
    [
        ("order.canceled", "https://openapi.etsy.com/v3/application/shops/1/receipts/77/payments", ["77"]),
        ("order.paid", "https://openapi.etsy.com/v3/application/shops/1/receipts/77", ["77"]),
        ("order.shipped", "https://openapi.etsy.com/v3/application/shops/1/receipts/77", []),
        ("order.canceled", "https://openapi.etsy.com/v3/application/shops/1/receipts/77x", []),
        ("order.canceled", "/receipts/..%2f..%2fusers", []),
        ("order.canceled", "/receipts/" + "9" * 5000, []),
        ("order.canceled", None, []),
        ("order.canceled", {"receipts": 77}, []),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_an_order_that_was_paid_or_cancelled_is_asked_for_by_its_number(
    etsy: Etsy, kind: str, url: object, asked: list[str]
) -> None:
    shop_id = 10_000 + crc32(f"{kind} {url}".encode())
    team, _ = await a_shop(etsy, external_id=str(shop_id))
    body = json.dumps({"event_type": kind, "resource_url": url, "shop_id": shop_id}).encode()
    assert await etsy.tells(body, f"cancelled-{shop_id}") == 204
    await handle_message(etsy.tools, MessageSource.ETSY, f"cancelled-{shop_id}")
    assert await etsy.asked_for(team) == asked
    assert await etsy.jobs(team) == ["SYNC_ORDERS WEBHOOK"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"key": b"somebody else's secret.."}, 412),
        ({"at": NOON - timedelta(seconds=301)}, 412),
        ({"at": NOON + timedelta(seconds=301)}, 412),
        ({"webhook_signature": ""}, 412),
        ({"webhook_signature": "v1,%s" % ("A" * 7000)}, 412),
        ({"webhook_timestamp": "1764590400"}, 412),
        ({"webhook_id": "of-another-message"}, 412),
        ({"key": OLD_KEY}, 204),
    ],
)  # fmt: skip
async def test_what_etsy_has_not_signed_now_is_refused_and_stored_nowhere(
    etsy: Etsy, given: dict[str, Any], status: int
) -> None:
    message_id = f"forged-{sorted(given.items())}".replace(" ", "")[:90]
    assert await etsy.tells(event(), message_id, **given) == status
    assert (await etsy.stored(message_id) is not None) is (status == 204)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"<html>", b"{}", b'{"event_type": 7}', b'{"event_type": null, "shop_id": 1}', b"\xff",
     b'{"event_type": "order.\\u0000"}', b"[" * 30_000],
)  # fmt: skip
async def test_what_is_no_message_is_refused_though_it_is_signed(etsy: Etsy, body: bytes) -> None:
    assert await etsy.tells(body, "no-message-1") == 400
    assert await etsy.stored("no-message-1") is None


async def test_a_body_that_is_too_long_is_refused_before_it_is_read(etsy: Etsy) -> None:
    assert await etsy.tells(b"x" * (MAX_BODY_BYTES + 1), "long-1") == 413


@pytest.mark.parametrize(
    "shop_id", [None, "", "x", -1, 0, 1.5, True, [], {}, 2**63, "9" * 5000, "٣", f"{SHOP}' or 1=1"], ids=repr
)
async def test_a_message_about_no_shop_is_stored_and_wakes_nobody(etsy: Etsy, shop_id: object) -> None:
    message_id = f"no-shop-{str(shop_id)[:20].encode().hex()}"
    assert await etsy.tells(event("order.paid", shop_id), message_id) == 204
    found = await etsy.stored(message_id)
    assert found is not None
    assert (found.about, found.handled_at) == ({}, NOON)


async def test_an_event_of_something_else_asks_for_nothing(etsy: Etsy) -> None:
    team, _ = await a_shop(etsy, external_id="555")
    assert await etsy.tells(event("listing.expired", 555), "listing-1") == 204
    await handle_message(etsy.tools, MessageSource.ETSY, "listing-1")
    assert await etsy.jobs(team) == []


async def test_without_a_secret_there_is_no_such_address(etsy: Etsy) -> None:
    notices = etsy.tools.vendors.notices
    assert isinstance(notices, dict)
    kept = notices[ChannelKind.ETSY]
    notices[ChannelKind.ETSY] = source()
    try:
        assert await etsy.tells(event(), "nobody-1") == 404
    finally:
        notices[ChannelKind.ETSY] = kept


async def test_etsy_has_no_challenge_and_no_call_that_registers_us(etsy: Etsy) -> None:
    async with etsy.http.get(etsy.url, params={"challenge_code": "x"}) as answer:
        assert answer.status == 405
    refused = await refusal(set_up_notices(etsy.tools, ChannelKind.ETSY, "ops@example.com"))
    assert (refused.user_code, webhook_path(ChannelKind.ETSY) in refused.message) == ("NOT_SUPPORTED", True)
    bare = replace(etsy.tools, vendors=replace(etsy.tools.vendors, notices={}))
    assert (await refusal(set_up_notices(bare, ChannelKind.ETSY, "x@example.com"))).user_code == "NOT_CONFIGURED"
