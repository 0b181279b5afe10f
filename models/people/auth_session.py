"""Sign-in sessions: a signed-in browser or app. They belong to a person, whom alone the policies show them to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, update
from sqlmodel import Field, col, select

from models.columns import Row, dated
from models.database import ReadSession, WriteSession
from models.ids import new_id
from models.people.refresh_token import revoke_refresh_tokens
from models.thin.records import by_ids, rows


class AuthSession(Row, table=True):
    """One session has one family of refresh tokens. `expires_at` is absolute: renewing tokens does not move it."""

    __tablename__ = "auth_session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index(None, "user_id", "created_at"),
        Index(None, "last_used_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID
    tenant_id: UUID | None = None
    created_at: datetime = dated()
    last_used_at: datetime = dated()
    expires_at: datetime
    revoked_at: datetime | None = None
    revoke_reason: str | None = None
    ip: str | None = None
    user_agent: str | None = None


async def auth_session_by_id(session: ReadSession | WriteSession, session_id: UUID) -> AuthSession | None:
    return (await session.exec(select(AuthSession).where(AuthSession.id == session_id))).one_or_none()


_by_ids = by_ids(AuthSession)


async def auth_sessions_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[AuthSession]:
    """Those of these sessions that belong to the person of the database session."""
    return await rows(session, AuthSession, _by_ids(), {"ids": ids})


async def auth_session_for_update(session: WriteSession, session_id: UUID) -> AuthSession | None:
    query = select(AuthSession).where(AuthSession.id == session_id).with_for_update()
    return (await session.exec(query)).one_or_none()


async def live_auth_sessions(
    session: ReadSession | WriteSession, user_id: UUID, *, now: datetime, used_since: datetime
) -> Sequence[AuthSession]:
    """The person's sessions that can still be renewed, the last used first; at most 1,000."""
    query = (
        select(AuthSession)
        .where(
            AuthSession.user_id == user_id,
            col(AuthSession.revoked_at).is_(None),
            AuthSession.expires_at > now,
            AuthSession.last_used_at > used_since,
        )
        .order_by(col(AuthSession.last_used_at).desc(), col(AuthSession.id))
        .limit(1000)
    )
    return (await session.exec(query)).all()


async def addresses_of_device(
    session: ReadSession, user_id: UUID, *, user_agent: str | None, used_since: datetime
) -> Sequence[str | None]:
    """The IP addresses from which the person used this program, at most 1,000; ended sessions count too."""
    query = (
        select(AuthSession.ip)
        .where(
            AuthSession.user_id == user_id,
            col(AuthSession.user_agent).is_not_distinct_from(user_agent),
            AuthSession.last_used_at > used_since,
        )
        .distinct()
        .limit(1000)
    )
    return (await session.exec(query)).all()


async def revoke_auth_session(session: WriteSession, session_id: UUID, *, now: datetime, reason: str) -> bool:
    """Ends the session and its refresh tokens; False when it had ended before."""
    ended = await (await session.connection()).execute(
        update(AuthSession)
        .where(col(AuthSession.id) == session_id, col(AuthSession.revoked_at).is_(None))
        .values(revoked_at=now, revoke_reason=reason)
        .returning(col(AuthSession.id))
    )
    if ended.first() is None:
        return False
    await revoke_refresh_tokens(session, session_id, now=now)
    return True
