"""What marketplaces tell this installation: stored once, then done by a job of the queue; none of it is believed.

A message names a person of the marketplace and no tenant. So channels and orders are looked up over all tenants, and
each is changed under the policies of its tenant.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import structlog

from integrations.errors import InvalidResponse
from integrations.selling.notices import NoticeCall, NoticeKind, SellerNotice, UntrustedNotice
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channel_jobs.retry import RetriesOf, keep_retries
from models.channels.channel import Channel, ChannelKind, ChannelStatus, channel_for_update
from models.channels.message import (
    MessageSource,
    SellerMessage,
    channels_of_seller,
    channels_with_buyer,
    insert_message_unless_known,
    lock_of_message,
    message_for_update,
)
from models.conversations.buyers import erase_conversations
from models.database import WriteSession
from models.listener import notify_changes
from models.orders.buyers import erase_buyer
from models.queue.enqueue import enqueue
from services.channel_access import give_up
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.syncing import syncs_of
from services.tools import HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)

MESSAGE_TASK = "channel.message"
_LONGEST_ID = 200
_REVOKED = "The seller withdrew the consent at the marketplace: connect the channel again."
_CHANGED = "The channel tells that order {order_id} has changed: it could not be read yet."
# The marketplace's clock and ours may differ by so much.
_CLOCK_SKEW = timedelta(minutes=2)


class MessageTools(HasDb, HasClock, Protocol):
    """What acts on messages."""


class ReceivingTools(MessageTools, HasVendors, Protocol):
    """What takes messages: the sources that prove them are among the vendors."""


class Receipt(StrEnum):
    """What became of a message: taken now or before, not signed by the marketplace, no message, or nobody takes any."""

    TAKEN = "TAKEN"
    NOT_SET_UP = "NOT_SET_UP"
    UNSIGNED = "UNSIGNED"
    UNREADABLE = "UNREADABLE"


def webhook_path(kind: ChannelKind) -> str:
    """Where the marketplace calls this installation."""
    return f"/webhooks/{kind.lower()}"


async def receive_message(tools: ReceivingTools, kind: ChannelKind, headers: Mapping[str, str], body: bytes) -> Receipt:
    """Stores the message once and queues what it asks for; raises IntegrationErrors where no key can be asked for.

    `headers` are found by names in lower case.
    """
    source = tools.vendors.notices.get(kind)
    if source is None or not source.is_set_up:
        return Receipt.NOT_SET_UP
    try:
        notice = await source.read(NoticeCall(headers, body))
    except UntrustedNotice as error:
        _log.info("seller_message_refused", source=kind, reason=str(error))
        return Receipt.UNSIGNED
    except InvalidResponse:
        return Receipt.UNREADABLE
    await _keep(tools, MessageSource(kind), notice)
    return Receipt.TAKEN


async def _keep(tools: MessageTools, source: MessageSource, notice: SellerNotice) -> None:
    now = tools.clock()
    message = SellerMessage(
        source=source,
        message_id=notice.message_id[:_LONGEST_ID],
        topic=notice.topic[:_LONGEST_ID],
        about=_about(notice, now),
        received_at=now,
        handled_at=now if notice.kind is NoticeKind.OTHER else None,
    )
    async with tools.db.write(None) as session:
        is_new = await insert_message_unless_known(session, message)
        if is_new and message.handled_at is None:
            await enqueue_message(session, message.source, message.message_id)
    _log.info("seller_message_received", source=source, topic=message.topic, is_new=is_new)


async def enqueue_message(session: WriteSession, source: MessageSource, message_id: str) -> None:
    """Queues what the message asks for, with the caller's transaction; where a job for it waits, nothing is added."""
    await enqueue(
        session,
        MESSAGE_TASK,
        queueing_lock=lock_of_message(source, message_id),
        source=source.value,
        message_id=message_id,
    )


