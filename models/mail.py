"""Letters that wait for the worker: the table and its queries.

Letters are encrypted, since they carry one-time links, and deleted once they are sent.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id


class OutgoingMail(Row, table=True):
    __tablename__ = "outgoing_mail"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    content_enc: str
    created_at: datetime = dated(index=True)


async def mail_by_id(session: ReadSession | WriteSession, mail_id: UUID) -> OutgoingMail | None:
    return (await session.exec(select(OutgoingMail).where(OutgoingMail.id == mail_id))).one_or_none()


async def delete_mail(session: WriteSession, mail_id: UUID) -> bool:
    """False when the letter is gone already; of two callers at once only one gets True."""
    statement = delete(OutgoingMail).where(col(OutgoingMail.id) == mail_id)
    return (await (await session.connection()).execute(statement)).rowcount == 1
