"""Counts the work that waits and runs, over all tenants, for monitoring; no row of a tenant is read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from models.database import WriteSession

_QUEUE = text("""
    select task_name, status::text, count(*),
           extract(epoch from cast(:now as timestamptz) - min(coalesce(scheduled_at, deferred.at)))
    from procrastinate_jobs
    left join lateral (
        select min(at) as at from procrastinate_events where job_id = procrastinate_jobs.id
    ) deferred on true
    where status in ('todo', 'doing') and (scheduled_at is null or scheduled_at <= :now)
    group by task_name, status
""")
_REFRESHES = text("""
    select status, count(*) from refresh_job where status in ('QUEUED', 'RUNNING', 'WAITING') group by status
""")
# What waits for a person has no time at which it is due. `heartbeat_at` is when the job was last put on the queue.
_CHANNEL_JOBS = text("""
    select status, count(*),
           extract(epoch from cast(:now as timestamptz) - min(coalesce(resumes_at, greatest(heartbeat_at, queued_at)))
               filter (where status in ('QUEUED', 'UNCERTAIN') or resumes_at is not null))
    from channel_job where status in ('QUEUED', 'RUNNING', 'WAITING', 'UNCERTAIN') group by status
""")
_MESSAGES = text("""
    select extract(epoch from cast(:now as timestamptz) - min(received_at)) from seller_message where handled_at is null
""")


@dataclass(frozen=True, slots=True)
class WorkLoad:
    """`queued` and `running` count queue jobs by task, `refreshes` and `channel_jobs` unfinished ones by status.

    `queued` has only jobs that are due; `oldest_s` is how many seconds the oldest of them has waited, `overdue_s` how
    many have passed since the most overdue channel job should have run, `unheard_s` how many since the oldest message
    of a marketplace came that nobody has acted on.
    """

    queued: dict[str, int]
    running: dict[str, int]
    oldest_s: float
    refreshes: dict[str, int]
    channel_jobs: dict[str, int]
    overdue_s: float
    unheard_s: float


async def work_load(session: WriteSession, now: datetime) -> WorkLoad:
    """Needs a session of the system role."""
    connection = await session.connection()
    jobs = (await connection.execute(_QUEUE, {"now": now})).all()
    refreshes = (await connection.execute(_REFRESHES)).all()
    of_channels = (await connection.execute(_CHANNEL_JOBS, {"now": now})).all()
    unheard = (await connection.execute(_MESSAGES, {"now": now})).scalar_one()
    return WorkLoad(
        queued={task: count for task, status, count, _ in jobs if status == "todo"},
        running={task: count for task, status, count, _ in jobs if status == "doing"},
        oldest_s=max((float(age or 0) for _, status, _, age in jobs if status == "todo"), default=0.0),
        refreshes={row[0]: row[1] for row in refreshes},
        channel_jobs={status: count for status, count, _ in of_channels},
        overdue_s=max((float(age or 0) for _, _, age in of_channels), default=0.0),
        unheard_s=float(unheard or 0),
    )