async def handle_message(tools: MessageTools, source: MessageSource, message_id: str) -> None:
    """Does what the message asks for, in every tenant. May be repeated: it is marked as done at the end."""
    async with tools.db.write(None) as session:
        message = await message_for_update(session, source, message_id)
    if message is None or message.handled_at is not None:
        return
    kind = ChannelKind(source)
    user_id, user_name = message.about.get("user_id"), message.about.get("user_name")
    match NoticeKind(message.about["kind"]):
        case NoticeKind.FORGET:
            await _forget(tools, kind, [each for each in (user_name, user_id) if each])
        case NoticeKind.REVOKED if user_id:
            await _revoke(tools, (kind, user_id), datetime.fromisoformat(message.about["at"]))
        case NoticeKind.ORDER if user_id:
            await _wake(tools, (kind, user_id), message.about.get("order_id"))
        case _:
            pass
    async with tools.db.write(None) as session:
        done = await message_for_update(session, source, message_id)
        if done is not None:
            # What is done needs nobody's name any more.
            done.about, done.handled_at = {}, tools.clock()
            session.add(done)
    _log.info("seller_message_handled", source=source, topic=message.topic)


async def _forget(tools: MessageTools, kind: ChannelKind, handles: list[str]) -> None:
    if not handles:
        return
    async with tools.db.system(reason="find the orders of a buyer who is to be forgotten") as session:
        found = await channels_with_buyer(session, kind, handles)
    for tenant_id, channel_id in found:
        async with tools.db.write(TenantScope(tenant_id)) as session:
            orders = await erase_buyer(session, channel_id, handles, tools.clock())
            talks = await erase_conversations(session, channel_id, handles, orders, tools.clock())
            if not (orders or talks):
                continue
            await notify_changes(session, "ORDER", orders)
            await notify_changes(session, "CONVERSATION", talks)
            record(
                session,
                TenantScope(tenant_id),
                action="order.buyer_erased",
                target_type="Channel",
                target_id=channel_id,
                after={"orders": len(orders), "conversations": len(talks)},
                kind=ActorKind.WEBHOOK,
            )


async def _revoke(tools: MessageTools, seller: tuple[ChannelKind, str], at: datetime) -> None:
    for tenant_id, channel_id in await _channels_of(tools, seller):
        scope = TenantScope(tenant_id)
        async with tools.db.write(scope) as session:
            # Tokens that were stored after the withdrawal are of a new consent.
            await give_up(session, scope, channel_id, reason=_REVOKED, known_at=at + _CLOCK_SKEW, now=tools.clock())


async def _wake(tools: MessageTools, seller: tuple[ChannelKind, str], order_id: str | None) -> None:
    for tenant_id, channel_id in await _channels_of(tools, seller):
        scope = TenantScope(tenant_id)
        async with tools.db.write(scope) as session:
            channel = await channel_for_update(session, channel_id)
            if channel is None or channel.status is not ChannelStatus.CONNECTED or channel.frozen_at is not None:
                continue
            if ChannelJobKind.SYNC_ORDERS in syncs_of(channel.kind):
                await _read_orders(session, scope, channel, order_id, now=tools.clock())


async def _read_orders(
    session: WriteSession, scope: TenantScope, channel: Channel, order_id: str | None, *, now: datetime
) -> None:
    """A reading of orders; one of the order by itself, since no list has what has just happened."""
    wish = JobWish(ChannelJobKind.SYNC_ORDERS)
    job = await request_job(session, scope, channel, wish, now=now, by=ActorKind.WEBHOOK)
    if order_id is None:
        return
    asked = {order_id: _CHANGED.format(order_id=order_id)}
    of = RetriesOf(channel.id, ChannelJobKind.SYNC_ORDERS)
    await keep_retries(session, of, asked, next_try_at=now, now=now)
    if job.status is ChannelJobStatus.RUNNING:
        # It may have asked for single orders already: another one comes after it.
        after = JobWish(ChannelJobKind.SYNC_ORDERS, sameness=f"after:{job.id}")
        await request_job(session, scope, channel, after, now=now, by=ActorKind.WEBHOOK)


async def _channels_of(tools: MessageTools, seller: tuple[ChannelKind, str]) -> list[tuple[UUID, UUID]]:
    async with tools.db.system(reason="find the channels of a seller") as session:
        return await channels_of_seller(session, *seller)


def _about(notice: SellerNotice, now: datetime) -> dict[str, str]:
    """What is needed to act on it; nothing of a message that asks for nothing."""
    if notice.kind is NoticeKind.OTHER:
        return {}
    told = {
        "kind": notice.kind.value,
        "user_id": notice.user_id,
        "user_name": notice.user_name,
        "order_id": notice.order_id,
        "at": (notice.published_at or now).isoformat(),
    }
    return {name: value[:_LONGEST_ID] for name, value in told.items() if value}
