"""One-time tokens: how they are made and taken; what one is for is the caller's rule.

The database holds SHA-256 of a token, never the token. Looking at one uses nothing up, so a caller can check whom it is
bound to first; taking it is one statement in the caller's transaction, so of two who present it one gets it, and a
refusal afterwards gives it back.
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
    """What a token is for and bound to: the account, or the invitation of a tenant."""

    purpose: TokenPurpose
    email: str
    user_id: UUID | None = None
    for_tenant_id: UUID | None = None
    invitation_id: UUID | None = None


async def make(session: WriteSession, about: About, *, now: datetime, expires_at: datetime) -> str:
    """A new token; it is never readable again."""
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
