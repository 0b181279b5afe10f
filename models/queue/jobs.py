"""Statements on the queue's own tables: cancelling jobs, handing back those of lost workers, deleting finished ones.

The queue jobs of a refresh have its id as their queueing lock. Nothing else connects a refresh with its queue jobs.
"""

from datetime import datetime

from sqlalchemy import text

from models.database import ReadSession, WriteSession

_OF_LOST_WORKERS = """
    select job.id, job.queueing_lock from procrastinate_jobs job
    left join procrastinate_workers worker on worker.id = job.worker_id
    where job.status = 'doing'
      and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => :silent_s))
    for update of job skip locked
"""
_IS_ENQUEUED_AGAIN = """
    exists (select 1 from procrastinate_jobs next
            where next.status = 'todo' and next.queueing_lock = lost.queueing_lock)
"""
# Finding and handing back are one statement on purpose: between two statements another process could hand the job back,
# and a live worker could take it.
_HAND_BACK = text(f"""
    with lost as ({_OF_LOST_WORKERS})
    select lost.id, procrastinate_retry_job_v2(lost.id, now(), null, null, null) from lost
    where not {_IS_ENQUEUED_AGAIN}
""")  # noqa: S608 - our own text
# A lost job whose refresh has its next job on the queue already: it cannot be handed back, since the queue refuses two
# waiting jobs of one queueing lock, so it is ended.
_END_SUPERSEDED = text(f"""
    with lost as ({_OF_LOST_WORKERS})
    select lost.id, procrastinate_finish_job_v1(lost.id, 'failed', false) from lost
    where {_IS_ENQUEUED_AGAIN}
""")  # noqa: S608 - our own text
_CANCEL = text("""
    select procrastinate_cancel_job_v1(id, true, false) from procrastinate_jobs
    where queueing_lock = :queueing_lock and status in ('todo', 'doing')
""")
# Attempts are counted to stop a job that kills every worker that takes it. A job that makes progress is not such a job.
_FORGIVE = text("""
    update procrastinate_jobs set attempts = 0
    where queueing_lock = :queueing_lock and status = 'doing' and attempts > 0
""")
_HAS_WORKER = text("""
    select exists (
        select from procrastinate_workers where last_heartbeat >= now() - make_interval(secs => :silent_s)
    )
""")
_PRUNE = text("""
    delete from procrastinate_jobs where id in (
        select job.id from procrastinate_jobs job
        where job.status not in ('todo', 'doing')
          and not exists (select 1 from procrastinate_events event where event.job_id = job.id and event.at >= :before)
        order by job.id limit 1000
    )
""")


async def cancel_queued(session: WriteSession, queueing_lock: str) -> int:
    """Cancels waiting jobs and tells the worker of a running one to stop; answers how many jobs there were."""
    answer = await (await session.connection()).execute(_CANCEL, {"queueing_lock": queueing_lock})
    return len(answer.all())


async def hand_back_lost(session: WriteSession, *, silent_s: float) -> list[int]:
    """Puts jobs of workers that are gone, or silent for `silent_s`, on the queue again; answers the queue's job ids."""
    connection = await session.connection()
    await connection.execute(_END_SUPERSEDED, {"silent_s": silent_s})
    return [row[0] for row in await connection.execute(_HAND_BACK, {"silent_s": silent_s})]


async def forgive_lost_tries(session: WriteSession, queueing_lock: str) -> None:
    """Sets the attempts of a running job to 0, since it has made progress after its worker was lost."""
    await (await session.connection()).execute(_FORGIVE, {"queueing_lock": queueing_lock})


async def prune_finished(session: WriteSession, *, before: datetime) -> int:
    """Deletes up to 1,000 finished jobs whose last event was before the instant; answers how many."""
    answer = await (await session.connection()).execute(_PRUNE, {"before": before})
    return answer.rowcount


async def has_worker(session: ReadSession, *, silent_s: float) -> bool:
    """Whether a worker has sent a heartbeat within `silent_s` seconds."""
    return bool((await (await session.connection()).execute(_HAS_WORKER, {"silent_s": silent_s})).scalar_one())
