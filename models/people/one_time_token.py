"""One-time tokens: secrets that are sent to somebody and work once, for an invitation, a verification or a reset.

Only the hash is stored. A token is found before a tenant is known, so the table belongs to no tenant: `for_tenant_id`
says what the token opens, not who may see the row. Using a token is a single statement, so that of two callers only one
succeeds.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, func, update
from sqlmodel import Field, col, select

from models.columns import Row, TextEnum, one_of
from models.database import ReadSession, WriteSession


class TokenPurpose(StrEnum):
    INVITATION = "INVITATION"
    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a purpose, no secret


class OneTimeToken(Row, table=True):
    """`user_id` is the account that the token is about, `email` the address it is bound to; at least one is set."""

    __tablename__ = "one_time_token"
    __table_args__ = (
        one_of("purpose", TokenPurpose),
        Index(None, "user_id"),
        Index(None, "for_tenant_id"),
        Index(None, "expires_at"),
    )

    token_hash: bytes = Field(primary_key=True)
    purpose: TokenPurpose = Field(sa_type=TextEnum(TokenPurpose))
    user_id: UUID | None = None
    for_tenant_id: UUID | None = None
    invitation_id: UUID | None = None
    email: str | None = None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


async def one_time_token_by_hash(
    session: ReadSession | WriteSession, token_hash: bytes, *, purpose: TokenPurpose
) -> OneTimeToken | None:
    """The token with this hash, even if it is used or expired; reading a token does not use it up."""
    query = select(OneTimeToken).where(OneTimeToken.token_hash == token_hash, OneTimeToken.purpose == purpose)
    return (await session.exec(query)).one_or_none()


async def use_one_time_token(session: WriteSession, token_hash: bytes, *, purpose: TokenPurpose, now: datetime) -> bool:
    """Uses the token up; False when it is unknown, used, void or expired."""
    statement = (
        update(OneTimeToken)
        .where(
            col(OneTimeToken.token_hash) == token_hash,
            col(OneTimeToken.purpose) == purpose,
            col(OneTimeToken.used_at).is_(None),
            col(OneTimeToken.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(OneTimeToken.token_hash))
        .execution_options(synchronize_session=False)
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def count_tokens_since(session: WriteSession, user_id: UUID, *, purpose: TokenPurpose, since: datetime) -> int:
    """How many tokens of one purpose the person was given since then, used ones included."""
    query = select(func.count()).where(
        OneTimeToken.user_id == user_id, OneTimeToken.purpose == purpose, OneTimeToken.created_at >= since
    )
    return (await session.exec(query)).one()


async def void_tokens_of_invitation(session: WriteSession, invitation_id: UUID, *, now: datetime) -> None:
    in_tenant = col(OneTimeToken.for_tenant_id) == session.tenant_id
    await _void(session, in_tenant, col(OneTimeToken.invitation_id) == invitation_id, now=now)


async def void_tokens_of_tenant(session: WriteSession, *, now: datetime) -> None:
    """Ends every token that would lead into the session's tenant."""
    await _void(session, col(OneTimeToken.for_tenant_id) == session.tenant_id, now=now)


async def _void(session: WriteSession, *which: object, now: datetime) -> None:
    statement = update(OneTimeToken).where(*which, col(OneTimeToken.used_at).is_(None)).values(used_at=now)  # type: ignore[arg-type]  # conditions
    await (await session.connection()).execute(statement)
