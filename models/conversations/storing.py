"""Queries of conversations for what syncs and writes: locks on rows that are about to change."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import is_any_text
from models.conversations.conversation import Conversation
from models.database import WriteSession


def _rows(session: WriteSession) -> SelectOfScalar[Conversation]:
    return select(Conversation).where(Conversation.tenant_id == session.tenant_id)


async def conversations_for_update(
    session: WriteSession, channel_id: UUID, external_ids: Sequence[str]
) -> list[Conversation]:
    """The channel's conversations with these ids, of forgotten buyers too, locked until the session ends."""
    is_wanted = (Conversation.channel_id == channel_id, is_any_text(Conversation.external_id, external_ids))
    # Always in one order, so that two that lock the same ones do not wait for each other in a circle.
    query = _rows(session).where(*is_wanted).order_by(col(Conversation.id)).with_for_update()
    return list((await session.exec(query)).all())


async def conversation_for_update(session: WriteSession, conversation_id: UUID) -> Conversation | None:
    """The conversation, locked until the session ends; None for one of a buyer who was forgotten.

    It is read anew, even if the session has read it before.
    """
    is_it = (Conversation.id == conversation_id, col(Conversation.erased_at).is_(None))
    query = _rows(session).where(*is_it).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()
