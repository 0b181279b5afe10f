"""What the steps of one run share; the only rule here is the fence, by which a run that lost its job writes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from analytics.clock import Clock
from analytics.enums import Breakdown
from analytics.meta.breakdowns import set_name
from analytics.periods import DateRange
from integrations.ads.platform import AdSession
from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.database import Database, WriteSession
from models.refreshes.fenced_writes import Fence, keep_words, owns_job
from services.ingestion.oddities import Oddities
from services.ingestion.progress import Counts, Reporter, RunLost
from services.ingestion.throttling import Pacer
from services.patience import patiently

T = TypeVar("T")

# A job stores so many gaps at most, and the API shows them all.
MOST_GAPS = 100


@dataclass(slots=True)
class Run:
    """`account` is the row as the platform described it at the start of this run."""

    db: Database
    clock: Clock
    scope: TenantScope
    fence: Fence
    account: AdAccount
    # As it was when its token was read.
    grant: AccessGrant
    days: DateRange
    source: AdSession
    pacer: Pacer
    counts: Counts
    reporter: Reporter
    started_at: datetime
    # The breakdowns by which the ad-days are divided; empty for the ad-days themselves.
    breakdowns: tuple[Breakdown, ...] = ()
    # Calls made by earlier runs of the same attempt.
    earlier_calls: int = 0
    # The run before this one did not record its end, since its worker died.
    earlier_broke_off: bool = False
    warnings: list[str] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    oddities: Oddities = field(default_factory=Oddities)

    @property
    def breakdown_set(self) -> str | None:
        """The name under which parts are stored; None for a run that reads the ad-days themselves."""
        return set_name(self.breakdowns) if self.breakdowns else None

    async def store(self, step: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Runs `step` in a transaction that commits only while the job belongs to this run, else raises RunLost.

        The transaction is repeated while Postgres is away, so `step` must not change what outlives it.
        """

        async def once() -> T:
            async with self.db.write(self.scope) as session:
                result = await step(session)
                if not await owns_job(session, self.fence):
                    raise RunLost
                return result

        return await patiently(once)

    async def checkpoint(self, step: Callable[[WriteSession], Awaitable[T]]) -> T:
        """As `store`, for a step that no later run of the job repeats: the gaps and warnings so far are stored with it.

        Else they would be lost when the worker dies behind it.
        """

        async def with_words(session: WriteSession) -> T:
            result = await step(session)
            await keep_words(session, self.fence, warnings=self.told(), gaps=self.gaps)
            return result

        return await self.store(with_words)

    def note_calls(self) -> None:
        """Takes over how many calls were made and what of their answers could not be read.

        Raises RunLost or RunCancelled when the last progress report found so.
        """
        self.counts.api_calls = self.earlier_calls + self.source.calls
        self.oddities.add(self.source.take_spoiled())
        self.reporter.check()

    def warn(self, text: str) -> None:
        """Adds a warning to the job, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def told(self) -> list[str]:
        """The warnings of the job, those of its earlier runs included."""
        return list(dict.fromkeys((*self.warnings, *self.oddities.warnings())))

    def miss(self, message: str, *, day: str | None = None, field_name: str | None = None) -> None:
        """Adds a gap to the job: what could not be read although the refresh goes on.

        `day` is an ISO date, `field_name` the platform's name of a field or a kind of things.
        """
        gap = {"day": day, "field": field_name, "message": message}
        if len(self.gaps) < MOST_GAPS and gap not in self.gaps:
            self.gaps.append(gap)
