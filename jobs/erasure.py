"""The queue's door to forgetting a person: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.refresh import TOOLS, UnknownSchema
from models.queue import SCHEMA_VERSION
from services.platform_callbacks import erase_person


async def run(context: JobContext, *, schema_version: int, deletion_request_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await erase_person(context.additional_context[TOOLS], UUID(deletion_request_id))
