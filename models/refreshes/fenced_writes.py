"""What a worker writes about the refresh that it runs. A fence guards each write: a worker that lost the job to another
run changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Update, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.database import ReadSession, WriteSession
from models.listener import notify_refresh_job
from models.queue.jobs import forgive_lost_tries
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.slice import RefreshSlice


@dataclass(frozen=True, slots=True)
class Fence:
    """What a run must show to write: it is void once the job has been claimed again or has its next attempt."""

    tenant_id: UUID
    job_id: UUID
    attempt: int
    run_id: UUID

    def owns(self, job: RefreshJob) -> bool:
        """Whether the run still owns the job; the caller has locked the row `job`."""
        claimed = (job.id, job.attempt, job.run_id, job.status)
        return claimed == (self.job_id, self.attempt, self.run_id, RefreshStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class RunState:
    version: int
    is_cancel_requested: bool


@dataclass(frozen=True, slots=True)
class DoneSlice:
    start: date
    end: date
    rows_fetched: int
    rows_stored: int
    rows_removed: int
    api_calls: int
    # Numbers of the whole job so far, this slice included.
    progress: float = 0.0
    job_rows_fetched: int = 0
    job_api_calls: int = 0
    gaps: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()


def _is_owned(fence: Fence) -> tuple[ColumnElement[bool], ...]:
    return (
        col(RefreshJob.tenant_id) == fence.tenant_id,
        col(RefreshJob.id) == fence.job_id,
        col(RefreshJob.attempt) == fence.attempt,
        col(RefreshJob.run_id) == fence.run_id,
        col(RefreshJob.status) == RefreshStatus.RUNNING,
    )


def _fenced(fence: Fence) -> Update:
    return update(RefreshJob).where(*_is_owned(fence))


async def _apply(session: WriteSession, change: Update) -> RunState | None:
    answer = change.values(version=col(RefreshJob.version) + 1).returning(
        col(RefreshJob.version), col(RefreshJob.cancel_requested_at)
    )
    row = (await (await session.connection()).execute(answer)).one_or_none()
    return None if row is None else RunState(row[0], row[1] is not None)


async def owns_job(session: WriteSession, fence: Fence) -> bool:
    """Whether the run still owns the job; if so, the row is locked and nobody can claim it before the session ends."""
    # FOR SHARE: a claim, which changes the row, has to wait.
    query = select(col(RefreshJob.id)).where(*_is_owned(fence)).with_for_update(read=True)
    return (await (await session.connection()).execute(query)).one_or_none() is not None


async def beat(session: WriteSession, job_id: UUID) -> None:
    """Writes the job's heartbeat, by Postgres' clock, since the clocks of workers may differ by minutes."""
    is_it = (col(RefreshJob.tenant_id) == session.tenant_id, col(RefreshJob.id) == job_id)
    await (await session.connection()).execute(update(RefreshJob).where(*is_it).values(heartbeat_at=func.now()))


async def advance_run(
    session: WriteSession, fence: Fence, *, progress: float, rows_fetched: int, api_calls: int
) -> RunState | None:
    """Stores progress, of which no number ever falls, and wakes subscribers; None when the run has lost the job.

    Call it at most twice a second: Postgres commits transactions that notify one at a time over the whole server.
    """
    state = await _apply(
        session,
        _fenced(fence).values(
            progress=func.greatest(col(RefreshJob.progress), progress),
            rows_fetched=func.greatest(col(RefreshJob.rows_fetched), rows_fetched),
            api_calls=func.greatest(col(RefreshJob.api_calls), api_calls),
            heartbeat_at=func.now(),
        ),
    )
    if state is not None:
        await notify_refresh_job(session, tenant_id=fence.tenant_id, job_id=fence.job_id, version=state.version)
    return state


async def complete_slice(session: WriteSession, fence: Fence, done: DoneSlice, *, now: datetime) -> RunState | None:
    """Stores the slice and sets the job's numbers to the sums of its slices, so that a repeated call counts nothing
    twice; None when the run has lost the job.

    It also clears the attempts of the queue job: a job that stores a slice between two losses of its worker does not
    cause these losses.
    """
    values: dict[str, Any] = {
        "rows_fetched": done.rows_fetched,
        "rows_stored": done.rows_stored,
        "rows_removed": done.rows_removed,
        "api_calls": done.api_calls,
        "end_on": done.end,
        "completed_at": now,
    }
    key = {"tenant_id": fence.tenant_id, "refresh_job_id": fence.job_id, "start_on": done.start}
    upsert = insert(RefreshSlice).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    await (await session.connection()).execute(upsert)
    words = _words(done.warnings, done.gaps)
    change = _fenced(fence).values(
        heartbeat_at=func.now(), outages=0, **words, **_sums(fence), **_not_behind(done, fence)
    )
    state = await _apply(session, change)
    if state is not None:
        await forgive_lost_tries(session, str(fence.job_id))
    return state


async def keep_words(
    session: WriteSession, fence: Fence, *, warnings: Sequence[str], gaps: Sequence[dict[str, Any]]
) -> None:
    """Stores the warnings and gaps of the run so far, so that they outlive it; does nothing if it has lost the job."""
    if words := _words(warnings, gaps):
        await _apply(session, _fenced(fence).values(**words))


def _words(warnings: Sequence[str], gaps: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: list(words) for name, words in (("warnings", warnings), ("gaps", gaps)) if words}


def _not_behind(done: DoneSlice, fence: Fence) -> dict[str, Any]:
    """Raises the reported progress to what the slices show, so that numbers never contradict each other.

    Otherwise a reader could see all days done at a progress of 10 %, or more rows stored than fetched.
    """
    fetched = select(func.coalesce(func.sum(col(RefreshSlice.rows_fetched)), 0)).where(*_is_of_job(fence))
    return {
        "progress": func.greatest(col(RefreshJob.progress), done.progress),
        "rows_fetched": func.greatest(col(RefreshJob.rows_fetched), done.job_rows_fetched, fetched.scalar_subquery()),
        "api_calls": func.greatest(col(RefreshJob.api_calls), done.job_api_calls),
    }


def _is_of_job(fence: Fence) -> tuple[ColumnElement[bool], ...]:
    return (col(RefreshSlice.tenant_id) == fence.tenant_id, col(RefreshSlice.refresh_job_id) == fence.job_id)


def _sums(fence: Fence) -> dict[str, Any]:
    # A job also reads older gaps again: they have slices, but are not among the days that the job was asked for.
    is_wanted = col(RefreshSlice.start_on).between(col(RefreshJob.range_start), col(RefreshJob.range_end))
    days = func.sum(col(RefreshSlice.end_on) - col(RefreshSlice.start_on) + 1).filter(is_wanted)
    return {
        name: select(func.coalesce(value, 0)).where(*_is_of_job(fence)).scalar_subquery()
        for name, value in {
            "days_done": days,
            "rows_stored": func.sum(col(RefreshSlice.rows_stored)),
            "rows_removed": func.sum(col(RefreshSlice.rows_removed)),
        }.items()
    }


async def completed_slices(session: ReadSession | WriteSession, job_id: UUID) -> list[tuple[date, date]]:
    """First and last day of each stored slice of the job, oldest first."""
    query = (
        select(col(RefreshSlice.start_on), col(RefreshSlice.end_on))
        .where(col(RefreshSlice.tenant_id) == session.tenant_id, col(RefreshSlice.refresh_job_id) == job_id)
        .order_by(col(RefreshSlice.start_on))
    )
    return [(row[0], row[1]) for row in await (await session.connection()).execute(query)]
