"""The queue's door to letters: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import TOOLS, UnknownSchema
from models.queue.enqueue import SCHEMA_VERSION
from services.mail import send_mail


async def send(context: JobContext, *, schema_version: int, mail_id: str) -> None:
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    await send_mail(context.additional_context[TOOLS], UUID(mail_id))
