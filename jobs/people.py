"""The queue's door to requests for a new password: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import TOOLS, UnknownSchema
from models.queue.enqueue import SCHEMA_VERSION
from services.people.passwords import answer_reset_request


async def answer(context: JobContext, *, schema_version: int, request_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await answer_reset_request(context.additional_context[TOOLS], UUID(request_id))
