"""The table of the messages of conversations, and the queries that show and store them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy import delete as delete_from
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TenantRow, array_text, is_any, is_any_text, tenant_key
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.keyset import (
    KeysetPage,
    Listing,
    Ordering,
    PageBelow,
    count_rows_by_parent,
    counts_query,
    load_pages_below,
)


class Message(TenantRow, table=True):
    """`external_id` is the channel's own id of it, `from_us`: the seller wrote it, here or there."""

    __tablename__ = "message"
    __table_args__ = (
        tenant_key("conversation_id", "conversation"),
        UniqueConstraint("tenant_id", "conversation_id", "external_id"),
        Index(None, "tenant_id", "conversation_id", "sent_at", "id"),
    )

    conversation_id: UUID
    external_id: str
    from_us: bool
    text: str
    sent_at: datetime


_NEWEST_FIRST = Ordering("messages", key=col(Message.sent_at), row_id=col(Message.id), descending=True)


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """A message that can be stored."""

    conversation_id: UUID
    external_id: str
    from_us: bool
    text: str = field(repr=False)
    sent_at: datetime


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[Message]:
    return select(Message).where(Message.tenant_id == session.tenant_id)


async def messages_by_conversation(session: ReadSession, keys: Sequence[PageBelow]) -> list[KeysetPage[Message]]:
    """A page for each, the newest first, by one statement for all that ask for the same window."""
    listing = Listing(_rows(session), _NEWEST_FIRST)
    return await load_pages_below(session, listing, col(Message.conversation_id), keys)


async def message_counts_by_conversation(session: ReadSession, ids: Sequence[UUID]) -> list[int]:
    counts = await count_rows_by_parent(session, counts_query(_rows(session), col(Message.conversation_id)), ids)
    return [counts[each] for each in ids]


async def known_messages(session: WriteSession, told: Sequence[ToldMessage]) -> set[tuple[UUID, str]]:
    """Those that are stored already, by their conversation and the channel's own id."""
    query = select(Message.conversation_id, Message.external_id).where(
        Message.tenant_id == session.tenant_id,
        is_any(Message.conversation_id, list({each.conversation_id for each in told})),
        is_any_text(Message.external_id, [each.external_id for each in told]),
    )
    found: Sequence[Any] = (await session.exec(query)).all()
    return {(conversation_id, external_id) for conversation_id, external_id in found}


async def our_messages(session: WriteSession, conversation_id: UUID, text: str) -> list[str]:
    """The channel's own ids of what the seller wrote in these words, whatever white space is between, oldest first."""
    query = select(Message.external_id, Message.text).where(
        Message.tenant_id == session.tenant_id, Message.conversation_id == conversation_id, Message.from_us
    )
    found: Sequence[Any] = (await session.exec(query.order_by(col(Message.sent_at), col(Message.id)))).all()
    return [external_id for external_id, said in found if said.split() == text.split()]


# RETURNING names those that are new or say something else than before.
_STORE = text("""
    insert into message (tenant_id, id, conversation_id, external_id, from_us, text, sent_at)
    select :tenant_id, given.* from unnest(
        cast(:ids as uuid[]), cast(:conversation_ids as uuid[]), cast(cast(:external_ids as text) as varchar[]),
        cast(:from_us as bool[]), cast(cast(:texts as text) as varchar[]), cast(:sent_at as timestamptz[])
    ) as given (id, conversation_id, external_id, from_us, text, sent_at)
    on conflict (tenant_id, conversation_id, external_id) do update
    set from_us = excluded.from_us, text = excluded.text, sent_at = excluded.sent_at
    where (message.from_us, message.text, message.sent_at)
        is distinct from (excluded.from_us, excluded.text, excluded.sent_at)
    returning conversation_id
""")


async def store_messages(session: WriteSession, told: Sequence[ToldMessage]) -> set[UUID]:
    """Stores messages, each named once; answers the conversations of those that are new or were changed."""
    if not told:
        return set()
    values = {
        "tenant_id": session.tenant_id,
        "ids": [new_id() for _ in told],
        "conversation_ids": [each.conversation_id for each in told],
        "external_ids": array_text([each.external_id for each in told]),
        "from_us": [each.from_us for each in told],
        "texts": array_text([each.text for each in told]),
        "sent_at": [each.sent_at for each in told],
    }
    return set((await (await session.connection()).execute(_STORE, values)).scalars())


async def delete_messages(session: WriteSession, conversation_ids: Sequence[UUID]) -> None:
    is_theirs = (col(Message.tenant_id) == session.tenant_id, is_any(Message.conversation_id, conversation_ids))
    await (await session.connection()).execute(delete_from(Message).where(*is_theirs))
