"""The queue's job that answers a request for a new password: calls the use case with the id; holds no rule."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.people.passwords import answer_reset_request


async def answer(context: JobContext, *, schema_version: int, request_id: str) -> None:
    await answer_reset_request(tools_for(context, schema_version), UUID(request_id))
