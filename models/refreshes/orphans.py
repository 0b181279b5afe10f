"""Refreshes that nothing on the queue will run any more: how they are found, and their queue jobs ended.

A refresh's queue jobs carry its id as their queueing lock; that is the only tie between the two.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from models.database import WriteSession

# All of it by Postgres' clock, never by a time that an application wrote: those clocks differ by minutes.
_IS_SILENT = "(job.heartbeat_at is null or job.heartbeat_at < now() - make_interval(secs => :silent_s))"
# A job that its own live worker has forgotten: its end could not be written down while Postgres was away. What waited
# long for its turn is silent when it is taken and says its first word a moment later, so the taking counts as one.
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
# A refresh and its place on the queue commit together, so one that nobody has spoken of yet is an orphan at once.
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
    """Ends queue jobs of refreshes that have been silent although their worker lives: they are orphans then."""
    answer = await (await session.connection()).execute(_END_FORGOTTEN, {"task": task, "silent_s": silent_s})
    return [row[0] for row in answer]


async def orphaned_refreshes(session: WriteSession, *, silent_s: float) -> list[OrphanedRefresh]:
    """Refreshes that wait for a run that nothing on the queue will begin; over all tenants, oldest first."""
    answer = await (await session.connection()).execute(_ORPHANS, {"silent_s": silent_s})
    return [OrphanedRefresh(row[0], row[1]) for row in answer]
