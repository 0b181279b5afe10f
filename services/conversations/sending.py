"""Asking for a message to a buyer: it is checked, and becomes a job, once for each key."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.channel_jobs.job import ChannelJob, ChannelJobKind, SubjectKind
from models.channel_jobs.job_queries import channel_jobs_by_ids
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel, channel_for_update
from models.conversations.conversation import Conversation
from models.conversations.message import our_messages
from models.conversations.reading import conversations_by_ids
from models.conversations.storing import conversation_for_update
from models.database import Database, WriteSession
from models.text_match import is_storable
from services.channel_jobs.requests import JobWish, refuse_closed_channel, request_job
from services.conversations.reading import missing
from services.idempotency import Answer, KeyedCall, once

LONGEST_MESSAGE = 2_000
# Kept with each idempotency key, so it never changes.
_OPERATION = "sendMessage"


async def send_message(
    db: Database, clock: Clock, viewer: Viewer, conversation_id: UUID | None, text: str, *, idempotency_key: str
) -> list[ChannelJob]:
    """Asks for the job that sends the text; needs SELL. The same text again, while its job runs, is that job.

    Raises Refused: INVALID for a text that has not 1 to 2,000 characters, NOT_FOUND, NOT_SUPPORTED where Adgraph sends
    no messages, FORBIDDEN for a disconnected channel, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.SELL)
    message = text.strip()
    if not (len(message) > 0 and len(text) <= LONGEST_MESSAGE and is_storable(message)):
        told = f"A message has 1 to {LONGEST_MESSAGE:,} characters, and no character that ends texts."
        raise Refused(UserErrorCode.INVALID, told, field="text")

    async def ask() -> Answer:
        async with db.write(viewer) as session:
            return {"job": str((await _ask(session, viewer, conversation_id, message, clock)).id)}

    call = KeyedCall(_OPERATION, idempotency_key, {"conversation_id": str(conversation_id), "text": message})
    answer = await once(db, clock, viewer, call, ask)
    async with db.read(viewer) as session:
        return list(await channel_jobs_by_ids(session, [UUID(answer["job"])]))


async def _ask(
    session: WriteSession, viewer: Viewer, conversation_id: UUID | None, message: str, clock: Clock
) -> ChannelJob:
    channel, conversation = await _locked(session, conversation_id)
    if ChannelAbility.MESSAGES not in ABILITIES.get(channel.kind, ()):
        told = f"Adgraph cannot write messages at {channel.kind.shown}: write there."
        raise Refused(UserErrorCode.NOT_SUPPORTED, told, field="conversation_id")
    refuse_closed_channel(channel, field="conversation_id")
    # What we have written in the same words before is not taken for this message when it is looked for.
    known = await our_messages(session, conversation.id, message)
    now = clock()
    payload: dict[str, Any] = {"text": message, "known_ids": known, "asked_at": now.isoformat()}
    said = sha256(message.encode()).hexdigest()[:16]
    wish = JobWish(
        ChannelJobKind.SEND_MESSAGE, SubjectKind.CONVERSATION, conversation.id, f"{conversation.id}:{said}", payload
    )
    return await request_job(session, viewer, channel, wish, now=now)


async def _locked(session: WriteSession, conversation_id: UUID | None) -> tuple[Channel, Conversation]:
    """The channel first, in the order in which jobs lock them."""
    found = [] if conversation_id is None else await conversations_by_ids(session, [conversation_id])
    channel = await channel_for_update(session, found[0].channel_id) if found else None
    conversation = await conversation_for_update(session, found[0].id) if channel is not None else None
    if channel is None or conversation is None:
        raise missing()
    return channel, conversation
