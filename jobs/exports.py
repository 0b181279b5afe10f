"""The queue's job that writes the file of an export: calls the use case; holds no rule."""

import asyncio
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from jobs.arguments import tools_for
from jobs.retries import MOST_ATTEMPTS
from services.exports.running import write_export


async def run(context: JobContext, *, schema_version: int, tenant_id: str, export_id: str) -> None:
    try:
        await write_export(
            tools_for(context, schema_version),
            tenant_id=UUID(tenant_id),
            export_id=UUID(export_id),
            is_last_try=context.job.attempts >= MOST_ATTEMPTS,
        )
    except asyncio.CancelledError:
        # The queue cancels the jobs of a tenant that was deleted, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise
