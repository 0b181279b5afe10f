"""The queue's door to reading a customer's subscriptions: an id in, a use case called; decides nothing else."""

from procrastinate import JobContext

from jobs.arguments import TOOLS, UnknownSchema
from models.queue.enqueue import SCHEMA_VERSION
from services.billing.stripe_sync import sync_customer


async def run(context: JobContext, *, schema_version: int, customer_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await sync_customer(context.additional_context[TOOLS], customer_id)
