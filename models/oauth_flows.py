"""Named queries of OAuth flows: each step of a flow takes its one-time value and is taken by one caller only."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select

from models.database import WriteSession
from models.oauth_flow import OAuthFlow


async def unstarted_flow_for_update(session: WriteSession, start_hash: bytes, *, now: datetime) -> OAuthFlow | None:
    """The flow whose dialog nobody has opened yet; a second caller waits for the first and then finds nothing."""
    query = select(OAuthFlow).where(
        OAuthFlow.start_hash == start_hash, col(OAuthFlow.state_hash).is_(None), OAuthFlow.expires_at > now
    )
    return (await session.exec(query.with_for_update())).one_or_none()


async def unanswered_flow_for_update(
    session: WriteSession, state_hash: bytes, *, browser_hash: bytes, provider: str, now: datetime
) -> OAuthFlow | None:
    """The flow that this very browser took to this provider's dialog and that has no answer yet."""
    query = select(OAuthFlow).where(
        OAuthFlow.state_hash == state_hash,
        OAuthFlow.browser_hash == browser_hash,
        OAuthFlow.provider == provider,
        col(OAuthFlow.code_hash).is_(None),
        OAuthFlow.expires_at > now,
    )
    return (await session.exec(query.with_for_update())).one_or_none()


async def flow_by_code_for_update(session: WriteSession, code_hash: bytes) -> OAuthFlow | None:
    """The flow that ended with this code, held against every other caller until the session ends."""
    return (
        await session.exec(select(OAuthFlow).where(OAuthFlow.code_hash == code_hash).with_for_update())
    ).one_or_none()


async def delete_flows_expired_before(session: WriteSession, instant: datetime) -> None:
    await (await session.connection()).execute(delete(OAuthFlow).where(col(OAuthFlow.expires_at) < instant))
