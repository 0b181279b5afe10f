"""The queue's doors to forgetting a person and erasing a tenant: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import TOOLS, UnknownSchema
from models.queue.enqueue import SCHEMA_VERSION
from services.connections.platform_callbacks import erase_person
from services.tenants.deletion import erase_tenant


async def run(context: JobContext, *, schema_version: int, deletion_request_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await erase_person(context.additional_context[TOOLS], UUID(deletion_request_id))


async def run_tenant(context: JobContext, *, schema_version: int, tenant_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await erase_tenant(context.additional_context[TOOLS], UUID(tenant_id))
