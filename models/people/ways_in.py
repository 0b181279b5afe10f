"""Statements that end what a person signs in with: sessions, identities, one-time links."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col

from models.database import WriteSession
from models.people.auth_session import AuthSession
from models.people.oauth_identity import OAuthIdentity
from models.people.one_time_token import OneTimeToken
from models.people.refresh_token import RefreshToken


async def revoke_sessions_of(
    session: WriteSession, user_id: UUID, *, now: datetime, reason: str, but: UUID | None = None
) -> Sequence[UUID]:
    """Ends the person's sessions, all but the session `but`, and their refresh tokens; answers the ended ids."""
    ended = await (await session.connection()).execute(
        update(AuthSession)
        .where(
            col(AuthSession.user_id) == user_id,
            col(AuthSession.revoked_at).is_(None),
            col(AuthSession.id).is_distinct_from(but),
        )
        .values(revoked_at=now, revoke_reason=reason)
        .returning(col(AuthSession.id))
    )
    ids = list(ended.scalars())
    await (await session.connection()).execute(
        update(RefreshToken)
        .where(col(RefreshToken.session_id).in_(ids), col(RefreshToken.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    return ids


async def forget_identities(session: WriteSession, user_id: UUID) -> None:
    statement = delete(OAuthIdentity).where(col(OAuthIdentity.user_id) == user_id)
    await (await session.connection()).execute(statement)


async def void_links_of(session: WriteSession, user_id: UUID, *, now: datetime) -> None:
    """Ends every unused link that was sent to the person about their account."""
    statement = update(OneTimeToken).where(col(OneTimeToken.user_id) == user_id, col(OneTimeToken.used_at).is_(None))
    await (await session.connection()).execute(statement.values(used_at=now))
