"""Refresh jobs as clients ask for them: a list, its length, and one job locked for a change."""

from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import (
    RefreshJobFilter,
    count_refresh_jobs,
    list_refresh_jobs,
    refresh_job_by_id,
    refresh_job_for_update,
)


async def refresh_jobs(
    db: Database, viewer: Viewer, wanted: RefreshJobFilter, window: Window
) -> KeysetPage[RefreshJob]:
    """One page of the tenant's refresh jobs, the newest request first; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_refresh_jobs(session, wanted, window)


async def number_of_refresh_jobs(db: Database, viewer: Viewer, wanted: RefreshJobFilter) -> int:
    """How many of the tenant's refresh jobs match the filter; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_refresh_jobs(session, wanted)


async def job_there(session: WriteSession, job_id: UUID | None) -> RefreshJob:
    """The job; raises Refused NOT_FOUND, also for a job of another tenant."""
    return _there(await refresh_job_by_id(session, job_id) if job_id else None)


async def lock_job(session: WriteSession, job_id: UUID | None) -> RefreshJob:
    """The job, locked until the session ends; raises Refused NOT_FOUND, also for a job of another tenant."""
    return _there(await refresh_job_for_update(session, job_id) if job_id else None)


def _there(job: RefreshJob | None) -> RefreshJob:
    if job is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such refresh.", field="job_id")
    return job
