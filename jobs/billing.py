"""The queue's door to reading a customer's subscriptions: an id in, a use case called; decides nothing else."""

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.billing.stripe_sync import sync_customer


async def run(context: JobContext, *, schema_version: int, customer_id: str) -> None:
    await sync_customer(tools_for(context, schema_version), customer_id)
