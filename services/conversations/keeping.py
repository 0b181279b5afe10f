"""Stores what a reading of conversations brings, page by page, and remembers what is to be asked for again."""

from dataclasses import dataclass
from datetime import datetime

from integrations.selling.conversations import ConversationPage
from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import drop_retries
from services.channel_jobs.retry_book import RetryBook
from services.conversations.storing import StoredPage, store_conversations
from services.conversations.told import fitting
from services.patience import patiently


@dataclass(slots=True)
class ConversationKeeper(RetryBook):
    """Keeps one reading of conversations; `newest` is the last change of one that it has met."""

    kind = ChannelJobKind.SYNC_CONVERSATIONS

    newest: datetime | None = None

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
                await self.remember(session, odd | outcome.waiting)
                await drop_retries(session, self.of, [each for each in outcome.read if each in self.waiting])
            return outcome

        outcome = await patiently(once)
        self.forget(outcome.read)
        self.waiting |= odd | outcome.waiting
        for problem in outcome.problems:
            self.tell(problem)
        self.newest = max(filter(None, (self.newest, outcome.newest)), default=None)
