"""Letters that wait for the worker: encrypted, since they carry one-time links, and deleted once they are sent."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from models.columns import Row, dated
from models.ids import new_id


class OutgoingMail(Row, table=True):
    __tablename__ = "outgoing_mail"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    content_enc: str
    created_at: datetime = dated(index=True)
