"""The queue's job that reads the subscriptions of a customer: calls the use case with the id; holds no rule."""

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.billing.stripe_sync import sync_customer


async def run(context: JobContext, *, schema_version: int, customer_id: str) -> None:
    tools = tools_for(context, schema_version)
    await sync_customer(tools.db, tools.clock, tools.vendors.billing, customer_id)
