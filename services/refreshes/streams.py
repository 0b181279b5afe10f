"""Streams of refresh jobs for subscribers: the state at once, then changes, at most twice a second.

A notification only says that a job has changed. Every event is read anew by a session of its own, so a notification, a
connection or a database that is lost costs a moment and no event. A stream outlives the request that opened it: it ends
with the viewer's token, and the socket asks now and then whether the viewer may still see it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from analytics.clock import Clock
from auth.credential_words import EXPIRED
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Unauthenticated
from models.database import Database
from models.listener import Hub, Watch
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import FINISHED, active_refresh_jobs, refresh_jobs_by_ids
from services.patience import patiently

# The time between two events; changes in it are told by the later event.
_AT_MOST_EVERY_S = 0.5


async def _next_change(clock: Clock, viewer: Viewer, watch: Watch) -> frozenset[UUID]:
    """The ids of jobs that changed, empty for all of them; raises Unauthenticated when the viewer's token has ended."""
    # A stream may wait for hours; without this limit it would go on after its viewer's token has ended.
    lifetime_s = (viewer.token_expires_at - clock()).total_seconds()
    try:
        async with asyncio.timeout(max(0.0, lifetime_s)):
            changed = await watch.changed()
    except TimeoutError:
        raise Unauthenticated(EXPIRED) from None
    if clock() >= viewer.token_expires_at:
        raise Unauthenticated(EXPIRED)
    return changed


async def watch_refresh_job(
    db: Database, clock: Clock, hub: Hub, viewer: Viewer, job_id: UUID | None
) -> AsyncIterator[RefreshJob]:
    """The job now and after every change until it has ended; needs READ.

    Raises NotFound, also for a job of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    require(viewer, Permission.READ)
    if job_id is None:
        raise _not_found()
    seen = 0
    async with hub.watch(job_id) as watch:
        while True:
            await _next_change(clock, viewer, watch)
            jobs = await _load_jobs(db, viewer, [job_id], is_first=seen == 0)
            if not jobs:
                raise _not_found()
            # Several changes may be told by one reading, and one change by two: the version tells what is new.
            if jobs[0].version > seen:
                seen = jobs[0].version
                yield jobs[0]
            if jobs[0].status in FINISHED:
                return
            await asyncio.sleep(_AT_MOST_EVERY_S)


async def watch_refresh_jobs(db: Database, clock: Clock, hub: Hub, viewer: Viewer) -> AsyncIterator[RefreshJob]:
    """Every unfinished job of the tenant now, then every job that changes; needs READ.

    Raises Unauthenticated when the viewer's token ends.
    """
    tenant_id = require(viewer, Permission.READ).tenant_id
    assert tenant_id is not None
    seen: dict[UUID, int] = {}
    is_first = True
    async with hub.watch_tenant(tenant_id) as watch:
        while True:
            changed = await _next_change(clock, viewer, watch)
            # No job is named at first, and after the listener had lost its connection. Then any job may have changed
            # without a notification, also one that was shown and has ended meanwhile.
            jobs = await _load_jobs(db, viewer, list(changed or seen), and_active=not changed, is_first=is_first)
            is_first = False
            for job in jobs:
                if job.version > seen.get(job.id, 0):
                    seen[job.id] = job.version
                    yield job
            await asyncio.sleep(_AT_MOST_EVERY_S)


async def _load_jobs(
    db: Database, viewer: Viewer, ids: Sequence[UUID], *, and_active: bool = False, is_first: bool = False
) -> list[RefreshJob]:
    """These jobs, oldest first, `and_active` with every unfinished one.

    At first the error that the database is away goes to the subscriber at once; later the stream waits for it.
    """

    async def load() -> list[RefreshJob]:
        async with db.read(viewer) as session:
            found = {job.id: job for job in await refresh_jobs_by_ids(session, ids)} if ids else {}
            if and_active:
                found |= {job.id: job for job in await active_refresh_jobs(session)}
        return sorted(found.values(), key=lambda job: job.id)

    return await load() if is_first else await patiently(load)


def _not_found() -> NotFound:
    return NotFound("There is no such refresh.")
