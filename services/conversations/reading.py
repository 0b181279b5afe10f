"""Lists of conversations, how many there are, and marking one as read."""

from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.conversations.conversation import Conversation
from models.conversations.reading import ConversationFilter, count_conversations, list_conversations
from models.conversations.storing import conversation_for_update
from models.database import Database
from models.keyset import KeysetPage, Window
from models.listener import notify_changes


async def conversations(
    db: Database, viewer: Viewer, wanted: ConversationFilter, window: Window
) -> KeysetPage[Conversation]:
    """One page of the tenant's conversations, those with the newest message first; needs READ.

    Raises BadInput for a cursor of another list.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_conversations(session, wanted, window)


async def number_of_conversations(db: Database, viewer: Viewer, wanted: ConversationFilter) -> int:
    """How many conversations match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_conversations(session, wanted)


async def mark_read(db: Database, clock: Clock, viewer: Viewer, conversation_id: UUID | None) -> Conversation:
    """The conversation counts as read here until the buyer writes again; the channel is not told. Needs SELL.

    One that is read already is no error. Raises Refused NOT_FOUND.
    """
    require(viewer, Permission.SELL)
    async with db.write(viewer) as session:
        found = None if conversation_id is None else await conversation_for_update(session, conversation_id)
        if found is None:
            raise missing()
        if found.is_unread:
            found.is_unread, found.marked_read_at, found.version = False, clock(), found.version + 1
            session.add(found)
            record(
                session,
                viewer,
                action="conversation.marked_read",
                target_type="Conversation",
                target_id=found.id,
            )
            await session.flush()
            await notify_changes(session, "CONVERSATION", [found.id])
    return found


def missing() -> Refused:
    return Refused(UserErrorCode.NOT_FOUND, "There is no such conversation.", field="conversation_id")
