"""Puts unfinished refreshes back on the queue when no job of the queue will run them: the refresh job's row decides."""

from functools import partial

import structlog

from analytics.clock import Clock
from models.acting import TenantScope
from models.database import Database
from models.queue.orphans import KeptJobs, Orphan
from models.refreshes.fenced_writes import beat
from models.refreshes.job import RefreshStatus
from models.refreshes.job_queries import FINISHED, refresh_job_for_update
from services.queued.orphans import PAGE, adopt_orphans
from services.refreshes import states
from services.refreshes.queueing import REFRESH_TASK, enqueue_refresh

_log = structlog.get_logger(__name__)

REFRESHES = KeptJobs(
    "refresh_job",
    REFRESH_TASK,
    runs="status in ('QUEUED', 'RUNNING')",
    waits="status in ('QUEUED', 'RUNNING', 'WAITING')",
)


async def sweep_refreshes(db: Database, clock: Clock, *, page: int = PAGE) -> int:
    """Queues every unfinished refresh that no live job of the queue will run; answers how many there were."""
    return await adopt_orphans(db, REFRESHES, partial(_adopt, db, clock), page=page)


async def _adopt(db: Database, clock: Clock, orphan: Orphan) -> None:
    """Queues the job again, in the same attempt; a job that its worker was to cancel ends here as CANCELLED."""
    async with db.write(TenantScope(orphan.tenant_id)) as session:
        job = await refresh_job_for_update(session, orphan.job_id)
        if job is None or job.status in FINISHED:
            return
        if job.cancel_requested_at is not None:
            await states.finish(session, job, RefreshStatus.CANCELLED, now=clock())
        else:
            await states.hand_back(session, job)
            # From this moment on the job counts as alive again.
            await beat(session, job.id)
            await enqueue_refresh(session, job)
    _log.warning("orphaned_refresh_adopted", tenant_id=str(orphan.tenant_id), refresh_job_id=str(orphan.job_id))
