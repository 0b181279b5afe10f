"""Named queries of refresh tokens: a table without a tenant that holds hashes and ids only."""

from sqlmodel import select

from models.database import ReadSession, WriteSession
from models.refresh_token import RefreshToken


async def refresh_token_by_hash(session: ReadSession, token_hash: bytes) -> RefreshToken | None:
    return (await session.exec(select(RefreshToken).where(RefreshToken.token_hash == token_hash))).one_or_none()


async def refresh_token_for_update(session: WriteSession, token_hash: bytes) -> RefreshToken | None:
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    return (await session.exec(query)).one_or_none()
