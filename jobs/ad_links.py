"""The queue's job that finds which ads advertise which products: calls the use case; holds no rule."""

import asyncio
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from jobs.arguments import tools_for
from services.ad_links.finding import find_ad_links


async def run(context: JobContext, *, schema_version: int, tenant_id: str) -> None:
    tools = tools_for(context, schema_version)
    try:
        await find_ad_links(tools.db, tools.clock, UUID(tenant_id))
    except asyncio.CancelledError:
        # The queue cancels the jobs of a tenant that was deleted, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise
