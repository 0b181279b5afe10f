"""The queue's job that sends a letter: calls the use case with the id; holds no rule."""

from uuid import UUID

from procrastinate import JobContext

from jobs.arguments import tools_for
from services.mail import send_mail


async def send(context: JobContext, *, schema_version: int, mail_id: str) -> None:
    tools = tools_for(context, schema_version)
    await send_mail(tools.db, tools.cipher, tools.vendors.mailer, UUID(mail_id))
