"""What eBay tells us, over HTTP as eBay does it: the challenge, signatures, repeated messages, several tenants."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel import select

from analytics.clock import Clock
from models.channel_jobs.retry import ChannelRetry
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.channels.message import MessageSource, SellerMessage
from models.orders.order import SalesOrder
from sandbox.ebay.notifications.control import CONTROL
from sandbox.ebay.notifications.keys import made_key, signature_header
from sandbox.marketplaces.control import carried_out
from services.channels.message_upkeep import forget_old_messages, resume_messages
from services.channels.messages import handle_message, webhook_path
from services.channels.notices import set_up_notices
from services.toolbox import Toolbox
from tests.worlds.channels import VERIFICATION_TOKEN, SellingBase, SellingWorld, selling_base
from web.webhooks.marketplaces import MAX_BODY_BYTES

DELETION, REVOCATION, ORDERED = "MARKETPLACE_ACCOUNT_DELETION", "AUTHORIZATION_REVOCATION", "ORDER_CONFIRMATION"
BUYER = "buyer-canary-4711"


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with selling_base(tools) as base:
        yield base


@pytest_asyncio.fixture
async def world(base: SellingBase) -> SellingWorld:
    return await base.world()


def url_of(world: SellingWorld) -> str:
    return f"{world.tools.addresses.public_url}{webhook_path(ChannelKind.EBAY)}"


def message(topic: str, message_id: str, **data: Any) -> bytes:
    notification = {"notificationId": message_id, "publishDate": "2026-11-21T12:00:00.000Z", "data": data}
    return json.dumps({"metadata": {"topic": topic}, "notification": notification}, indent=1).encode()


def signed(world: SellingWorld, body: bytes) -> str:
    """By a key that eBay has."""
    keys = world.ebay.sandbox.book.notices.keys
    if not keys:
        keys.append(made_key())
    return signature_header(body, keys[-1])


async def told(world: SellingWorld, body: bytes, signature: str | None = None) -> int:
    headers = {"X-EBAY-SIGNATURE": signed(world, body) if signature is None else signature}
    async with world.http.post(url_of(world), data=body, headers=headers) as answer:
        return answer.status


async def stored(world: SellingWorld, message_id: str) -> SellerMessage | None:
    async with world.tools.db.read(None) as session:
        return await session.get(SellerMessage, (MessageSource.EBAY, message_id))


async def handled(world: SellingWorld, message_id: str) -> SellerMessage:
    await handle_message(world.tools, MessageSource.EBAY, message_id)
    found = await stored(world, message_id)
    assert found is not None
    return found


async def an_order(world: SellingWorld, channel: Channel, buyer: str | None = BUYER) -> SalesOrder:
    values: dict[str, Any] = {
        "external_id": f"o-{buyer}-{channel.id}", "status": "PAID", "currency": "EUR", "placed_at": world.tools.clock(),
        "updated_at": world.tools.clock(), "subtotal": 10, "discount": 0, "shipping": 0, "tax": 0, "total": 10,
    }  # fmt: skip
    order = SalesOrder(
        tenant_id=channel.tenant_id, channel_id=channel.id, buyer_handle=buyer, buyer_country="DE", **values
    )
    await world.team.keep(order)
    return order


async def test_the_challenge_is_hashed_with_our_own_address_behind_a_proxy(world: SellingWorld) -> None:
    """event-notification-nodejs-sdk 9: a hash over the request's host is wrong behind a proxy."""
    headers = {"Host": "inside.example:8000", "X-Forwarded-Host": "other.example"}
    async with world.http.get(url_of(world), params={"challenge_code": "a b/ü"}, headers=headers) as answer:
        found = await answer.json()
        assert (answer.status, answer.content_type) == (200, "application/json")
    expected = sha256(f"a b/ü{VERIFICATION_TOKEN}{url_of(world)}".encode()).hexdigest()
    assert found == {"challengeResponse": expected}
    for query in ("", "?challenge_code=", "?challenge_code=" + "x" * 501):
        async with world.http.get(url_of(world) + query) as refused:
            assert refused.status == 400


