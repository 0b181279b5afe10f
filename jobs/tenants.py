"""The queue's job that deletes the rows of a tenant: calls the use case with the id; holds no rule."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.tenants.deletion import erase_tenant


async def run(context: JobContext, *, schema_version: int, tenant_id: str) -> None:
    tools = tools_for(context, schema_version)
    await erase_tenant(tools.db, tools.vendors.billing, tools.files, UUID(tenant_id))
