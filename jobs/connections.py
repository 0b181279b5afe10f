"""The queue's job that deletes what is stored of a platform's user: calls the use case with the id; holds no rule."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.connections.platform_callbacks import erase_person


async def run(context: JobContext, *, schema_version: int, deletion_request_id: str) -> None:
    await erase_person(tools_for(context, schema_version), UUID(deletion_request_id))
