"""What people do about channel jobs: list them, cancel one, repeat one."""

from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import kind_of, record
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channel_jobs.job_queries import (
    ChannelJobFilter,
    TwinIsOpen,
    count_channel_jobs,
    list_channel_jobs,
    open_twin,
)
from models.channels.channel import Channel
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.queue.jobs import cancel_queued
from models.relay.step import steps_without_results
from services.channel_jobs import states
from services.channel_jobs.admission import lock_with_channel
from services.channel_jobs.queueing import queue_next_attempt
from services.channel_jobs.relaying import has_doubt
from services.channel_jobs.requests import PERMISSIONS, refuse_closed_channel

_TWIN = "The same has been asked for again and is not finished: see that job."
_NO_FILE = "The file of this job is not kept after its end: ask for the same once more, with the file."


async def channel_jobs(
    db: Database, viewer: Viewer, wanted: ChannelJobFilter, window: Window
) -> KeysetPage[ChannelJob]:
    """One page of the tenant's channel jobs, the newest request first; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_channel_jobs(session, wanted, window)


async def number_of_channel_jobs(db: Database, viewer: Viewer, wanted: ChannelJobFilter) -> int:
    """How many of the tenant's channel jobs match the filter; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_channel_jobs(session, wanted)


async def cancel_channel_job(db: Database, clock: Clock, viewer: Viewer, *, job_id: UUID | None) -> ChannelJob:
    """Ends a job that is not finished; a running one ends before its next step. Needs what asking for it needs.

    What the job has done stays done. Raises Refused: NOT_FOUND, NOT_CANCELLABLE.
    """
    require(viewer, Permission.SELL)
    async with db.write(viewer) as session:
        job, _ = await _lock(session, job_id)
        require(viewer, PERMISSIONS[job.kind])
        problem = None
        if job.status in states.FINISHED:
            problem = f"The job has ended already: {job.status}."
        elif states.DONE in job.memo:
            problem = "The marketplace has done this already: the job ends by itself."
        elif job.status is ChannelJobStatus.UNCERTAIN or await _is_being_looked_up(session, job):
            problem = "The marketplace may have done this already. Adgraph is looking, and the job ends by itself."
        if problem is not None:
            raise Refused(UserErrorCode.NOT_CANCELLABLE, problem, field="job_id")
        before = job.status
        await states.ask_to_cancel(session, job, now=clock())
        if job.status is ChannelJobStatus.CANCELLED:
            # A running job ends between two steps; its queue's job would be cut off within one.
            await cancel_queued(session, str(job.id))
        record(
            session,
            viewer,
            action="channel_job.cancelled",
            target_type="ChannelJob",
            target_id=job.id,
            before={"status": before},
        )
    return job


async def retry_channel_job(db: Database, clock: Clock, viewer: Viewer, *, job_id: UUID | None) -> ChannelJob:
    """Queues a job that failed or was cancelled as its next attempt; needs what asking for it needs.

    Raises Refused: NOT_FOUND; NOT_RETRYABLE for a job that is not finished, that succeeded or that failed for a reason
    which a retry cannot mend, for one whose file is gone, and while the same is under way as another job; FORBIDDEN for
    a disconnected channel, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.SELL)
    async with db.write(viewer) as session:
        job, channel = await _lock(session, job_id)
        require(viewer, PERMISSIONS[job.kind])
        await _check_retryable(session, job)
        refuse_closed_channel(channel, field="job_id")
        # The next run asks whether whoever asks now may do it.
        job.requested_by_user_id, job.requested_by_api_key_id = viewer.user_id, viewer.api_key_id
        job.requested_by_kind = kind_of(viewer)
        try:
            await queue_next_attempt(session, viewer, job, now=clock())
        except TwinIsOpen as error:
            raise Refused(UserErrorCode.NOT_RETRYABLE, _TWIN, field="job_id") from error
    return job


async def _is_being_looked_up(session: WriteSession, job: ChannelJob) -> bool:
    """Whether nobody works at it at the moment, within a look for what a browser extension may have done."""
    is_idle = job.status in (ChannelJobStatus.QUEUED, ChannelJobStatus.WAITING)
    return is_idle and states.is_unsafe(job) and has_doubt(await steps_without_results(session, job.id))


async def _lock(session: WriteSession, job_id: UUID | None) -> tuple[ChannelJob, Channel]:
    found = await lock_with_channel(session, job_id) if job_id else None
    if found is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such job.", field="job_id")
    return found


async def _check_retryable(session: WriteSession, job: ChannelJob) -> None:
    problem = None
    if job.status not in (ChannelJobStatus.FAILED, ChannelJobStatus.CANCELLED):
        problem = f"Only a job that failed or was cancelled can be repeated; this one is {job.status}."
    elif job.status is ChannelJobStatus.FAILED and not job.error_retryable:
        problem = f"Repeating this job does not help. {job.error_message}"
    elif states.lacks_file(job):
        problem = _NO_FILE
    elif await open_twin(session, job):
        problem = _TWIN
    if problem:
        raise Refused(UserErrorCode.NOT_RETRYABLE, problem, field="job_id")
