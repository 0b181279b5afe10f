"""The job SYNC_CONVERSATIONS: reads the conversations of a channel that have changed since the last complete reading.

`conversations_read_to` is the newest change that was stored by a complete reading, and never later than that reading
began. The next one begins ten minutes before it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, Barred, IntegrationError, ObjectMissing, PermissionMissing, Throttled
from integrations.selling.conversations import ConversationPage, Messaging
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import ChannelRetry, RetriesOf, load_retries
from models.channels.channel import Channel
from models.database import WriteSession
from models.listener import notify_changes
from services.channel_jobs.work import ChannelRun
from services.conversations.keeping import ConversationKeeper

# A first reading goes back so far, unless somebody asks for more.
FIRST_READING = timedelta(days=90)
READ_AGAIN = timedelta(minutes=10)
_MOST_RETRIES, _MOST_WAITING = 20, 1_000
# In what somebody asks for: from when on, as ISO 8601.
_SINCE = "since"
# After these no further call helps now.
_ENDING = (AccessRevoked, PermissionMissing, Barred)
_GONE = "Conversation {} could not be read, and the channel does not know it any more."
_NO_MESSAGES = "Adgraph cannot read or write messages of this channel."


@dataclass(frozen=True, slots=True)
class AskedConversations:
    """From when on is read; `waiting` as a ConversationKeeper has it."""

    since: datetime
    waiting: dict[str, str]


class SyncConversations:
    """Reads conversations page by page, each stored by itself."""

    async def load(self, session: WriteSession, run: ChannelRun) -> AskedConversations:
        read_to = run.channel.conversations_read_to
        since = run.tools.clock() - FIRST_READING if read_to is None else read_to - READ_AGAIN
        if (asked := run.job.payload.get(_SINCE)) is not None:
            since = min(since, datetime.fromisoformat(asked))
        waiting = await load_retries(session, _of(run), most=_MOST_WAITING)
        return AskedConversations(since, {each.external_id: each.message for each in waiting})

    async def do(self, run: ChannelRun, loaded: AskedConversations) -> datetime | None:
        market, keeper, seen = messaging(run), ConversationKeeper(run, loaded.waiting), 0
        await run.tell("Reading conversations")
        async for page in market.conversations(loaded.since):
            await keeper.keep(page)
            seen += len(page.conversations) + len(page.unreadable)
            run.progress(seen)
        run.progress(seen, seen)
        newest = keeper.newest
        await _ask_again(run, market, keeper)
        keeper.tell_waiting()
        return newest

    async def store(self, session: WriteSession, run: ChannelRun, done: datetime | None) -> None:
        channel = await session.get_one(Channel, (run.fence.tenant_id, run.channel.id))
        # A conversation may be read long after the list that named it, and tell of messages that are newer than the
        # list; what else has changed since then was in no list yet.
        begun_at = run.job.started_at or run.tools.clock()
        newest = None if done is None else min(done, begun_at)
        channel.conversations_read_to = max(filter(None, (channel.conversations_read_to, newest)), default=None)
        channel.version += 1
        session.add(channel)
        await notify_changes(session, "CHANNEL", [channel.id])


def messaging(run: ChannelRun) -> Messaging:
    """The run's session; raises Refused where its marketplace has no messages."""
    if not isinstance(run.market, Messaging):
        raise Refused(UserErrorCode.NOT_SUPPORTED, _NO_MESSAGES)
    return run.market


async def _ask_again(run: ChannelRun, market: Messaging, keeper: ConversationKeeper) -> None:
    """Asks for single conversations. Whatever becomes of one, the reading is complete: it ends no job."""
    async with run.tools.db.read(run.scope) as session:
        waiting = await load_retries(session, keeper.of, most=_MOST_RETRIES)
    try:
        for retry in waiting:
            if retry.next_try_at <= run.tools.clock():
                await _try_again(run, market, keeper, retry)
    except Throttled:
        # The next run goes on with them.
        return


async def _try_again(run: ChannelRun, market: Messaging, keeper: ConversationKeeper, retry: ChannelRetry) -> None:
    try:
        told = await market.conversation(retry.external_id)
    except (Throttled, *_ENDING):
        raise
    except ObjectMissing:
        await keeper.give_up(retry.external_id, _GONE.format(retry.external_id))
    except IntegrationError:
        pass
    else:
        await keeper.keep(ConversationPage([told]))
    if retry.external_id in keeper.waiting:
        await keeper.put_off(retry)
    run.check()


def _of(run: ChannelRun) -> RetriesOf:
    return RetriesOf(run.channel.id, ChannelJobKind.SYNC_CONVERSATIONS)
