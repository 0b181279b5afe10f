"""The queue's job that keeps the shop of the demo, in development alone: calls the use case; holds no rule."""

import asyncio
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from jobs.arguments import tools_for
from services.installation.demo import seed_shop


async def run(context: JobContext, *, schema_version: int, tenant_id: str, tries_left: int) -> None:
    try:
        await seed_shop(tools_for(context, schema_version), UUID(tenant_id), tries_left=tries_left)
    except asyncio.CancelledError:
        # The queue cancels the jobs of a tenant that was deleted, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise
