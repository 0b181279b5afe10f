"""Records that a reading of a channel could not read or store: each is remembered, and asked for again by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from models.channel_jobs.job import ChannelJobKind
from models.channel_jobs.retry import ChannelRetry, RetriesOf, drop_retries, keep_retries, put_off_retry
from models.database import WriteSession
from services.channel_jobs.work import MOST_PROBLEMS, ChannelRun

_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=1)
# 15 minutes doubled so often are more than a day.
_MOST_DOUBLINGS = 7


@dataclass(slots=True)
class RetryBook:
    """`waiting` is what to ask for again, by the channel's ids, with what is wrong with it; `kind` is the reading's."""

    kind: ClassVar[ChannelJobKind]

    run: ChannelRun
    waiting: dict[str, str] = field(default_factory=dict)

    @property
    def of(self) -> RetriesOf:
        return RetriesOf(self.run.channel.id, self.kind)

    async def remember(self, session: WriteSession, odd: Mapping[str, str]) -> None:
        """Stores what is wrong with records, by their ids; the caller adds them to `waiting` once that is committed."""
        now = self.run.tools.clock()
        await keep_retries(session, self.of, odd, next_try_at=now + _FIRST_PAUSE, now=now)

    async def put_off(self, retry: ChannelRetry) -> None:
        """The record cannot be read now either: it is asked for again after a longer pause."""
        pause = min(_FIRST_PAUSE * 2 ** min(retry.tries, _MOST_DOUBLINGS), _LONGEST_PAUSE)
        async with self.run.writing() as session:
            await put_off_retry(session, self.of, retry, next_try_at=self.run.tools.clock() + pause)

    async def give_up(self, external_id: str, message: str) -> None:
        """The record is gone at the marketplace."""
        async with self.run.writing() as session:
            await drop_retries(session, self.of, [external_id])
        self.forget([external_id])
        self.tell(message)

    def forget(self, external_ids: Sequence[str]) -> None:
        for external_id in external_ids:
            self.waiting.pop(external_id, None)

    def tell_waiting(self) -> None:
        for message in self.waiting.values():
            self.tell(message)

    def tell(self, message: str) -> None:
        """Once, however often a page is read."""
        if len(self.run.problems) < MOST_PROBLEMS and all(each["message"] != message for each in self.run.problems):
            self.run.problem(message)
