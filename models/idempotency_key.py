"""Idempotency keys: what a mutation answered under a key, so that a repeated call gets the same answer.

A caller claims a key, then either stores the answer or releases the key.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, update
from sqlmodel import Field, col, select

from models.columns import JSON, Row, dated
from models.database import WriteSession
from models.upsert import insert_unless_there


class IdempotencyKey(Row, table=True):
    """`answer` is null while the first call runs; `input_hash` tells a repeated call from a reused key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "tenant_id", "created_at"),)

    tenant_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    operation: str
    input_hash: bytes
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = dated()


async def insert_unless_known(session: WriteSession, claim: IdempotencyKey) -> bool:
    """False, and nothing is stored, when the tenant has the key; of two callers at once only one gets True."""
    return await insert_unless_there(session, claim, on=("tenant_id", "key"))


async def key_for_update(session: WriteSession, key: str) -> IdempotencyKey | None:
    query = select(IdempotencyKey).where(IdempotencyKey.tenant_id == session.tenant_id, IdempotencyKey.key == key)
    return (await session.exec(query.with_for_update())).one_or_none()


async def keep_answer(session: WriteSession, claim: IdempotencyKey, answer: dict[str, Any]) -> None:
    """Stores the answer of the call that made `claim`; does nothing when another call has taken the key over."""
    await (await session.connection()).execute(update(IdempotencyKey).where(*_held(claim)).values(answer=answer))


async def release_key(session: WriteSession, claim: IdempotencyKey) -> None:
    await (await session.connection()).execute(delete(IdempotencyKey).where(*_held(claim)))


def _held(claim: IdempotencyKey) -> tuple[Any, ...]:
    """The conditions for a row that is still this claim: a call that takes a key over writes a later `created_at`."""
    return (
        col(IdempotencyKey.tenant_id) == claim.tenant_id,
        col(IdempotencyKey.key) == claim.key,
        col(IdempotencyKey.created_at) == claim.created_at,
        col(IdempotencyKey.answer).is_(None),
    )
