"""Streams of refresh jobs for subscribers: the state at once, then changes, at most twice a second.

No row is held: every event is read anew by a session of its own, so a lost notification, listener or database costs a
moment and no event. A stream outlives the request that opened it: it ends with the viewer's token, and the socket looks
now and then whether the viewer still stands.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from auth.credential_words import EXPIRED
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Unauthenticated
from models.database import Database
from models.listener import Watch
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import FINISHED, active_refresh_jobs, refresh_jobs_by_ids
from services.patience import patiently
from services.toolbox import Toolbox

_AT_MOST_EVERY_S = 0.5


async def _changed(tools: Toolbox, viewer: Viewer, watch: Watch) -> frozenset[UUID]:
    """The next change; raises Unauthenticated when the viewer's token ends before it."""
    lifetime_s = (viewer.token_expires_at - tools.clock()).total_seconds()
    try:
        async with asyncio.timeout(max(0.0, lifetime_s)):
            changed = await watch.changed()
    except TimeoutError:
        raise Unauthenticated(EXPIRED) from None
    if tools.clock() >= viewer.token_expires_at:
        raise Unauthenticated(EXPIRED)
    return changed


async def watch_refresh_job(
    tools: Toolbox, viewer: Viewer, db: Database, job_id: UUID | None
) -> AsyncIterator[RefreshJob]:
    """The job now and after every change until it has ended; needs READ. Raises NotFound, for another tenant's too."""
    require(viewer, Permission.READ)
    if job_id is None:
        raise _not_found()
    seen = 0
    async with tools.hub.watch(job_id) as watch:
        while True:
            await _changed(tools, viewer, watch)
            jobs = await _load_jobs(db, viewer, [job_id], is_first=seen == 0)
            if not jobs:
                raise _not_found()
            if jobs[0].version > seen:
                seen = jobs[0].version
                yield jobs[0]
            if jobs[0].status in FINISHED:
                return
            await asyncio.sleep(_AT_MOST_EVERY_S)


async def watch_refresh_jobs(tools: Toolbox, viewer: Viewer, db: Database) -> AsyncIterator[RefreshJob]:
    """Every unfinished job of the tenant now, then every job that changes; needs READ."""
    tenant_id = require(viewer, Permission.READ).tenant_id
    assert tenant_id is not None
    seen: dict[UUID, int] = {}
    is_first = True
    async with tools.hub.watch_tenant(tenant_id) as watch:
        while True:
            changed = await _changed(tools, viewer, watch)
            # Nothing named: anything may have changed unheard, also a job that has ended meanwhile.
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
    """These jobs, oldest first. Whoever has just asked is told at once that the database is away."""

    async def load() -> list[RefreshJob]:
        async with db.read(viewer) as session:
            found = {job.id: job for job in await refresh_jobs_by_ids(session, ids)} if ids else {}
            if and_active:
                found |= {job.id: job for job in await active_refresh_jobs(session)}
        return sorted(found.values(), key=lambda job: job.id)

    return await load() if is_first else await patiently(load)


def _not_found() -> NotFound:
    return NotFound("No such refresh.")
