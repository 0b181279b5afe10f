"""The queue's door to letters: an id in, a use case called; decides nothing else."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.mail import send_mail


async def send(context: JobContext, *, schema_version: int, mail_id: str) -> None:
    await send_mail(tools_for(context, schema_version), UUID(mail_id))
