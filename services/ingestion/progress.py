"""How a run reports its progress: at most twice a second its counts go to the job's row, which wakes subscribers."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from errors import DatabaseUnavailable
from models.acting import TenantScope
from models.database import Database
from models.refreshes.fenced_writes import Fence, RunState, advance_run

# Commits that notify run one at a time over the whole server (about 1,000 a second), so progress is coalesced.
REPORT_EVERY_S = 0.5
# A run whose counts stay the same reports all the same: services/refreshes/sweep.py takes a silent one for lost.
HEARTBEAT_EVERY_S = 10.0
# How much of the progress the entities are, which come first and cost a few calls; the rest is days.
_ENTITIES_SHARE = 0.1
# 1 is kept for the job that has succeeded.
_ALMOST_DONE = 0.99


class RunLost(Exception):
    """The job was claimed again or finished: this run stops and writes nothing more."""


class RunCancelled(Exception):
    """Somebody asked to cancel the job."""


@dataclass(slots=True)
class Counts:
    """What the job has done so far in this attempt, earlier runs included, so that no count ever falls within it."""

    days_total: int
    days_done: int = 0
    rows_fetched: int = 0
    api_calls: int = 0
    has_entities: bool = False

    @property
    def progress(self) -> float:
        return self.progress_with(0)

    def progress_with(self, more_days: int) -> float:
        """The progress, between 0 and 1, once so many more days are stored."""
        days = (self.days_done + more_days) / self.days_total if self.days_total else 1.0
        done = _ENTITIES_SHARE * self.has_entities + (1 - _ENTITIES_SHARE) * days
        return min(done, _ALMOST_DONE)


class Reporter:
    """Reports in the background while the run works; `check` raises when the run has to stop."""

    def __init__(self, db: Database, fence: Fence, counts: Counts) -> None:
        self.counts = counts
        self._db = db
        self._fence = fence
        self._scope = TenantScope(fence.tenant_id)
        self._reported: Counts | None = None
        self._reported_at = time.monotonic()
        self._stop: type[Exception] | None = None
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_reporting())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._task is not None:
            # A report that is under way may finish; one that hangs because Postgres does is not waited for.
            await asyncio.wait([self._task], timeout=REPORT_EVERY_S)
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Raises RunLost or RunCancelled when the last report found so."""
        if self._stop is not None:
            raise self._stop

    def accept(self, state: RunState | None) -> None:
        """Takes what a fenced write answered; raises when the run has to stop."""
        if state is None:
            self._stop = RunLost
        elif state.is_cancel_requested:
            self._stop = RunCancelled
        self.check()

    async def _keep_reporting(self) -> None:
        while self._stop is None and not await self._has_ended():
            if self._is_news() or time.monotonic() - self._reported_at >= HEARTBEAT_EVERY_S:
                # Where Postgres is away, the next round reports the counts. `check` tells the run of the other two.
                with contextlib.suppress(DatabaseUnavailable, RunLost, RunCancelled):
                    await self._report()

    async def _has_ended(self) -> bool:
        """Waits for the next round; True when the run is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), REPORT_EVERY_S)
        return self._ended.is_set()

    def _is_news(self) -> bool:
        return self.counts != self._reported

    async def _report(self) -> None:
        counts = replace(self.counts)
        async with self._db.write(self._scope) as session:
            state = await advance_run(
                session,
                self._fence,
                progress=counts.progress,
                rows_fetched=counts.rows_fetched,
                api_calls=counts.api_calls,
            )
        self._reported, self._reported_at = counts, time.monotonic()
        self.accept(state)
