"""Erases the conversations with a buyer who is to be forgotten; that there was one stays, without name or words."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, text, update
from sqlmodel import col, select

from models.columns import is_any, is_any_text
from models.conversations.conversation import Conversation
from models.conversations.message import delete_messages
from models.database import WriteSession
from models.orders.order import SalesOrder

# What was to be written to the buyer, or could not be, may name them.
_FORGET_WORDS = text("""
    update channel_job set payload = payload - 'text'
    where tenant_id = :tenant_id and kind = 'SEND_MESSAGE' and subject_id = any(cast(:ids as uuid[]))
""")


async def erase_conversations(
    session: WriteSession, channel_id: UUID, handles: Sequence[str], orders: Sequence[UUID], now: datetime
) -> list[UUID]:
    """Forgets what was said with a buyer called so, and about these orders; answers the ids of the conversations.

    One that is marked as erased stays so, whatever the channel tells again.
    """
    of_orders = select(SalesOrder.external_id).where(
        SalesOrder.tenant_id == session.tenant_id, SalesOrder.channel_id == channel_id, is_any(SalesOrder.id, orders)
    )
    is_theirs = (
        col(Conversation.tenant_id) == session.tenant_id,
        col(Conversation.channel_id) == channel_id,
        col(Conversation.erased_at).is_(None),
        or_(is_any_text(Conversation.with_name, handles), col(Conversation.order_external_id).in_(of_orders)),
    )
    connection = await session.connection()
    # The jobs first, in the order in which a run that stores what it has sent locks them.
    found = select(col(Conversation.id)).where(*is_theirs).order_by(col(Conversation.id))
    ids = list((await connection.execute(found)).scalars())
    await connection.execute(_FORGET_WORDS, {"tenant_id": session.tenant_id, "ids": ids})
    # Then the conversations in the order in which a reading locks them.
    await connection.execute(found.with_for_update())
    statement = (
        update(Conversation)
        .where(*is_theirs)
        .values(
            with_name="",
            listing_external_id=None,
            order_external_id=None,
            is_unread=False,
            erased_at=now,
            version=col(Conversation.version) + 1,
        )
        .returning(col(Conversation.id))
    )
    erased = list((await connection.execute(statement)).scalars())
    await delete_messages(session, erased)
    return erased
