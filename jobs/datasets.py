"""The queue's job that renews the data sets of an account: calls the use case; holds no rule."""

import asyncio
from uuid import UUID

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from jobs.arguments import tools_for
from jobs.retries import MOST_ATTEMPTS
from services.datasets.running import write_datasets


async def run(
    context: JobContext, *, schema_version: int, tenant_id: str, ad_account_id: str, attempt: int = 0
) -> None:
    try:
        await write_datasets(
            tools_for(context, schema_version),
            tenant_id=UUID(tenant_id),
            account_id=UUID(ad_account_id),
            attempt=attempt,
            is_last_try=context.job.attempts >= MOST_ATTEMPTS,
        )
    except asyncio.CancelledError:
        # The queue cancels the jobs of a tenant that was deleted, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise
