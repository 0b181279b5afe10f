"""Queries of refresh jobs: lists for clients, look-ups, locks and inserts.

What a running worker writes is in models/refreshes/fenced_writes.py.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from analytics.periods import DateRange
from models.columns import is_any, is_any_text
from models.database import ReadSession, WriteSession
from models.keyset import (
    KeysetPage,
    Listing,
    Ordering,
    PageBelow,
    Window,
    count_rows,
    count_rows_by_parent,
    counts_query,
    load_page,
    load_pages_below,
)
from models.listener import notify_refresh_job
from models.refreshes.job import ACTIVE_STATUSES, RefreshJob, RefreshStatus
from models.refreshes.slice import RefreshSlice
from models.shards import violates
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows
from models.upsert import insert_unless_there

FINISHED = (RefreshStatus.SUCCEEDED, RefreshStatus.FAILED, RefreshStatus.CANCELLED)
_NEWEST_FIRST = Ordering("refresh_job", key=col(RefreshJob.queued_at), row_id=col(RefreshJob.id), descending=True)


class TwinIsActive(Exception):
    """Another refresh of the same account, range and breakdowns is not finished yet."""


@dataclass(frozen=True, slots=True)
class RefreshJobFilter:
    """Every given part must be true; None leaves a part out, an empty tuple matches no job."""

    ad_account_ids: tuple[UUID, ...] | None = None
    statuses: tuple[RefreshStatus, ...] | None = None


EVERY_JOB = RefreshJobFilter()


def _rows(session: ReadSession | WriteSession, wanted: RefreshJobFilter = EVERY_JOB) -> SelectOfScalar[RefreshJob]:
    found = select(RefreshJob).where(RefreshJob.tenant_id == session.tenant_id)
    if wanted.ad_account_ids is not None:
        found = found.where(is_any(RefreshJob.ad_account_id, wanted.ad_account_ids))
    if wanted.statuses is not None:
        found = found.where(is_any_text(RefreshJob.status, wanted.statuses))
    return found


async def list_refresh_jobs(session: ReadSession, wanted: RefreshJobFilter, window: Window) -> KeysetPage[RefreshJob]:
    """One page, the newest request first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_refresh_jobs(session: ReadSession, wanted: RefreshJobFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


async def refresh_jobs_by_account(session: ReadSession, keys: Sequence[PageBelow]) -> list[KeysetPage[RefreshJob]]:
    """The pages of many accounts."""
    return await load_pages_below(session, Listing(_rows(session), _NEWEST_FIRST), col(RefreshJob.ad_account_id), keys)


async def refresh_job_counts_by_account(session: ReadSession, ids: Sequence[UUID]) -> list[int]:
    counts = await count_rows_by_parent(session, counts_query(_rows(session), col(RefreshJob.ad_account_id)), ids)
    return [counts[account_id] for account_id in ids]


_by_ids = by_ids(RefreshJob, col(RefreshJob.tenant_id) == TENANT)


async def refresh_jobs_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[RefreshJob]:
    return await rows(session, RefreshJob, _by_ids(), {"ids": ids})


async def refresh_job_by_id(session: ReadSession | WriteSession, job_id: UUID) -> RefreshJob | None:
    return (await session.exec(_rows(session).where(RefreshJob.id == job_id))).one_or_none()


async def refresh_job_for_update(session: WriteSession, job_id: UUID) -> RefreshJob | None:
    """The job, locked until the session ends; read anew, even if the session has read it before."""
    query = _rows(session).where(RefreshJob.id == job_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def active_refresh_jobs(session: ReadSession) -> Sequence[RefreshJob]:
    """Every job of the tenant that is not finished, oldest first, at most 1,000: one account runs one job at a time."""
    query = _rows(session, RefreshJobFilter(statuses=ACTIVE_STATUSES)).order_by(col(RefreshJob.id)).limit(1000)
    return (await session.exec(query)).all()


async def active_refresh_jobs_of_accounts(
    session: ReadSession | WriteSession, ad_account_ids: Sequence[UUID]
) -> Sequence[RefreshJob]:
    """The jobs of these accounts that are not finished, oldest first."""
    wanted = RefreshJobFilter(tuple(ad_account_ids), ACTIVE_STATUSES)
    return (await session.exec(_rows(session, wanted).order_by(col(RefreshJob.id)))).all()


async def breakdowns_asked_since(
    session: ReadSession | WriteSession, ad_account_id: UUID, instant: datetime, *, days: DateRange
) -> set[tuple[str, ...]]:
    """The breakdowns of refreshes over all of the days that were requested since the instant, however they ended."""
    query = select(RefreshJob.breakdowns).where(
        RefreshJob.tenant_id == session.tenant_id,
        RefreshJob.ad_account_id == ad_account_id,
        col(RefreshJob.queued_at) >= instant,
        col(RefreshJob.range_start) <= days.start,
        col(RefreshJob.range_end) >= days.end,
    )
    return {tuple(breakdowns) for breakdowns in await session.exec(query)}


async def active_twin(session: ReadSession | WriteSession, job: RefreshJob) -> RefreshJob | None:
    """A job of the same account, range and breakdowns that is not finished."""
    rows = _rows(session, RefreshJobFilter((job.ad_account_id,), ACTIVE_STATUSES)).where(
        RefreshJob.range_start == job.range_start,
        RefreshJob.range_end == job.range_end,
        col(RefreshJob.breakdowns) == job.breakdowns,
    )
    return (await session.exec(rows)).one_or_none()


async def insert_unless_active(session: WriteSession, job: RefreshJob) -> RefreshJob | None:
    """Stores the job and notifies subscribers; None when the same refresh is queued, running or waiting.

    The heartbeat of the new job is Postgres' time.
    """
    await session.flush()  # the account may have been added in this transaction, and the foreign key needs it
    is_new = await insert_unless_there(
        session,
        job,
        on=("tenant_id", "ad_account_id", "range_start", "range_end", "breakdowns"),
        where=text("status in ('QUEUED', 'RUNNING', 'WAITING')"),
        values=job.model_dump() | {"heartbeat_at": func.now()},
    )
    if not is_new:
        return None
    await notify_refresh_job(session, tenant_id=job.tenant_id, job_id=job.id, version=job.version)
    return await refresh_job_by_id(session, job.id)


@asynccontextmanager
async def becoming_active(session: WriteSession) -> AsyncIterator[None]:
    """A savepoint around changes that make a finished job active again.

    Raises TwinIsActive, and rolls the changes back, when the same refresh has become active as another job meanwhile.
    """
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as error:
        if not violates(error, "uq_refresh_job_active"):
            raise
        raise TwinIsActive from error


async def forget_slices(session: WriteSession, job_id: UUID) -> None:
    """Deletes the slices of the job, so that its next attempt reads every day again."""
    of_job = (col(RefreshSlice.tenant_id) == session.tenant_id, col(RefreshSlice.refresh_job_id) == job_id)
    await (await session.connection()).execute(delete(RefreshSlice).where(*of_job))
