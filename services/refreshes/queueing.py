"""Puts a refresh on the queue, with its task, its locks and its arguments."""

from datetime import datetime

from models.database import WriteSession
from models.queue.enqueue import enqueue
from models.refreshes.job import RefreshJob

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
