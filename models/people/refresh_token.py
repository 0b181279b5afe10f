"""Refresh tokens of sign-in sessions, found by their hash.

They are looked up before anybody is known, so the table belongs to no tenant and has hashes and ids only.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, update
from sqlmodel import Field, col, select

from models.columns import Row
from models.database import ReadSession, WriteSession


class RefreshToken(Row, table=True):
    """`salt` is what the next token is derived with, so that a repeated rotation gives the same token."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        ForeignKeyConstraint(["session_id"], ["auth_session.id"], ondelete="CASCADE"),
        Index(None, "session_id"),
        Index(None, "expires_at"),
    )

    token_hash: bytes = Field(primary_key=True)
    session_id: UUID
    user_id: UUID
    salt: bytes
    issued_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None
    revoked_at: datetime | None = None


async def refresh_token_by_hash(session: ReadSession, token_hash: bytes) -> RefreshToken | None:
    return (await session.exec(select(RefreshToken).where(RefreshToken.token_hash == token_hash))).one_or_none()


async def refresh_token_for_update(session: WriteSession, token_hash: bytes) -> RefreshToken | None:
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    return (await session.exec(query)).one_or_none()


async def revoke_refresh_tokens(session: WriteSession, session_id: UUID, *, now: datetime) -> None:
    """Ends every token of the session that still works."""
    await (await session.connection()).execute(
        update(RefreshToken)
        .where(col(RefreshToken.session_id) == session_id, col(RefreshToken.revoked_at).is_(None))
        .values(revoked_at=now)
    )
