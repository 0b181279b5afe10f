"""Finds orphans, which are unfinished refreshes that no job on the queue will run, and ends queue jobs without effect.

The queue jobs of a refresh have its id as their queueing lock. Nothing else connects a refresh with its queue jobs.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from models.database import WriteSession

# Both sides are Postgres' time, never a time that an application wrote: clocks of machines differ by minutes.
_IS_SILENT = "(job.heartbeat_at is null or job.heartbeat_at < now() - make_interval(secs => :silent_s))"
# A queue job that its own live worker has forgotten: the job's end could not be written while Postgres was away. A job
# that waited long on the queue has an old heartbeat when a worker takes it, and the next one comes a moment later, so
# the event `started` counts as a heartbeat too.
_END_FORGOTTEN = text(f"""
    with forgotten as (
        select queued.id from procrastinate_jobs queued
        join refresh_job job on queued.queueing_lock = cast(job.id as text)
        where queued.status = 'doing' and queued.task_name = :task
          and job.status in ('QUEUED', 'RUNNING')
          and {_IS_SILENT}
          and not exists (
            select 1 from procrastinate_events event
            where event.job_id = queued.id and event.type = 'started'
              and event.at >= now() - make_interval(secs => :silent_s)
          )
        for update of queued skip locked
    )
    select forgotten.id, procrastinate_finish_job_v1(forgotten.id, 'failed', false) from forgotten
""")  # noqa: S608 - our own text
# A refresh and its queue job are committed together, so a refresh without a heartbeat and a queue job is an orphan.
_ORPHANS = text(f"""
    select job.tenant_id, job.id from refresh_job job
    where job.status in ('QUEUED', 'RUNNING', 'WAITING')
      and {_IS_SILENT}
      and not exists (
        select 1 from procrastinate_jobs queued
        where queued.queueing_lock = cast(job.id as text) and queued.status in ('todo', 'doing')
      )
    order by job.queued_at limit 100
""")  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class OrphanedRefresh:
    tenant_id: UUID
    job_id: UUID


async def end_forgotten(session: WriteSession, task: str, *, silent_s: float) -> list[int]:
    """Ends queue jobs of refreshes without a heartbeat for `silent_s`, although their worker lives.

    The refreshes are orphans then. Answers the queue's job ids.
    """
    answer = await (await session.connection()).execute(_END_FORGOTTEN, {"task": task, "silent_s": silent_s})
    return [row[0] for row in answer]


async def orphaned_refreshes(session: WriteSession, *, silent_s: float) -> list[OrphanedRefresh]:
    """Unfinished refreshes that no job on the queue will run, over all tenants, the oldest first, at most 100."""
    answer = await (await session.connection()).execute(_ORPHANS, {"silent_s": silent_s})
    return [OrphanedRefresh(row[0], row[1]) for row in answer]
