"""Named queries of idempotency keys: claiming one, keeping its answer, giving it back."""

from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.database import WriteSession
from models.idempotency_key import IdempotencyKey


async def insert_unless_known(session: WriteSession, claim: IdempotencyKey) -> bool:
    """False, and nothing is stored, when the tenant has the key; two callers at once are settled here."""
    statement = (
        insert(IdempotencyKey)
        .values(**claim.model_dump())
        .on_conflict_do_nothing(index_elements=["tenant_id", "key"])
        .returning(col(IdempotencyKey.key))
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def key_for_update(session: WriteSession, key: str) -> IdempotencyKey | None:
    query = select(IdempotencyKey).where(IdempotencyKey.tenant_id == session.tenant_id, IdempotencyKey.key == key)
    return (await session.exec(query.with_for_update())).one_or_none()


async def keep_answer(session: WriteSession, claim: IdempotencyKey, answer: dict[str, Any]) -> None:
    """Does nothing when another call has taken the key over meanwhile."""
    await (await session.connection()).execute(update(IdempotencyKey).where(*_held(claim)).values(answer=answer))


async def release_key(session: WriteSession, claim: IdempotencyKey) -> None:
    await (await session.connection()).execute(delete(IdempotencyKey).where(*_held(claim)))


def _held(claim: IdempotencyKey) -> tuple[Any, ...]:
    """A key that was taken over has a later instant."""
    return (
        col(IdempotencyKey.tenant_id) == claim.tenant_id,
        col(IdempotencyKey.key) == claim.key,
        col(IdempotencyKey.created_at) == claim.created_at,
        col(IdempotencyKey.answer).is_(None),
    )
