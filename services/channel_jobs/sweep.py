"""Puts unfinished channel jobs back on the queue when no job of the queue will run them: the row decides."""

from functools import partial

import structlog

from analytics.clock import Clock
from models.acting import TenantScope
from models.channel_jobs.fenced_writes import beat_channel_job
from models.channel_jobs.job import ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.database import Database
from models.queue.orphans import KeptJobs, Orphan
from models.relay.step import has_open_steps
from services.channel_jobs import states
from services.channel_jobs.queueing import CHANNEL_TASK, enqueue_channel_job
from services.queued.orphans import PAGE, adopt_orphans

_log = structlog.get_logger(__name__)

# What waits for somebody has no job of the queue, so that nothing is parked there; nor has what a browser extension is
# to do or does.
_IS_OF_WORKERS = """not exists (
    select from relay_step step
    where step.tenant_id = channel_job.tenant_id and step.job_id = channel_job.id
      and step.state in ('WANTED', 'STARTED')
)"""
CHANNEL_JOBS = KeptJobs(
    "channel_job",
    CHANNEL_TASK,
    runs="status in ('QUEUED', 'RUNNING')",
    waits=f"""(status in ('QUEUED', 'RUNNING', 'UNCERTAIN') or (status = 'WAITING' and resumes_at is not null))
        and {_IS_OF_WORKERS}""",
)


async def sweep_channel_jobs(db: Database, clock: Clock, *, page: int = PAGE) -> int:
    """Queues every unfinished job that no live job of the queue will run; answers how many there were."""
    return await adopt_orphans(db, CHANNEL_JOBS, partial(_adopt, db, clock), page=page)


async def _adopt(db: Database, clock: Clock, orphan: Orphan) -> None:
    """Queues the job again, in the same attempt; a job that its worker was to cancel ends here as CANCELLED."""
    async with db.write(TenantScope(orphan.tenant_id)) as session:
        job = await channel_job_for_update(session, orphan.job_id)
        if job is None or job.status in states.FINISHED or await has_open_steps(session, job.id):
            return
        if job.cancel_requested_at is not None and not states.is_unsafe(job):
            await states.finish(session, job, ChannelJobStatus.CANCELLED, now=clock())
        elif states.is_unsafe(job):
            if job.status is ChannelJobStatus.RUNNING:
                await states.doubt(session, job, until=clock())
            await beat_channel_job(session, job.id)
            # Before this moment there is nothing to be seen.
            await enqueue_channel_job(session, job, not_before=job.resumes_at)
        else:
            if job.status is not ChannelJobStatus.QUEUED:
                await states.requeue(session, job)
            # From this moment on the job counts as alive again.
            await beat_channel_job(session, job.id)
            await enqueue_channel_job(session, job)
    _log.warning("orphaned_channel_job_adopted", tenant_id=str(orphan.tenant_id), channel_job_id=str(orphan.job_id))
