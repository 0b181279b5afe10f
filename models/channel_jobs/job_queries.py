"""Queries of channel jobs: lists for clients, look-ups, locks and inserts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.channel_jobs.job import OPEN_STATUSES, ChannelJob, ChannelJobKind, ChannelJobStatus
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
from models.shards import violates
from models.thin.compiled import TENANT
from models.thin.records import by_ids, listed, rows
from models.upsert import insert_unless_there

_NEWEST_FIRST = Ordering("channel_job", key=col(ChannelJob.queued_at), row_id=col(ChannelJob.id), descending=True)
_IS_OPEN = text("status in ('QUEUED', 'RUNNING', 'WAITING', 'UNCERTAIN')")


class TwinIsOpen(Exception):
    """Another job of the channel for the same thing is not finished yet."""


@dataclass(frozen=True, slots=True)
class ChannelJobFilter:
    """Every given part must be true; None leaves a part out, an empty tuple matches no job."""

    channel_ids: tuple[UUID, ...] | None = None
    kinds: tuple[ChannelJobKind, ...] | None = None
    statuses: tuple[ChannelJobStatus, ...] | None = None


EVERY_CHANNEL_JOB = ChannelJobFilter()


def _rows(session: ReadSession | WriteSession, wanted: ChannelJobFilter) -> SelectOfScalar[ChannelJob]:
    found = select(ChannelJob).where(ChannelJob.tenant_id == session.tenant_id)
    if wanted.channel_ids is not None:
        found = found.where(is_any(ChannelJob.channel_id, wanted.channel_ids))
    if wanted.kinds is not None:
        found = found.where(is_any_text(ChannelJob.kind, wanted.kinds))
    if wanted.statuses is not None:
        found = found.where(is_any_text(ChannelJob.status, wanted.statuses))
    return found


async def list_channel_jobs(session: ReadSession, wanted: ChannelJobFilter, window: Window) -> KeysetPage[ChannelJob]:
    """One page, the newest request first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_channel_jobs(session: ReadSession, wanted: ChannelJobFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


@dataclass(frozen=True, slots=True)
class JobsOfChannel:
    """The jobs of one channel that match."""

    channel_id: UUID
    wanted: ChannelJobFilter


@dataclass(frozen=True, slots=True)
class PageOfJobs:
    """A page of the jobs of one channel that match."""

    page: PageBelow
    wanted: ChannelJobFilter


async def channel_jobs_by_channel(session: ReadSession, keys: Sequence[PageOfJobs]) -> list[KeysetPage[ChannelJob]]:
    """A page for each, by one statement for all that ask for the same filter and window."""
    found: dict[PageOfJobs, KeysetPage[ChannelJob]] = {}
    for wanted in {key.wanted for key in keys}:
        alike = [key for key in keys if key.wanted == wanted]
        listing, pages = Listing(_rows(session, wanted), _NEWEST_FIRST), [key.page for key in alike]
        found |= zip(alike, await load_pages_below(session, listing, col(ChannelJob.channel_id), pages), strict=True)
    return [found[key] for key in keys]


async def channel_job_counts_by_channel(session: ReadSession, keys: Sequence[JobsOfChannel]) -> list[int]:
    """How many jobs each has, by one statement for all that ask for the same filter."""
    found: dict[JobsOfChannel, int] = {}
    for wanted in {key.wanted for key in keys}:
        ids = [key.channel_id for key in keys if key.wanted == wanted]
        query = counts_query(_rows(session, wanted), col(ChannelJob.channel_id))
        counts = await count_rows_by_parent(session, query, ids)
        found |= {JobsOfChannel(channel_id, wanted): count for channel_id, count in counts.items()}
    return [found[key] for key in keys]


_by_ids = by_ids(ChannelJob, col(ChannelJob.tenant_id) == TENANT)


async def channel_jobs_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[ChannelJob]:
    return await rows(session, ChannelJob, _by_ids(), {"ids": ids})


async def channel_job_by_id(session: ReadSession | WriteSession, job_id: UUID) -> ChannelJob | None:
    return next(iter(await channel_jobs_by_ids(session, [job_id])), None)


async def channel_job_for_update(session: WriteSession, job_id: UUID) -> ChannelJob | None:
    """The job, locked until the session ends; read anew, even if the session has read it before."""
    query = _rows(session, EVERY_CHANNEL_JOB).where(ChannelJob.id == job_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


async def open_channel_jobs(session: ReadSession | WriteSession, channel_id: UUID) -> Sequence[ChannelJob]:
    """The jobs of the channel that are not finished, oldest first."""
    wanted = ChannelJobFilter((channel_id,), statuses=OPEN_STATUSES)
    return await rows(session, ChannelJob, listed(ChannelJob, _rows(session, wanted).order_by(col(ChannelJob.id))))


async def open_twin(session: WriteSession, job: ChannelJob) -> ChannelJob | None:
    """A job of the same channel for the same thing that is not finished."""
    wanted = ChannelJobFilter((job.channel_id,), statuses=OPEN_STATUSES)
    return (await session.exec(_rows(session, wanted).where(ChannelJob.sameness == job.sameness))).one_or_none()


async def insert_unless_open(session: WriteSession, job: ChannelJob) -> bool:
    """Stores the job; False, and nothing is stored, where one for the same thing is not finished.

    The heartbeat of the new job is Postgres' time.
    """
    await session.flush()  # the channel may have been added in this transaction, and the foreign key needs it
    return await insert_unless_there(
        session,
        job,
        on=("tenant_id", "channel_id", "sameness"),
        where=_IS_OPEN,
        values=job.model_dump() | {"heartbeat_at": func.now()},
    )


@asynccontextmanager
async def opening_again(session: WriteSession) -> AsyncIterator[None]:
    """A savepoint around changes that make a finished job open again.

    Raises TwinIsOpen, and rolls the changes back, when another job for the same thing has been opened meanwhile.
    """
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as error:
        if not violates(error, "uq_channel_job_open"):
            raise
        raise TwinIsOpen from error


# What a chore has to do something about: the channel is gone, the job is too old, or what it waited for has happened.
_TO_TEND = text("""
    select job.tenant_id, job.id from channel_job job
    join channel on channel.tenant_id = job.tenant_id and channel.id = job.channel_id
    where job.status in ('QUEUED', 'WAITING', 'UNCERTAIN')
      and (channel.status = 'DISCONNECTED' or job.queued_at < :too_old
           or (job.status = 'WAITING' and job.resumes_at is null
               and channel.status = 'CONNECTED' and channel.frozen_at is null
               and not exists (select from relay_step step
                               where step.tenant_id = job.tenant_id and step.job_id = job.id
                                 and step.state in ('WANTED', 'STARTED'))))
    order by job.queued_at, job.id limit 500
""")


async def channel_jobs_to_tend(session: WriteSession, *, too_old: datetime) -> list[tuple[UUID, UUID]]:
    """Tenants and ids of at most 500 unfinished jobs, over all tenants, that no worker will look at in time.

    Their channel is disconnected, they were queued before `too_old`, or they wait for somebody who has come. A browser
    extension takes what waits for it by itself.
    """
    found = await (await session.connection()).execute(_TO_TEND, {"too_old": too_old})
    return [(row[0], row[1]) for row in found]
