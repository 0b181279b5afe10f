"""Puts jobs on the queue inside the caller's transaction: workers see a job once the transaction has committed.

The queue's tables have no tenant and no policies, so the arguments of jobs are ids only; workers read everything else
from our own tables.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.database import WriteSession
from models.shards import violates

_QUEUE = "default"
_QUEUEING_LOCK = "procrastinate_jobs_queueing_lock_idx_v1"
# The version of the arguments of jobs; jobs/arguments.py refuses a job of another one.
SCHEMA_VERSION = 1

# procrastinate's own function in SQL, since its Python API would not use the caller's transaction.
_DEFER = text("""
    select procrastinate_defer_jobs_v1(array[row(
        cast(:queue as varchar), cast(:task as varchar), 0, cast(:lock as text), cast(:queueing_lock as text),
        cast(:args as jsonb),
        coalesce(cast(:scheduled_at as timestamptz), now() + nullif(make_interval(secs => :after_s), interval '0'))
    )]::procrastinate_job_to_defer_v1[])
""")
# Workers pass by a job that is locked.
_HOLD = text("select id from procrastinate_jobs where queueing_lock = :queueing_lock and status = 'todo' for update")


@dataclass(frozen=True, slots=True)
class _Start:
    """From when on a worker takes a job: an instant of the tools' clock, or seconds from now by Postgres' clock."""

    at: datetime | None = None
    after_s: int = 0


async def enqueue(
    session: WriteSession,
    task: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    scheduled_at: datetime | None = None,
    **ids: str | int,
) -> None:
    """Puts a job of `task` on the queue, with `ids` as its arguments.

    Jobs with the same `lock` run one after another. If a job with the same `queueing_lock` waits already, no second
    one is added.
    """
    start = _Start(scheduled_at)
    await _add(session, task, lock=lock, queueing_lock=queueing_lock, start=start, ids=ids)


async def enqueue_behind(
    session: WriteSession, task: str, *, lock: str, queueing_lock: str, after_s: int = 0, **ids: str | int
) -> None:
    """The same, for a job that must see what the caller's transaction stores.

    One that waits already is held until this transaction has ended: a worker that took it before would not see it.
    A new one waits `after_s` seconds, so that it may be one for several transactions that follow one another.
    """
    while True:
        held = await (await session.connection()).execute(_HOLD, {"queueing_lock": queueing_lock})
        if held.first() is not None:
            return
        start = _Start(after_s=after_s)
        if await _add(session, task, lock=lock, queueing_lock=queueing_lock, start=start, ids=ids):
            return
        # Somebody else has added one in between, which a worker may have taken by now.


async def _add(
    session: WriteSession,
    task: str,
    *,
    lock: str | None,
    queueing_lock: str | None,
    start: _Start,
    ids: dict[str, str | int],
) -> bool:
    """False where a job with the queueing lock waits already."""
    values = {
        "queue": _QUEUE,
        "task": task,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "args": json.dumps({"schema_version": SCHEMA_VERSION, **ids}),
        "scheduled_at": start.at,
        "after_s": start.after_s,
    }
    try:
        # The savepoint keeps the caller's rows when the queue refuses a second job of the queueing lock.
        async with session.begin_nested():
            await (await session.connection()).execute(_DEFER, values)
    except IntegrityError as error:
        if queueing_lock is None or not violates(error, _QUEUEING_LOCK):
            raise
        return False
    return True