async def test_the_signature_is_checked_over_the_raw_body(world: SellingWorld) -> None:
    """Notification-SDK-Dot-Net-Core 2: JSON that is written anew has another signature."""
    body = message(DELETION, "raw-1", username="nobody-here")
    again = json.dumps(json.loads(body)).encode()
    assert await told(world, body, signed(world, again)) == 412
    assert await stored(world, "raw-1") is None
    assert await told(world, body) == 204
    assert await stored(world, "raw-1") is not None


@pytest.mark.parametrize("signature", ["", "x", "e30=", "x" * 10_000, "bnVsbA=="])
async def test_what_ebay_has_not_signed_is_refused_and_stored_nowhere(world: SellingWorld, signature: str) -> None:
    assert await told(world, message(DELETION, "forged-1"), signature) == 412
    assert await stored(world, "forged-1") is None


async def test_forged_keys_are_asked_for_once_a_minute(world: SellingWorld, base: SellingBase) -> None:
    base.move(minutes=10)
    log = world.ebay.sandbox.log
    before = len([entry for entry in log if "public_key" in entry.call])
    body = message(DELETION, "forged-2")
    assert [await told(world, body, signature_header(body, made_key())) for _ in range(5)] == [412] * 5
    assert len([entry for entry in log if "public_key" in entry.call]) - before == 1
    base.move(minutes=10)


async def test_what_is_no_message_or_too_long_is_refused(world: SellingWorld) -> None:
    for body in (b"{}", b"<html>", b"[]", b"null", b'{"metadata": 7, "notification": "x"}'):
        assert await told(world, body) == 400
    assert await told(world, b"x" * (MAX_BODY_BYTES + 1)) == 413


async def test_a_message_that_comes_twice_is_stored_and_queued_once(world: SellingWorld) -> None:
    body = message(DELETION, "twice-1", username="nobody-here")
    assert [await told(world, body), await told(world, body)] == [204, 204]
    query = text("select count(*) from procrastinate_jobs where queueing_lock = 'EBAY:twice-1'")
    async with world.tools.db.read(None) as session:
        assert (await (await session.connection()).execute(query)).scalar_one() == 1
    done = await handled(world, "twice-1")
    assert (done.about, done.handled_at) == ({}, world.tools.clock())
    await handle_message(world.tools, MessageSource.EBAY, "twice-1")
    await handle_message(world.tools, MessageSource.EBAY, "never-came")


async def test_a_message_whose_job_was_lost_or_gave_up_is_queued_again_until_it_is_done(world: SellingWorld) -> None:
    db, clock, soon = world.tools.db, world.tools.clock, later(world, minutes=11)

    async def queued() -> list[str]:
        query = text("select status::text from procrastinate_jobs where queueing_lock = 'EBAY:lost-1' order by id")
        async with db.read(None) as session:
            return list((await (await session.connection()).execute(query)).scalars())

    assert await told(world, message(DELETION, "lost-1", username="nobody-here")) == 204
    await resume_messages(db, clock)
    assert await queued() == ["todo"]
    await gone(world, "delete from procrastinate_jobs where queueing_lock = 'EBAY:lost-1'")
    await resume_messages(db, clock)
    assert await queued() == [], "the one that has just come may be on its way"
    for _ in range(2):
        await resume_messages(db, soon)
    assert await queued() == ["todo"]
    await gone(world, "update procrastinate_jobs set status = 'failed' where queueing_lock = 'EBAY:lost-1'")
    await resume_messages(db, soon)
    assert await queued() == ["failed", "todo"]
    await handled(world, "lost-1")
    await gone(world, "update procrastinate_jobs set status = 'failed' where queueing_lock = 'EBAY:lost-1'")
    await resume_messages(db, soon)
    assert await queued() == ["failed", "failed"]


def later(world: SellingWorld, **time: float) -> Clock:
    return lambda: world.tools.clock() + timedelta(**time)


async def gone(world: SellingWorld, change: str) -> None:
    async with world.tools.db.write(None) as session:
        await (await session.connection()).execute(text(change))


async def test_a_message_is_forgotten_a_month_after_it_was_done_and_never_before(world: SellingWorld) -> None:
    for message_id in ("old-1", "open-1"):
        assert await told(world, message(DELETION, message_id, username="nobody-here")) == 204
    await handled(world, "old-1")
    await forget_old_messages(world.tools.db, later(world, days=29))
    assert await stored(world, "old-1") is not None
    assert await forget_old_messages(world.tools.db, later(world, days=31)) >= 1
    assert (await stored(world, "old-1"), (await stored(world, "open-1")) is None) == (None, False)


