"""The queue's door to a refresh: ids in, a use case called, an abort told from a stop; decides nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from errors import DatabaseUnavailable
from jobs.arguments import tools_for
from jobs.retries import MOST_ATTEMPTS
from services.ingestion.lifecycle import run_refresh

_log = structlog.get_logger(__name__)

PAUSE_S = 5.0


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
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise


async def _once_there_is_room(step: Callable[[], Awaitable[None]]) -> None:
    """A database that is away or full is waited for here: a retry by the queue would count as a death of the worker.

    Nobody could write down the retry anyway, and every job of the worker meets the same.
    """
    while True:
        try:
            await step()
        except DatabaseUnavailable:
            _log.warning("refresh_waits_for_the_database")
            await asyncio.sleep(PAUSE_S)
        else:
            return
