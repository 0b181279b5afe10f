"""What becomes of a channel's jobs when the channel changes: they end with it, and go on when somebody has come.

Both happen in the caller's transaction, which has locked the channel.
"""

from datetime import datetime
from uuid import UUID

import structlog

from analytics.clock import Clock
from models.acting import TenantScope
from models.channel_jobs.fenced_writes import beat_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update, channel_jobs_to_tend, open_channel_jobs
from models.database import Database, WriteSession
from models.queue.jobs import cancel_queued
from services.channel_jobs import states
from services.channel_jobs.admission import LONGEST_LIFE, admit, cancel_or_fail, lock_with_channel, settle
from services.channel_jobs.queueing import enqueue_channel_job

_log = structlog.get_logger(__name__)


async def end_jobs(session: WriteSession, channel_id: UUID, *, now: datetime) -> int:
    """Ends every unfinished job of a channel that is disconnected; answers how many.

    A run that is under way writes nothing more: its fence no longer matches the job's row.
    """
    jobs = await _locked(session, channel_id)
    for job in jobs:
        await cancel_or_fail(session, job, now=now)
        await cancel_queued(session, str(job.id))
    return len(jobs)


async def resume_jobs(session: WriteSession, channel_id: UUID) -> int:
    """Queues what waited for somebody, after the channel is connected or has room again; answers how many."""
    resumed = 0
    for job in await _locked(session, channel_id):
        if job.status is ChannelJobStatus.WAITING and job.resumes_at is None:
            await _resume(session, job)
            resumed += 1
    return resumed


async def tend_channel_jobs(db: Database, clock: Clock) -> int:
    """Ends unfinished jobs of disconnected channels and jobs that are too old, and resumes those whose wait is over.

    So nothing depends on whoever changed a channel. Answers how many jobs it changed, over all tenants.
    """
    async with db.sweep(reason="tend channel jobs") as session:
        found = await channel_jobs_to_tend(session, too_old=clock() - LONGEST_LIFE)
    tended = 0
    for tenant_id, job_id in found:
        async with db.write(TenantScope(tenant_id)) as session:
            tended += await _tend(session, job_id, now=clock())
    return tended


async def _tend(session: WriteSession, job_id: UUID, *, now: datetime) -> bool:
    found = await lock_with_channel(session, job_id)
    if found is None or found[0].status in (*states.FINISHED, ChannelJobStatus.RUNNING):
        return False
    job, channel = found
    before = job.version
    verdict = await admit(session, job, channel, now=now)
    if verdict is not None:
        await settle(session, job, verdict, now=now)
        await cancel_queued(session, str(job.id))
    elif job.status is ChannelJobStatus.WAITING and job.resumes_at is None:
        await _resume(session, job)
    return job.version != before


async def _resume(session: WriteSession, job: ChannelJob) -> None:
    await states.requeue(session, job)
    await beat_channel_job(session, job.id)
    await enqueue_channel_job(session, job)


async def _locked(session: WriteSession, channel_id: UUID) -> list[ChannelJob]:
    jobs = [await channel_job_for_update(session, each.id) for each in await open_channel_jobs(session, channel_id)]
    return [job for job in jobs if job is not None and job.status not in states.FINISHED]
