"""The queue's door to forgetting a platform's person: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.connections.platform_callbacks import erase_person


async def run(context: JobContext, *, schema_version: int, deletion_request_id: str) -> None:
    await erase_person(tools_for(context, schema_version), UUID(deletion_request_id))
