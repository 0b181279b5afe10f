"""Finds orphans, which are unfinished jobs of ours that no job on the queue will run; ends queue jobs without effect.

The queue jobs of a refresh, or of a channel job, have its id as their queueing lock. Nothing else connects a row with
its queue jobs.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import TextClause, text

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
# The queue is on the coordinator, our rows may be on shards: what both must say is asked of one after the other.
_RUNNING = text(f"""
    select queueing_lock from procrastinate_jobs queued where queueing_lock is not null and {_IS_RUNNING}
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
_QUEUED_OF = text("""
    select queueing_lock from procrastinate_jobs where queueing_lock = any(:locks) and status in ('todo', 'doing')
""")

# Of a silent row, in the order of the sweep: when it was queued, and its id.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class KeptJobs:
    """A table of jobs that the queue runs by `task`; names and conditions are our own text.

    `runs` says which rows a worker has or will have at once, `waits` which rows a job of the queue must exist for.
    """

    table: str
    task: str
    runs: str
    waits: str


@dataclass(frozen=True, slots=True)
class Orphan:
    tenant_id: UUID
    job_id: UUID


@dataclass(frozen=True, slots=True)
class OrphanPage:
    """`last` is the last place that was looked at, and None when there is no further page."""

    orphans: list[Orphan]
    last: Place | None


async def end_forgotten(session: WriteSession, kept: KeptJobs, *, silent_s: float) -> list[int]:
    """Ends queue jobs whose rows have had no heartbeat for `silent_s`, although their worker lives.

    The rows are orphans then. Answers the queue's job ids.
    """
    connection = await session.connection()
    values = {"task": kept.task, "silent_s": silent_s}
    running = [UUID(lock) for lock in (await connection.execute(_RUNNING, values)).scalars()]
    silent = await connection.execute(_silent_of(kept), {"ids": running, "silent_s": silent_s})
    locks = [str(job_id) for job_id in silent.scalars()]
    return [row[0] for row in await connection.execute(_END_FORGOTTEN, values | {"locks": locks})]


async def orphans(
    session: WriteSession, kept: KeptJobs, *, silent_s: float, after: Place | None = None, most: int
) -> OrphanPage:
    """Of the next `most` silent rows over all tenants those that no job on the queue will run, the oldest first.

    `after` is the last place of the page before. Most of the silent ones may wait on the queue, so a page can be empty
    and not the last.
    """
    connection = await session.connection()
    queued_at, job_id = after or (None, None)
    values = {"silent_s": silent_s, "queued_at": queued_at, "id": job_id, "most": most}
    silent = (await connection.execute(_silent(kept), values)).all()
    queued = await connection.execute(_QUEUED_OF, {"locks": [str(row.id) for row in silent]})
    locks = set(queued.scalars())
    found = [Orphan(row.tenant_id, row.id) for row in silent if str(row.id) not in locks]
    return OrphanPage(found, (silent[-1].queued_at, silent[-1].id) if len(silent) == most else None)


@cache
def _silent_of(kept: KeptJobs) -> TextClause:
    return text(f"select id from {kept.table} where id = any(:ids) and {kept.runs} and {_IS_SILENT}")  # noqa: S608


# A row and its queue job are committed together, so a row without a heartbeat and a queue job is an orphan.
@cache
def _silent(kept: KeptJobs) -> TextClause:
    return text(f"""
        select tenant_id, id, queued_at from {kept.table}
        where {kept.waits} and {_IS_SILENT}
          and (cast(:queued_at as timestamptz) is null or (queued_at, id) > (:queued_at, cast(:id as uuid)))
        order by queued_at, id limit :most
    """)  # noqa: S608 - our own text
