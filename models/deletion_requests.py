"""Named queries of deletion requests."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.deletion_request import DeletionRequest


async def insert_unless_known(session: WriteSession, request: DeletionRequest) -> bool:
    """False, and nothing is stored, when the same request came before."""
    statement = (
        insert(DeletionRequest)
        .values(**request.model_dump())
        .on_conflict_do_nothing(index_elements=["request_hash"])
        .returning(col(DeletionRequest.id))
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def request_by_hash(session: WriteSession, request_hash: bytes) -> DeletionRequest:
    query = select(DeletionRequest).where(DeletionRequest.request_hash == request_hash)
    return (await session.exec(query)).one()


async def request_by_code(session: ReadSession, code: str) -> DeletionRequest | None:
    return (await session.exec(select(DeletionRequest).where(DeletionRequest.confirmation_code == code))).one_or_none()


async def request_for_update(session: WriteSession, request_id: UUID) -> DeletionRequest | None:
    query = select(DeletionRequest).where(DeletionRequest.id == request_id)
    return (await session.exec(query.with_for_update())).one_or_none()
