"""Finds orphans, which are unfinished refreshes that no job on the queue will run, and ends queue jobs without effect.

The queue jobs of a refresh have its id as their queueing lock. Nothing else connects a refresh with its queue jobs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from models.database import WriteSession

# Both sides are Postgres' time, never a time that an application wrote: clocks of machines differ by minutes.
_IS_SILENT = "(heartbeat_at is null or heartbeat_at < now() - make_interval(secs => :silent_s))"
# What a worker runs and took a while ago. A job that waited long on the queue has an old heartbeat when a worker takes
# it, and the next one comes a moment later, so the event `started` counts as a heartbeat too.
_IS_RUNNING = """
    status = 'doing' and task_name = :task and not exists (
      select 1 from procrastinate_events event
      where event.job_id = queued.id and event.type = 'started'
        and event.at >= now() - make_interval(secs => :silent_s)
    )
"""
# The queue is on the coordinator, refreshes may be on shards: what both must say is asked of one after the other.
_RUNNING = text(f"""
    select queueing_lock from procrastinate_jobs queued where queueing_lock is not null and {_IS_RUNNING}
""")  # noqa: S608 - our own text
_SILENT_OF = text(f"""
    select id from refresh_job
    where id = any(:ids) and status in ('QUEUED', 'RUNNING') and {_IS_SILENT}
""")  # noqa: S608 - our own text
# A queue job that its own live worker has forgotten: the job's end could not be written while Postgres was away.
_END_FORGOTTEN = text(f"""
    with forgotten as (
        select queued.id from procrastinate_jobs queued
        where queueing_lock = any(:locks) and {_IS_RUNNING}
        for update of queued skip locked
    )
    select forgotten.id, procrastinate_finish_job_v1(forgotten.id, 'failed', false) from forgotten
""")  # noqa: S608 - our own text
# A refresh and its queue job are committed together, so a refresh without a heartbeat and a queue job is an orphan.
_SILENT = text(f"""
    select tenant_id, id, queued_at from refresh_job
    where status in ('QUEUED', 'RUNNING', 'WAITING') and {_IS_SILENT}
      and (cast(:queued_at as timestamptz) is null or (queued_at, id) > (:queued_at, cast(:id as uuid)))
    order by queued_at, id limit :most
""")  # noqa: S608 - our own text
_QUEUED_OF = text("""
    select queueing_lock from procrastinate_jobs where queueing_lock = any(:locks) and status in ('todo', 'doing')
""")

# Of a silent refresh, in the order of the sweep: when it was queued, and its id.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class OrphanedRefresh:
    tenant_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class OrphanPage:
    """`last` is the last place that was looked at, and None when there is no further page."""

    orphans: list[OrphanedRefresh]
    last: Place | None


async def end_forgotten(session: WriteSession, task: str, *, silent_s: float) -> list[int]:
    """Ends queue jobs of refreshes without a heartbeat for `silent_s`, although their worker lives.

    The refreshes are orphans then. Answers the queue's job ids.
    """
    connection = await session.connection()
    values = {"task": task, "silent_s": silent_s}
    running = [UUID(lock) for lock in (await connection.execute(_RUNNING, values)).scalars()]
    silent = await connection.execute(_SILENT_OF, {"ids": running, "silent_s": silent_s})
    locks = [str(job_id) for job_id in silent.scalars()]
    return [row[0] for row in await connection.execute(_END_FORGOTTEN, values | {"locks": locks})]


async def orphaned_refreshes(
    session: WriteSession, *, silent_s: float, after: Place | None = None, most: int
) -> OrphanPage:
    """Of the next `most` silent refreshes over all tenants those that no job on the queue will run, the oldest first.

    `after` is the last place of the page before. Most of the silent ones may wait on the queue, so a page can be empty
    and not the last.
    """
    connection = await session.connection()
    queued_at, job_id = after or (None, None)
    values = {"silent_s": silent_s, "queued_at": queued_at, "id": job_id, "most": most}
    silent = (await connection.execute(_SILENT, values)).all()
    queued = await connection.execute(_QUEUED_OF, {"locks": [str(row.id) for row in silent]})
    locks = set(queued.scalars())
    orphans = [OrphanedRefresh(row.tenant_id, row.id) for row in silent if str(row.id) not in locks]
    return OrphanPage(orphans, (silent[-1].queued_at, silent[-1].id) if len(silent) == most else None)
