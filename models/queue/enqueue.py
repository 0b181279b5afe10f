"""Puts jobs on the queue inside the caller's transaction: rolled back with it, and seen by workers once it commits.

The queue's tables carry no tenant, so its arguments are ids only; workers read everything else from our own rows.
"""

import json
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.database import WriteSession

_QUEUE = "default"
SCHEMA_VERSION = 1

_DEFER = text("""
    select procrastinate_defer_jobs_v1(array[row(
        cast(:queue as varchar), cast(:task as varchar), 0, cast(:lock as text), cast(:queueing_lock as text),
        cast(:args as jsonb), cast(:scheduled_at as timestamptz)
    )]::procrastinate_job_to_defer_v1[])
""")


async def enqueue(
    session: WriteSession,
    task: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    scheduled_at: datetime | None = None,
    **ids: str | int,
) -> None:
    """Defers `task`. Jobs of one `lock` run one after another; a waiting job of the same `queueing_lock` is enough."""
    values = {
        "queue": _QUEUE,
        "task": task,
        "lock": lock,
        "queueing_lock": queueing_lock,
        "args": json.dumps({"schema_version": SCHEMA_VERSION, **ids}),
        "scheduled_at": scheduled_at,
    }
    try:
        # The savepoint keeps the caller's rows when the queue refuses a second job of the queueing lock.
        async with session.begin_nested():
            await (await session.connection()).execute(_DEFER, values)
    except IntegrityError as error:
        if queueing_lock is None or "queueing_lock" not in str(error.orig):
            raise
