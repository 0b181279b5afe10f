"""Cancelling refreshes: one, or all of an ad account that are not finished."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import Acting
from models.audit.entry import record
from models.database import Database, WriteSession
from models.queue.jobs import cancel_queued
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED, active_refresh_jobs_of_accounts, refresh_job_for_update
from services.refreshes import states
from services.refreshes.jobs import lock_job


async def cancel_refresh_job(db: Database, clock: Clock, viewer: Viewer, *, job_id: UUID | None) -> RefreshJob:
    """Ends a job that is not finished; a running one ends as soon as its worker learns of it. Needs REFRESH.

    What the job has stored stays. Raises Refused: NOT_FOUND, NOT_CANCELLABLE.
    """
    require(viewer, Permission.REFRESH)
    async with db.write(viewer) as session:
        job = await lock_job(session, job_id)
        if job.status in FINISHED:
            raise Refused(
                UserErrorCode.NOT_CANCELLABLE, f"The refresh has ended already: {job.status}.", field="job_id"
            )
        await _cancel(session, viewer, job, clock=clock)
    return job


async def cancel_active_jobs(
    session: WriteSession, actor: Acting, *, ad_account_id: UUID, clock: Clock
) -> Sequence[RefreshJob]:
    """Cancels every refresh of an account that is not finished, in the caller's transaction; answers the jobs."""
    cancelled = []
    for active in await active_refresh_jobs_of_accounts(session, [ad_account_id]):
        job = await refresh_job_for_update(session, active.id)
        if job is not None and job.status not in FINISHED:
            await _cancel(session, actor, job, clock=clock)
            cancelled.append(job)
    return cancelled


async def end_if_cancelling(session: WriteSession, job_id: UUID, *, now: datetime) -> bool:
    """Ends a job that was cancelled and whose worker has not heard of it yet; answers whether it is at its end.

    A run that is under way writes nothing more: its fence no longer matches the job's row.
    """
    job = await refresh_job_for_update(session, job_id)
    if job is None or job.status in FINISHED:
        return True
    if job.cancel_requested_at is None:
        return False
    await states.finish(session, job, RefreshStatus.CANCELLED, now=now)
    await session.flush()
    return True


async def _cancel(session: WriteSession, actor: Acting, job: RefreshJob, *, clock: Clock) -> None:
    """Cancels the job's row, and its job in the queue, in one transaction.

    The row alone decides: where a worker does not hear of the abort, its next progress report tells it.
    """
    before = job.status
    await states.ask_to_cancel(session, job, now=clock())
    await cancel_queued(session, str(job.id))
    record(
        session,
        actor,
        action="refresh.cancelled",
        target_type="RefreshJob",
        target_id=job.id,
        before={"status": before},
    )
