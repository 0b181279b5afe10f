"""Puts a channel job on the queue, with its task, its locks and its arguments; also a finished one, as its next try."""

from datetime import datetime
from uuid import UUID

from models.acting import Acting, TenantScope
from models.audit.entry import record
from models.channel_jobs.job import ChannelJob
from models.channel_jobs.job_queries import opening_again
from models.database import Database, WriteSession
from models.queue.enqueue import enqueue
from services.channel_jobs import states

CHANNEL_TASK = "channel.run"


async def enqueue_channel_job(session: WriteSession, job: ChannelJob, *, not_before: datetime | None = None) -> None:
    """Puts the job on the queue with the caller's transaction.

    The lock lets one job of a channel run at a time, over all workers. The queueing lock, of which the queue takes one
    job at a time, is the id of the channel job.
    """
    await enqueue(
        session,
        CHANNEL_TASK,
        lock=f"channel:{job.tenant_id}:{job.channel_id}",
        queueing_lock=str(job.id),
        scheduled_at=not_before,
        tenant_id=str(job.tenant_id),
        channel_job_id=str(job.id),
    )


async def put_off_channel_job(
    db: Database, *, tenant_id: UUID, job_id: UUID, lock: str | None, not_before: datetime
) -> None:
    """Puts a job that is off the queue on it again, for later, without looking at its row; `lock` is the one it had."""
    async with db.write(TenantScope(tenant_id)) as session:
        await enqueue(
            session,
            CHANNEL_TASK,
            lock=lock,
            queueing_lock=str(job_id),
            scheduled_at=not_before,
            tenant_id=str(tenant_id),
            channel_job_id=str(job_id),
        )


async def queue_next_attempt(session: WriteSession, actor: Acting, job: ChannelJob, *, now: datetime) -> None:
    """Queues a finished job as its next attempt, in the caller's transaction.

    Raises TwinIsOpen, and changes nothing, when the same has been asked for as another job meanwhile.
    """
    before = {"attempt": job.attempt, "status": job.status}
    async with opening_again(session):
        await states.try_again(session, job, now=now)
    await enqueue_channel_job(session, job)
    record(
        session,
        actor,
        action="channel_job.retried",
        target_type="ChannelJob",
        target_id=job.id,
        before=before,
    )