async def test_a_topic_that_nobody_knows_is_stored_and_asks_for_nothing(world: SellingWorld) -> None:
    assert await told(world, message("MOON_LANDING", "moon-1", username=BUYER)) == 204
    found = await stored(world, "moon-1")
    assert found is not None
    assert (found.topic, found.about, found.handled_at) == ("MOON_LANDING", {}, world.tools.clock())


async def test_a_buyer_is_forgotten_in_every_tenant_and_amounts_stay(base: SellingBase) -> None:
    worlds = [await base.world(), await base.world()]
    orders = []
    for world in worlds:
        channel, _ = await world.stored((await world.connected())["channel"]["id"])
        orders.append((world, await an_order(world, channel), await an_order(world, channel, "somebody-else")))
    assert await told(worlds[0], message(DELETION, "forget-1", username=BUYER, userId="u-1", eiasToken="x")) == 204
    await handled(worlds[0], "forget-1")
    for world, theirs, other in orders:
        async with world.tools.db.read(world.team.viewer) as session:
            erased = await session.get_one(SalesOrder, (theirs.tenant_id, theirs.id))
            left = await session.get_one(SalesOrder, (other.tenant_id, other.id))
        assert (erased.buyer_handle, erased.buyer_country, erased.total) == (None, None, Decimal(10))
        assert erased.buyer_erased_at == world.tools.clock()
        assert (left.buyer_handle, left.buyer_erased_at) == ("somebody-else", None)
        log = (await world.ask("{ auditLog { nodes { action changes } } }")).data["auditLog"]["nodes"]
        [entry] = [each for each in log if each["action"] == "order.buyer_erased"]
        assert BUYER not in json.dumps(log)
        assert "1" in json.dumps(entry["changes"])


async def test_a_consent_that_was_withdrawn_stops_the_channel_unless_it_was_given_anew(
    world: SellingWorld, base: SellingBase
) -> None:
    channel_id = (await world.connected())["channel"]["id"]
    user_id = world.seller().user_id
    assert await told(world, message(REVOCATION, f"revoked-{channel_id}", userId=user_id)) == 204
    base.move(hours=-1)
    await handled(world, f"revoked-{channel_id}")
    channel, _ = await world.stored(channel_id)
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, "REAUTHORIZE")
    base.move(hours=3)
    await world.connected(channelId=channel_id)
    assert await told(world, message(REVOCATION, f"late-{channel_id}", userId=user_id)) == 204
    await handled(world, f"late-{channel_id}")
    assert (await world.stored(channel_id))[0].status is ChannelStatus.CONNECTED


async def test_an_order_wakes_a_sync_of_each_channel_of_the_seller(base: SellingBase) -> None:
    worlds = [await base.world(), await base.world()]
    for world in worlds:
        await world.connected()
    sold = {"user": {"userId": worlds[0].seller().user_id}, "order": {"orderId": "1"}}
    message_id = f"sold-{worlds[0].team.tenant_id}"
    assert await told(worlds[0], message(ORDERED, message_id, **sold)) == 204
    await handled(worlds[0], message_id)
    for world in worlds:
        jobs = await world.ask("{ channelJobs(filter: {kind: [SYNC_ORDERS]}) { nodes { requestedBy { kind } } } }")
        assert "WEBHOOK" in [each["requestedBy"]["kind"] for each in jobs.data["channelJobs"]["nodes"]]
        async with world.tools.db.read(world.team.viewer) as session:
            asked = await session.exec(select(ChannelRetry).where(ChannelRetry.tenant_id == world.team.tenant_id))
            assert [each.external_id for each in asked] == ["1"]


async def test_the_setting_up_may_be_repeated_and_ebay_reaches_us(world: SellingWorld) -> None:
    await world.connected()
    first = await set_up_notices(world.tools, ChannelKind.EBAY, "ops@example.com")
    assert set(first) >= {DELETION, REVOCATION, ORDERED}
    assert await set_up_notices(world.tools, ChannelKind.EBAY, "ops@example.com") == first
    sent = (await carried_out(CONTROL, world.ebay.sandbox, "notifications", topic=DELETION, seller="EBAY_DE"))["sent"]
    assert [each.statuses[-1] for each in sent] == [204]
