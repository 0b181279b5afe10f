"""The job SEND_MESSAGE: sends a text once, and stores the message as the marketplace shows it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from errors import Refused, UserErrorCode
from integrations.selling.conversations import RemoteMessage
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.channel import channel_for_update
from models.conversations.reading import conversations_by_ids
from models.database import WriteSession
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.work import ChannelRun
from services.conversations.storing import store_sent
from services.conversations.syncing import messaging
from services.queued.askers import Asker

_GONE = "The conversation is gone."
# In the memo of a job: an earlier run may have sent it.
_LOOKS = "looks"
# The marketplace's clock and ours.
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class MessageToSend:
    external_id: str
    text: str = field(repr=False)
    known_ids: Collection[str]
    asked_at: datetime


class SendMessage:
    """After a break within the step the conversation is read first, and a message in these words counts as sent."""

    async def load(self, session: WriteSession, run: ChannelRun) -> MessageToSend:
        found = [] if run.job.subject_id is None else await conversations_by_ids(session, [run.job.subject_id])
        if not found:
            raise Refused(UserErrorCode.NOT_FOUND, _GONE)
        asked = run.job.payload
        asked_at = datetime.fromisoformat(asked["asked_at"]) if "asked_at" in asked else run.job.queued_at
        return MessageToSend(found[0].external_id, asked["text"], frozenset(asked["known_ids"]), asked_at)

    async def do(self, run: ChannelRun, loaded: MessageToSend) -> RemoteMessage | None:
        market = messaging(run)
        if run.looks_first:
            # The mark of the step may go with a run that only reads; this one stays for the attempt.
            await run.remember({_LOOKS: True})
        if _LOOKS in run.memo:
            told = await market.conversation(loaded.external_id)
            sent = [each for each in told.messages if _is_it(each, loaded)]
            if sent:
                return sent[0]
        async with run.unsafe("Sending the message"):
            return await market.send_message(loaded.external_id, loaded.text, loaded.known_ids, run.tell)

    async def store(self, session: WriteSession, run: ChannelRun, done: RemoteMessage | None) -> None:
        now, job = run.tools.clock(), await channel_job_for_update(session, run.job.id)
        if job is None or job.subject_id is None:
            return
        # What was sent is not needed any more.
        job.payload = {name: value for name, value in job.payload.items() if name != "text"}
        session.add(job)
        asker = Asker.of(job)
        record(
            session,
            asker,
            action="message.sent",
            target_type="Conversation",
            target_id=job.subject_id,
            kind=job.requested_by_kind,
        )
        if done is not None:
            await store_sent(session, job.subject_id, done, now=now)
            return
        # The marketplace does not show it yet: the next reading will.
        channel = await channel_for_update(session, job.channel_id)
        if channel is not None:
            wish = JobWish(ChannelJobKind.SYNC_CONVERSATIONS)
            await request_job(session, asker, channel, wish, now=now, by=ActorKind.SCHEDULE)


def _is_it(message: RemoteMessage, wanted: MessageToSend) -> bool:
    """Ours in these words, and none of before: some of those may have been written there, and read here by nobody."""
    is_new = message.external_id not in wanted.known_ids and message.sent_at >= wanted.asked_at - _CLOCKS_DIFFER
    # Marketplaces write white space in their own ways.
    return message.from_us and is_new and message.text.split() == wanted.text.split()
