"""What the product asks of the queue's own tables beside putting jobs there: cancel, find lost ones, clear old ones.

A refresh's queue jobs carry its id as their queueing lock; that is the only tie between the two.
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
# Finding and handing back are one statement on purpose: between two, another rescuer may have done it already and a
# live worker may run the job.
_HAND_BACK = text(f"""
    with lost as ({_OF_LOST_WORKERS})
    select lost.id, procrastinate_retry_job_v2(lost.id, now(), null, null, null) from lost
    where not {_IS_ENQUEUED_AGAIN}
""")  # noqa: S608 - our own text
# Two waiting jobs of one queueing lock are refused, and its next job is on the queue already.
_END_SUPERSEDED = text(f"""
    with lost as ({_OF_LOST_WORKERS})
    select lost.id, procrastinate_finish_job_v1(lost.id, 'failed', false) from lost
    where {_IS_ENQUEUED_AGAIN}
""")  # noqa: S608 - our own text
_CANCEL = text("""
    select procrastinate_cancel_job_v1(id, true, false) from procrastinate_jobs
    where queueing_lock = :queueing_lock and status in ('todo', 'doing')
""")
# Attempts are counted against jobs that kill their workers: one that gets on does not.
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
    """Takes waiting jobs off the queue and tells the worker of a running one to stop; answers how many there were."""
    answer = await (await session.connection()).execute(_CANCEL, {"queueing_lock": queueing_lock})
    return len(answer.all())


async def hand_back_lost(session: WriteSession, *, silent_s: float) -> list[int]:
    """Puts jobs of workers that are gone, or silent for that long, on the queue again; answers the queue's ids."""
    connection = await session.connection()
    await connection.execute(_END_SUPERSEDED, {"silent_s": silent_s})
    return [row[0] for row in await connection.execute(_HAND_BACK, {"silent_s": silent_s})]


async def forgive_lost_tries(session: WriteSession, queueing_lock: str) -> None:
    """For a running job that has got on since its worker was lost: the tries before do not count any more."""
    await (await session.connection()).execute(_FORGIVE, {"queueing_lock": queueing_lock})


async def prune_finished(session: WriteSession, *, before: datetime) -> int:
    """Deletes up to 1,000 finished jobs that nothing happened to since; answers how many."""
    answer = await (await session.connection()).execute(_PRUNE, {"before": before})
    return answer.rowcount


async def has_worker(session: ReadSession, *, silent_s: float) -> bool:
    """Whether a worker was heard of within that time."""
    return bool((await (await session.connection()).execute(_HAS_WORKER, {"silent_s": silent_s})).scalar_one())
