"""Streams of refresh jobs for subscribers: the state at once, then changes, at most twice a second.

A notification only says that a job has changed. Every event is read anew by a session of its own, so a notification, a
connection or a database that is lost costs a moment and no event. Subscribers of one tenant read together. A stream
outlives the request that opened it: it ends with the viewer's token, and the socket asks now and then whether the
viewer may still see it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound
from models.database import Database
from models.listener import Hub, Watch
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import FINISHED, active_refresh_jobs, refresh_jobs_by_ids
from services.patience import patiently
from services.queued.row_streams import AT_MOST_EVERY_S, next_change
from services.refreshes.shared_readings import read_together

# Of so many jobs of a tenant a subscriber remembers which version it was told.
_MOST_SEEN = 1_000


@dataclass(frozen=True, slots=True)
class JobNews:
    """A job as it was read; all subscribers that this reading is told to get the same object.

    `notes` is a place for what is made of the job for all of them.
    """

    job: RefreshJob
    notes: dict[Any, Any] = field(default_factory=dict)


async def watch_refresh_job(
    db: Database, clock: Clock, hub: Hub, viewer: Viewer, job_id: UUID | None
) -> AsyncIterator[JobNews]:
    """The job now and after every change until it has ended; needs READ.

    Raises NotFound, also for a job of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    tenant_id = require(viewer, Permission.READ).tenant_id
    if job_id is None:
        raise _not_found()
    seen = 0
    async with hub.watch(job_id) as watch:
        while True:
            await next_change(clock, viewer, watch)
            load = partial(_load_news, db, viewer, [job_id], is_first=seen == 0)
            found = await read_together(watch, tenant_id, load, anew=seen == 0)
            if not found:
                raise _not_found()
            has_ended = found[0].job.status in FINISHED
            # Several changes may be told by one reading, and one change by two: the version tells what is new.
            if found[0].job.version > seen:
                seen = found[0].job.version
                yield _as_told(watch, found[0])
            if has_ended:
                return
            del found, load  # what was read is not kept while this subscriber waits, which may take hours
            await asyncio.sleep(AT_MOST_EVERY_S)


def _as_told(watch: Watch[UUID], news: JobNews) -> JobNews:
    """The same with the row that others were told of this version: each of them holds it until there is news."""
    key = ("told", news.job.tenant_id)
    told: RefreshJob | None = watch.shelf.get(key)
    if told is None or told.version != news.job.version:
        watch.shelf[key] = news.job
        return news
    return news if told is news.job else JobNews(told)


async def watch_refresh_jobs(db: Database, clock: Clock, hub: Hub, viewer: Viewer) -> AsyncIterator[JobNews]:
    """Every unfinished job of the tenant now, then every job that changes; needs READ.

    Raises Unauthenticated when the viewer's token ends.
    """
    tenant_id = require(viewer, Permission.READ).tenant_id
    assert tenant_id is not None
    seen: dict[UUID, int] = {}
    is_first = True
    async with hub.watch_tenant(tenant_id) as watch:
        while True:
            changed = await next_change(clock, viewer, watch)
            # No job is named at first, and after the listener had lost its connection. Then any job may have changed
            # without a notification, also one that was shown and has ended meanwhile.
            asked = changed or frozenset(seen)
            load = partial(_load_news, db, viewer, list(asked), and_active=not changed, is_first=is_first)
            found = await read_together(watch, (asked, not changed), load, anew=is_first)
            is_first = False
            for news in found:
                if news.job.version > seen.pop(news.job.id, 0):
                    yield news
                seen[news.job.id] = news.job.version
            # The jobs that were told of longest ago are forgotten: told once more they are of no harm.
            for job_id in list(seen)[:-_MOST_SEEN]:
                del seen[job_id]
            await asyncio.sleep(AT_MOST_EVERY_S)


async def _load_news(
    db: Database, viewer: Viewer, ids: Sequence[UUID], *, and_active: bool = False, is_first: bool = False
) -> list[JobNews]:
    """These jobs, oldest first, `and_active` with every unfinished one.

    At first the error that the database is away goes to the subscriber at once; later the stream waits for it.
    """

    async def load() -> list[JobNews]:
        async with db.read(viewer) as session:
            found = {job.id: job for job in await refresh_jobs_by_ids(session, ids)} if ids else {}
            if and_active:
                found |= {job.id: job for job in await active_refresh_jobs(session)}
        return [JobNews(job) for job in sorted(found.values(), key=lambda job: job.id)]

    return await load() if is_first else await patiently(load)


def _not_found() -> NotFound:
    return NotFound("There is no such refresh.")
