"""One refresh while it runs: what its steps share. It owns no rule of its own but the fence around every write."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from analytics.enums import Breakdown
from analytics.periods import DateRange
from models.ads.ad_account import AdAccount
from models.database import TenantScope, WriteSession
from models.refreshes.fenced_writes import Fence, holds_fence, keep_words
from services.ingestion.oddities import Oddities
from services.ingestion.progress import Counts, Reporter, RunLost
from services.ingestion.source import RefreshSource
from services.ingestion.throttling import Pacer
from services.patience import patiently
from services.toolbox import Toolbox

T = TypeVar("T")

# What the API shows of them.
MOST_GAPS = 100


@dataclass(slots=True)
class Run:
    """`account` is the row as the platform described it at the start of this run."""

    tools: Toolbox
    scope: TenantScope
    fence: Fence
    account: AdAccount
    days: DateRange
    source: RefreshSource
    pacer: Pacer
    counts: Counts
    reporter: Reporter
    started_at: datetime
    # The set that the days are parted by; empty for the ad-days themselves.
    breakdowns: tuple[Breakdown, ...] = ()
    # Calls made by earlier runs of the same attempt.
    earlier_calls: int = 0
    # The run before this one ended without a word, by the death of its worker.
    earlier_broke_off: bool = False
    warnings: list[str] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    oddities: Oddities = field(default_factory=Oddities)

    async def store(self, step: Callable[[WriteSession], Awaitable[T]]) -> T:
        """One transaction that commits only while this run holds the job; repeated while Postgres is away."""

        async def once() -> T:
            async with self.tools.db.write(self.scope) as session:
                result = await step(session)
                if not await holds_fence(session, self.fence):
                    raise RunLost
                return result

        return await patiently(once)

    async def checkpoint(self, step: Callable[[WriteSession], Awaitable[T]]) -> T:
        """As `store`, of what no later run of the job does again: it takes along what there was to tell so far."""

        async def with_words(session: WriteSession) -> T:
            result = await step(session)
            await keep_words(session, self.fence, warnings=self.told(), gaps=self.gaps)
            return result

        return await self.store(with_words)

    def note_calls(self) -> None:
        """Takes over the calls made so far and what they told, and stops the run when the last report said so."""
        self.counts.api_calls = self.earlier_calls + self.source.calls
        self.oddities.add(self.source.take_spoiled())
        self.reporter.check()

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def told(self) -> list[str]:
        """The warnings of the job, those of its earlier runs included."""
        return list(dict.fromkeys((*self.warnings, *self.oddities.warnings())))

    def miss(self, message: str, *, day: str | None = None, field_name: str | None = None) -> None:
        """Remembers what could not be read although the refresh goes on."""
        gap = {"day": day, "field": field_name, "message": message}
        if len(self.gaps) < MOST_GAPS and gap not in self.gaps:
            self.gaps.append(gap)
