"""Queries of conversations for clients: the list with its filter, and look-ups by id and of what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import is_any, is_any_text
from models.conversations.conversation import Conversation
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.listings.listing import ChannelListing
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows

_NEWEST_FIRST = Ordering(
    "conversations", key=col(Conversation.last_message_at), row_id=col(Conversation.id), descending=True
)
_by_ids = by_ids(Conversation, col(Conversation.tenant_id) == TENANT, col(Conversation.erased_at).is_(None))


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Every given part must hold; an empty tuple matches nothing."""

    channel_ids: tuple[UUID, ...] | None = None
    is_unread: bool | None = None


@dataclass(frozen=True, slots=True)
class ListingAtChannel:
    """A listing by the channel's own id of it."""

    channel_id: UUID
    external_id: str


def _rows(session: ReadSession | WriteSession, wanted: ConversationFilter) -> SelectOfScalar[Conversation]:
    found = select(Conversation).where(
        Conversation.tenant_id == session.tenant_id, col(Conversation.erased_at).is_(None)
    )
    if wanted.channel_ids is not None:
        found = found.where(is_any(Conversation.channel_id, wanted.channel_ids))
    if wanted.is_unread is not None:
        found = found.where(Conversation.is_unread == wanted.is_unread)
    return found


async def list_conversations(
    session: ReadSession, wanted: ConversationFilter, window: Window
) -> KeysetPage[Conversation]:
    """One page, those with the newest message first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_conversations(session: ReadSession, wanted: ConversationFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


async def conversations_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[Conversation]:
    """Those of buyers who were not forgotten."""
    return await rows(session, Conversation, _by_ids(), {"ids": ids})


async def listings_at_channels(
    session: ReadSession, listings: Sequence[ListingAtChannel]
) -> list[ChannelListing | None]:
    """The stored listing of each of these ids; None where none has come yet."""
    query = select(ChannelListing).where(
        ChannelListing.tenant_id == session.tenant_id,
        is_any(ChannelListing.channel_id, [each.channel_id for each in listings]),
        is_any_text(ChannelListing.external_id, [each.external_id for each in listings]),
    )
    found = {
        ListingAtChannel(listing.channel_id, listing.external_id): listing
        for listing in await rows(session, ChannelListing, query)
        if listing.external_id is not None
    }
    return [found.get(each) for each in listings]
