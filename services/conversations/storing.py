"""Stores what a marketplace tells of conversations; the caller holds their channel, so that nobody else stores any."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from integrations.selling.conversations import RemoteConversation, RemoteMessage
from models.conversations.conversation import Conversation
from models.conversations.message import ToldMessage, known_messages, store_messages
from models.conversations.storing import conversation_for_update, conversations_for_update
from models.database import WriteSession
from models.listener import notify_changes
from services.conversations.told import LONGEST_NAME, cut, fitting, told_messages, unstorable


@dataclass(slots=True)
class StoredPage:
    """What became of a page. `read` are the channel's ids of what is stored as it was told, `newest` the last change.

    `waiting` is what to ask for again, by the channel's ids, with what is wrong; `problems` are all other sentences.
    """

    read: list[str] = field(default_factory=list)
    newest: datetime | None = None
    waiting: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """A conversation with its row, which `is_new`, and those of its messages that can be stored."""

    row: Conversation
    remote: RemoteConversation
    messages: list[ToldMessage]
    is_new: bool


async def store_conversations(
    session: WriteSession, channel_id: UUID, page: Sequence[RemoteConversation], *, now: datetime
) -> StoredPage:
    """Stores new conversations, and of known ones what is not older than what is stored.

    A message that the marketplace shows no more stays, since it was said; one that it tells otherwise is changed.
    Nothing comes back of a buyer who was forgotten.
    """
    outcome = StoredPage()
    told = await _with_rows(session, channel_id, page, outcome, now=now)
    messages = [message for each in told for message in each.messages]
    session.add_all([each.row for each in told if each.is_new])
    # A conversation is there before its messages.
    await session.flush()
    fresh = {(each.conversation_id, each.external_id) for each in messages} - await known_messages(session, messages)
    news = {each.conversation_id for each in messages if not each.from_us and _key(each) in fresh}
    said = await store_messages(session, messages)
    changed = [
        each.row.id for each in told if each.is_new or _renew(each, has_news=each.row.id in news) or each.row.id in said
    ]
    for each in told:
        if each.row.id in changed and not each.is_new:
            each.row.version += 1
            session.add(each.row)
    await session.flush()
    await notify_changes(session, "CONVERSATION", changed)
    return outcome


async def store_sent(session: WriteSession, conversation_id: UUID, message: RemoteMessage, *, now: datetime) -> None:
    """Stores a message that was sent just now; the next reading tells the rest of its conversation."""
    row = await conversation_for_update(session, conversation_id)
    if row is None:
        return
    stored, _ = told_messages([message], row.id, now=now)
    if await store_messages(session, stored):
        row.last_message_at = max(row.last_message_at, message.sent_at)
        row.version += 1
        session.add(row)
        await session.flush()
        await notify_changes(session, "CONVERSATION", [row.id])


async def _with_rows(
    session: WriteSession,
    channel_id: UUID,
    page: Sequence[RemoteConversation],
    outcome: StoredPage,
    *,
    now: datetime,
) -> list[_Told]:
    """Those that are to be stored, each once; what becomes of the page is noted in `outcome`."""
    storable = {each.external_id: each for each in page if not _refuse(outcome, each, now=now)}
    known = {each.external_id: each for each in await conversations_for_update(session, channel_id, [*storable])}
    found = list[_Told]()
    for external_id, remote in storable.items():
        outcome.read.append(external_id)
        outcome.newest = max(outcome.newest or remote.updated_at, remote.updated_at)
        row = known.get(external_id)
        if row is not None and (row.erased_at is not None or row.updated_at > remote.updated_at):
            continue
        outcome.problems += [f"Conversation {external_id}: {each.message}" for each in remote.problems]
        is_new, row = row is None, row or _new(session.tenant_id, channel_id, remote)
        messages, left_out = told_messages(remote.messages, row.id, now=now)
        if left_out:
            outcome.problems.append(f"Conversation {external_id}: {left_out:,} of its messages could not be stored.")
        if is_new:
            row.last_message_at = max((each.sent_at for each in messages), default=remote.updated_at)
        found.append(_Told(row, remote, messages, is_new))
    return found


def _refuse(outcome: StoredPage, remote: RemoteConversation, *, now: datetime) -> bool:
    refused = unstorable(remote, now=now)
    if refused is None:
        return False
    if refused.external_id is None:
        outcome.problems.append(refused.message)
    else:
        outcome.waiting[refused.external_id] = refused.message
    return True


def _new(tenant_id: UUID, channel_id: UUID, remote: RemoteConversation) -> Conversation:
    return Conversation(
        tenant_id=tenant_id,
        channel_id=channel_id,
        external_id=remote.external_id,
        with_name=cut(remote.with_name, LONGEST_NAME),
        listing_external_id=fitting(remote.listing_external_id),
        order_external_id=fitting(remote.order_external_id),
        is_unread=remote.is_unread,
        updated_at=remote.updated_at,
        last_message_at=remote.updated_at,
    )


def _renew(told: _Told, *, has_news: bool) -> bool:
    """Whether anything of the row of a known conversation has changed. What a reading does not tell any more stays."""
    row, remote = told.row, told.remote
    marked_read_at = None if has_news else row.marked_read_at
    values = {
        "with_name": cut(remote.with_name, LONGEST_NAME) or row.with_name,
        "listing_external_id": fitting(remote.listing_external_id) or row.listing_external_id,
        "order_external_id": fitting(remote.order_external_id) or row.order_external_id,
        "is_unread": remote.is_unread and marked_read_at is None,
        "updated_at": remote.updated_at,
        "last_message_at": max([row.last_message_at, *(each.sent_at for each in told.messages)]),
        "marked_read_at": marked_read_at,
    }
    is_changed = any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return is_changed


def _key(message: ToldMessage) -> tuple[UUID, str]:
    return message.conversation_id, message.external_id
