"""Stores what a reading of conversations brings, page by page, and remembers what is to be asked for again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.selling.conversations import ConversationPage
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import ChannelRetry, RetriesOf, drop_retries, keep_retries, put_off_retry
from services.channel_jobs.work import MOST_PROBLEMS, ChannelRun
from services.conversations.storing import StoredPage, store_conversations
from services.conversations.told import fitting
from services.patience import patiently

_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=1)
# 15 minutes doubled so often are more than a day.
_MOST_DOUBLINGS = 7


@dataclass(slots=True)
class ConversationKeeper:
    """`waiting` is what to ask for again, by the channel's ids, with what is wrong with it."""

    run: ChannelRun
    waiting: dict[str, str] = field(default_factory=dict)
    newest: datetime | None = None

    @property
    def of(self) -> RetriesOf:
        return RetriesOf(self.run.channel.id, ChannelJobKind.SYNC_CONVERSATIONS)

    async def keep(self, page: ConversationPage) -> None:
        """Stores what of the page is not older than what is stored."""
        odd = dict[str, str]()
        for each in page.unreadable:
            about = fitting(each.external_id)
            if about is None:
                self.tell(each.message)
            else:
                odd[about] = f"Conversation {about}: {each.message}"

        async def once() -> StoredPage:
            now = self.run.tools.clock()
            async with self.run.writing() as session:
                outcome = await store_conversations(session, self.run.channel.id, page.conversations, now=now)
                wrong = odd | outcome.waiting
                await keep_retries(session, self.of, wrong, next_try_at=now + _FIRST_PAUSE, now=now)
                await drop_retries(session, self.of, [each for each in outcome.read if each in self.waiting])
            return outcome

        outcome = await patiently(once)
        self._forget(outcome.read)
        self.waiting |= odd | outcome.waiting
        for problem in outcome.problems:
            self.tell(problem)
        self.newest = max(filter(None, (self.newest, outcome.newest)), default=None)

    async def put_off(self, retry: ChannelRetry) -> None:
        """It cannot be read now either: it is asked for again after a longer pause."""
        pause = min(_FIRST_PAUSE * 2 ** min(retry.tries, _MOST_DOUBLINGS), _LONGEST_PAUSE)
        async with self.run.writing() as session:
            await put_off_retry(session, self.of, retry, next_try_at=self.run.tools.clock() + pause)

    async def give_up(self, external_id: str) -> None:
        """It is gone at the marketplace."""
        async with self.run.writing() as session:
            await drop_retries(session, self.of, [external_id])
        self._forget([external_id])
        self.tell(f"Conversation {external_id} could not be read, and the channel does not know it any more.")

    def tell_waiting(self) -> None:
        for message in self.waiting.values():
            self.tell(message)

    def tell(self, message: str) -> None:
        """Once, however often a page is read."""
        if len(self.run.problems) < MOST_PROBLEMS and all(each["message"] != message for each in self.run.problems):
            self.run.problem(message)

    def _forget(self, external_ids: Sequence[str]) -> None:
        for external_id in external_ids:
            self.waiting.pop(external_id, None)
