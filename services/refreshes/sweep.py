"""Puts unfinished refreshes back on the queue when no job of the queue will run them: the refresh job's row decides."""

import structlog

from analytics.clock import Clock
from models.acting import TenantScope
from models.database import Database
from models.refreshes.fenced_writes import beat
from models.refreshes.job import RefreshStatus
from models.refreshes.job_queries import FINISHED, refresh_job_for_update
from models.refreshes.orphans import OrphanedRefresh, Place, end_forgotten, orphaned_refreshes
from services.refreshes import states
from services.refreshes.queueing import REFRESH_TASK, enqueue_refresh

_log = structlog.get_logger(__name__)

# A run reports every 10 s even while it waits for an answer. One that was silent for so long has lost its worker.
_SILENT_S = 90.0
PAGE = 500


async def sweep_refreshes(db: Database, clock: Clock, *, page: int = PAGE) -> int:
    """Queues every unfinished refresh that no live job of the queue will run; answers how many there were.

    They are read `page` silent ones at a time, since a long queue has many.
    """
    async with db.sweep(reason="sweep refreshes") as session:
        # A job of the queue whose end could not be written seems to run for ever, and its refresh would be no orphan.
        await end_forgotten(session, REFRESH_TASK, silent_s=_SILENT_S)
    adopted = 0
    place: Place | None = None
    while True:
        # A session of its own for each page: adopting opens others, and takes long.
        async with db.sweep(reason="sweep refreshes") as session:
            found = await orphaned_refreshes(session, silent_s=_SILENT_S, after=place, most=page)
        for orphan in found.orphans:
            await _adopt(db, clock, orphan)
        adopted += len(found.orphans)
        if (place := found.last) is None:
            return adopted


async def _adopt(db: Database, clock: Clock, orphan: OrphanedRefresh) -> None:
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
