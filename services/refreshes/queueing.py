"""Puts a refresh on the queue, with its task, its locks and its arguments; also a finished one, as its next attempt."""

from datetime import datetime
from uuid import UUID

from models.acting import Acting, TenantScope
from models.audit.entry import record
from models.database import Database, WriteSession
from models.queue.enqueue import enqueue
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import becoming_active, forget_slices
from services.refreshes import states

REFRESH_TASK = "refresh.run"


async def enqueue_refresh(session: WriteSession, job: RefreshJob, *, not_before: datetime | None = None) -> None:
    """Puts the job on the queue with the caller's transaction.

    The lock lets one refresh of an account run at a time, over all workers. The queueing lock, of which the queue takes
    one job at a time, is the refresh job's id: with that of the account, a second refresh of it could not even wait.
    """
    await enqueue(
        session,
        REFRESH_TASK,
        lock=f"refresh:{job.tenant_id}:{job.ad_account_id}",
        queueing_lock=str(job.id),
        scheduled_at=not_before,
        tenant_id=str(job.tenant_id),
        refresh_job_id=str(job.id),
    )


async def put_off_refresh(
    db: Database, *, tenant_id: UUID, job_id: UUID, lock: str | None, not_before: datetime
) -> None:
    """Puts a job that is off the queue on it again, for later, without looking at its row; `lock` is the one it had."""
    async with db.write(TenantScope(tenant_id)) as session:
        await enqueue(
            session,
            REFRESH_TASK,
            lock=lock,
            queueing_lock=str(job_id),
            scheduled_at=not_before,
            tenant_id=str(tenant_id),
            refresh_job_id=str(job_id),
        )


async def queue_next_attempt(
    session: WriteSession, actor: Acting, job: RefreshJob, *, action: str, now: datetime
) -> None:
    """Queues a finished job as its next attempt, which reads every day again; the audit log tells it as `action`.

    All of it happens in the caller's transaction. Raises TwinIsActive, and changes nothing, when the same refresh has
    become active as another job meanwhile.
    """
    before = {"attempt": job.attempt, "status": job.status}
    async with becoming_active(session):
        await states.try_again(session, job, now=now)
    await forget_slices(session, job.id)
    await enqueue_refresh(session, job)
    record(session, actor, action=action, target_type="RefreshJob", target_id=job.id, before=before)
