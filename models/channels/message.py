"""The table of marketplaces' messages to this installation, each stored once; it belongs to no tenant."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, and_, text
from sqlmodel import Field, col, select

from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.columns import JSON, Row, TextEnum, dated, is_any_text, one_of
from models.conversations.conversation import Conversation
from models.database import WriteSession
from models.orders.order import SalesOrder
from models.upsert import insert_unless_there


class MessageSource(StrEnum):
    """Named like the kinds of channels that the messages are about."""

    EBAY = "EBAY"
    ETSY = "ETSY"


class SellerMessage(Row, table=True):
    """`message_id` is the marketplace's own. `about` is what is needed to act on it, and empty once that was done.

    `handled_at` is null until everything that the message asks for is stored.
    """

    __tablename__ = "seller_message"
    __table_args__ = (
        one_of("source", MessageSource),
        Index("ix_seller_message_open", "received_at", postgresql_where="handled_at is null"),
        Index("ix_seller_message_handled", "handled_at", postgresql_where="handled_at is not null"),
    )

    source: MessageSource = Field(primary_key=True, sa_type=TextEnum(MessageSource))
    message_id: str = Field(primary_key=True)
    topic: str
    about: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    received_at: datetime = dated()
    handled_at: datetime | None = None


def lock_of_message(source: MessageSource, message_id: str) -> str:
    """The queueing lock of the message's job."""
    return f"{source.value}:{message_id}"


async def insert_message_unless_known(session: WriteSession, message: SellerMessage) -> bool:
    """False, and nothing is stored, when the same message came before."""
    return await insert_unless_there(session, message, on=("source", "message_id"))


async def message_for_update(session: WriteSession, source: MessageSource, message_id: str) -> SellerMessage | None:
    query = select(SellerMessage).where(SellerMessage.source == source, SellerMessage.message_id == message_id)
    return (await session.exec(query.with_for_update())).one_or_none()


# The lock is that of `lock_of_message`.
_LOST = text("""
    select source, message_id from seller_message message
    where handled_at is null and received_at < :before and not exists (
        select from procrastinate_jobs job
        where job.queueing_lock = message.source || ':' || message.message_id and job.status in ('todo', 'doing')
    )
    order by received_at, message_id limit :most
""")


async def lost_messages(session: WriteSession, before: datetime, *, most: int) -> list[tuple[MessageSource, str]]:
    """Those that came before the instant, nobody has acted on and no job of the queue will; the oldest first.

    Needs a session of the system role.
    """
    found = await (await session.connection()).execute(_LOST, {"before": before, "most": most})
    return [(MessageSource(source), message_id) for source, message_id in found]


async def channels_of_seller(session: WriteSession, kind: ChannelKind, external_id: str) -> list[tuple[UUID, UUID]]:
    """Tenant and id of each channel of this seller, over all tenants; needs a session of the system role."""
    query = select(Channel.tenant_id, Channel.id).where(Channel.kind == kind, Channel.external_id == external_id)
    return [(tenant_id, channel_id) for tenant_id, channel_id in await session.exec(query)]


async def channels_with_buyer(session: WriteSession, kind: ChannelKind, handles: list[str]) -> list[tuple[UUID, UUID]]:
    """Tenant and id of each channel of the kind with an order of, or a conversation with, a buyer called so.

    Over all tenants: it needs a session of the system role.
    """
    ordered = is_any_text(SalesOrder.buyer_handle, handles)
    talked = is_any_text(Conversation.with_name, handles) & col(Conversation.erased_at).is_(None)
    found = set[tuple[UUID, UUID]]()
    for of_buyer, is_theirs in ((SalesOrder, ordered), (Conversation, talked)):
        is_its = and_(col(Channel.tenant_id) == of_buyer.tenant_id, col(Channel.id) == of_buyer.channel_id)
        query = select(Channel.tenant_id, Channel.id).join(of_buyer, is_its).where(Channel.kind == kind, is_theirs)
        found |= {(tenant_id, channel_id) for tenant_id, channel_id in await session.exec(query.distinct())}
    return sorted(found)


async def channels_of_kind(session: WriteSession, kind: ChannelKind) -> list[tuple[UUID, UUID]]:
    """Tenant and id of each connected channel of the kind, over all tenants; needs a session of the system role."""
    is_wanted = (Channel.kind == kind, Channel.status == ChannelStatus.CONNECTED)
    found = await session.exec(select(Channel.tenant_id, Channel.id).where(*is_wanted))
    return [(tenant_id, channel_id) for tenant_id, channel_id in found]
