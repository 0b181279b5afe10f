"""The queue's door to a refresh: ids in, a use case called, an abort told from a stop; decides nothing else."""

import asyncio
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from jobs.retries import MOST_ATTEMPTS
from models.queue import SCHEMA_VERSION
from services.refresh_runs import run_refresh

TOOLS = "tools"


class UnknownSchema(Exception):
    """The arguments are of another release: this worker leaves the job to one that knows them."""


async def run(context: JobContext, *, schema_version: int, tenant_id: str, refresh_job_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    try:
        await run_refresh(
            context.additional_context[TOOLS],
            tenant_id=UUID(tenant_id),
            job_id=UUID(refresh_job_id),
            is_last_try=context.job.attempts >= MOST_ATTEMPTS,
        )
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise
