"""Named queries of letters that wait."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.outgoing_mail import OutgoingMail


async def mail_by_id(session: ReadSession | WriteSession, mail_id: UUID) -> OutgoingMail | None:
    return (await session.exec(select(OutgoingMail).where(OutgoingMail.id == mail_id))).one_or_none()


async def delete_mail(session: WriteSession, mail_id: UUID) -> bool:
    """False when somebody else did; of two at once one does."""
    statement = delete(OutgoingMail).where(col(OutgoingMail.id) == mail_id)
    return (await (await session.connection()).execute(statement)).rowcount == 1
