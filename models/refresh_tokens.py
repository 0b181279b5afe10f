"""Named queries of refresh tokens: a table without a tenant that holds hashes and ids only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.refresh_token import RefreshToken


async def refresh_token_by_hash(session: ReadSession, token_hash: bytes) -> RefreshToken | None:
    return (await session.exec(select(RefreshToken).where(RefreshToken.token_hash == token_hash))).one_or_none()


async def refresh_token_for_update(session: WriteSession, token_hash: bytes) -> RefreshToken | None:
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    return (await session.exec(query)).one_or_none()


async def revoke_refresh_tokens(session: WriteSession, session_id: UUID, *, now: datetime) -> None:
    """Ends every token of the family that still works."""
    await (await session.connection()).execute(
        update(RefreshToken)
        .where(col(RefreshToken.session_id) == session_id, col(RefreshToken.revoked_at).is_(None))
        .values(revoked_at=now)
    )
