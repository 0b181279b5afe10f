"""What a worker writes about the channel job that it runs, guarded by a fence; and the heartbeat of a job."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import col

from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.database import WriteSession
from models.listener import notify_changes


@dataclass(frozen=True, slots=True)
class ChannelFence:
    """What a run must show to write: it is void once the job has been claimed again or has its next attempt."""

    tenant_id: UUID
    job_id: UUID
    attempt: int
    run_id: UUID

    def owns(self, job: ChannelJob) -> bool:
        """Whether the run still owns the job; the caller has locked the row `job`."""
        claimed = (job.id, job.attempt, job.run_id, job.status)
        return claimed == (self.job_id, self.attempt, self.run_id, ChannelJobStatus.RUNNING)


def _is_owned(fence: ChannelFence) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ChannelJob.tenant_id) == fence.tenant_id,
        col(ChannelJob.id) == fence.job_id,
        col(ChannelJob.attempt) == fence.attempt,
        col(ChannelJob.run_id) == fence.run_id,
        col(ChannelJob.status) == ChannelJobStatus.RUNNING,
    )


async def owns_channel_job(session: WriteSession, fence: ChannelFence) -> bool:
    """Whether the run still owns the job; if so, nobody can claim it before the session ends."""
    # FOR SHARE: a claim, which changes the row, has to wait.
    query = select(col(ChannelJob.id)).where(*_is_owned(fence)).with_for_update(read=True)
    return (await (await session.connection()).execute(query)).one_or_none() is not None


async def beat_channel_job(session: WriteSession, job_id: UUID) -> None:
    """Writes the job's heartbeat, by Postgres' clock, since the clocks of workers may differ by minutes."""
    is_it = (col(ChannelJob.tenant_id) == session.tenant_id, col(ChannelJob.id) == job_id)
    await (await session.connection()).execute(update(ChannelJob).where(*is_it).values(heartbeat_at=func.now()))


async def advance_channel_job(session: WriteSession, fence: ChannelFence, told: dict[str, Any]) -> bool | None:
    """Stores what the run tells of the job's columns, with a heartbeat, and wakes subscribers.

    Answers whether somebody wants the job cancelled; None when the run has lost the job, and nothing was stored.
    """
    values = {**told, "heartbeat_at": func.now(), "version": col(ChannelJob.version) + 1}
    change = update(ChannelJob).where(*_is_owned(fence)).values(**values).returning(col(ChannelJob.cancel_requested_at))
    row = (await (await session.connection()).execute(change)).one_or_none()
    if row is None:
        return None
    await notify_changes(session, "CHANNEL_JOB", [fence.job_id])
    return row[0] is not None
