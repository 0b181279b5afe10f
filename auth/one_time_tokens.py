"""One-time tokens: how they are made, read and used up; what a token is for is decided by the caller.

The database has the SHA-256 of a token, never the token. Reading a token does not use it up, so a caller can first
check whom it is bound to. Using it up is one statement in the caller's transaction: of two callers only one succeeds,
and if the caller refuses afterwards, the rollback leaves the token unused.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from errors import Refused, UserErrorCode
from models.database import ReadSession, WriteSession
from models.people.one_time_token import OneTimeToken, TokenPurpose, one_time_token_by_hash, use_one_time_token

PREFIX = "ago_"


@dataclass(frozen=True, slots=True)
class About:
    """What a token is for, and what it is bound to: an account, or an invitation of a tenant."""

    purpose: TokenPurpose
    email: str
    user_id: UUID | None = None
    for_tenant_id: UUID | None = None
    invitation_id: UUID | None = None


async def make(session: WriteSession, about: About, *, now: datetime, expires_at: datetime) -> str:
    """Stores a new token and answers it; only its hash is stored, so it cannot be read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = OneTimeToken(**asdict(about), token_hash=one_time_token_hash(token), created_at=now, expires_at=expires_at)
    session.add(row)
    await session.flush()
    return token


def one_time_token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def look_at(
    session: ReadSession | WriteSession, token: str, *, purpose: TokenPurpose, now: datetime
) -> OneTimeToken:
    """The row of a token that can still be used; raises Refused: TOKEN_INVALID, TOKEN_EXPIRED."""
    found = await one_time_token_by_hash(session, one_time_token_hash(token), purpose=purpose)
    if found is None or found.used_at is not None:
        raise _invalid()
    if found.expires_at <= now:
        raise Refused(UserErrorCode.TOKEN_EXPIRED, "This link has expired; ask for a new one.", field="token")
    return found


async def take(session: WriteSession, token: str, *, purpose: TokenPurpose, now: datetime) -> None:
    """Uses the token up; raises Refused TOKEN_INVALID when somebody else was faster."""
    if not await use_one_time_token(session, one_time_token_hash(token), purpose=purpose, now=now):
        raise _invalid()


def _invalid() -> Refused:
    return Refused(UserErrorCode.TOKEN_INVALID, "This link was used, withdrawn or never given out.", field="token")
