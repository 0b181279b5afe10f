"""The queue's job that runs a refresh: calls the use case; tells a cancelled job from a worker that stops."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from errors import DatabaseUnavailable, NodeUnavailable
from jobs.arguments import tools_for
from jobs.retries import MOST_ATTEMPTS
from services.ingestion.lifecycle import run_refresh
from services.refreshes.queueing import put_off_refresh

_log = structlog.get_logger(__name__)

# How long the job waits before it tries again to reach a database that is away.
PAUSE_S = 5.0
# When a refresh is tried again whose tenant's node is away. Until then it takes no place of a worker.
NODE_PAUSE = timedelta(seconds=10)


async def run(context: JobContext, *, schema_version: int, tenant_id: str, refresh_job_id: str) -> None:
    step = partial(
        run_refresh,
        tools_for(context, schema_version),
        tenant_id=UUID(tenant_id),
        job_id=UUID(refresh_job_id),
        is_last_try=context.job.attempts >= MOST_ATTEMPTS,
    )
    try:
        await _once_there_is_room(step)
    except NodeUnavailable:
        # The row of the job lies on that node, so the queue alone is written, which is the coordinator's. A retry by
        # the queue would count like the death of a worker.
        _log.warning("refresh_waits_for_a_node", tenant_id=tenant_id, refresh_job_id=refresh_job_id)
        tools = tools_for(context, schema_version)
        await put_off_refresh(
            tools.db,
            tenant_id=UUID(tenant_id),
            job_id=UUID(refresh_job_id),
            lock=context.job.lock,
            not_before=tools.clock() + NODE_PAUSE,
        )
    except asyncio.CancelledError:
        # The queue cancels a job that a person has cancelled, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise


async def _once_there_is_room(step: Callable[[], Awaitable[None]]) -> None:
    """Runs the step, again and again while the whole database is away or full.

    A retry by the queue would count like the death of a worker. Nor could it be stored while the database is away, and
    every other job of the worker waits for the same.
    """
    while True:
        try:
            await step()
        except NodeUnavailable:
            raise
        except DatabaseUnavailable:
            _log.warning("refresh_waits_for_the_database")
            await asyncio.sleep(PAUSE_S)
        else:
            return
