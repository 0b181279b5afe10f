"""Requests of persons, sent by a platform, to delete their data with us.

A request stores nothing of the person but the platform's id of them, by which the data are found.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, select

from models.columns import Row, TextEnum, dated, one_of
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.platform import Platform
from models.upsert import insert_unless_there


class DeletionRequest(Row, table=True):
    """`external_user_id` is cleared when the data are deleted. A repeated request has the same `request_hash`."""

    __tablename__ = "deletion_request"
    __table_args__ = (one_of("platform", Platform),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_user_id: str | None = None
    confirmation_code: str = Field(unique=True)
    request_hash: bytes = Field(unique=True)
    requested_at: datetime = dated()
    completed_at: datetime | None = None


async def insert_unless_known(session: WriteSession, request: DeletionRequest) -> bool:
    """False, and nothing is stored, when the same request came before."""
    return await insert_unless_there(session, request, on=("request_hash",))


async def request_by_hash(session: WriteSession, request_hash: bytes) -> DeletionRequest:
    query = select(DeletionRequest).where(DeletionRequest.request_hash == request_hash)
    return (await session.exec(query)).one()


async def request_by_code(session: ReadSession, code: str) -> DeletionRequest | None:
    return (await session.exec(select(DeletionRequest).where(DeletionRequest.confirmation_code == code))).one_or_none()


async def request_for_update(session: WriteSession, request_id: UUID) -> DeletionRequest | None:
    query = select(DeletionRequest).where(DeletionRequest.id == request_id)
    return (await session.exec(query.with_for_update())).one_or_none()
