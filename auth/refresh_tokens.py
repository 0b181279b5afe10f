"""Refresh tokens: how they are made, how one is exchanged for its successor, and how a second use is recognised.

The database has the SHA-256 of a token, never the token. A successor is HMAC(pepper, salt || presented token) and no
random value: so parallel refreshes, and a client that never got its answer, get the same successor for 30 seconds. If
the old token is used after that, or after the successor was used, one of them is a stolen copy: the session ends.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from models.database import WriteSession
from models.people.auth_session import AuthSession, auth_session_for_update, revoke_auth_session
from models.people.refresh_token import RefreshToken, refresh_token_for_update

PREFIX = "agr_"
# How long a used token still answers its successor.
GRACE = timedelta(seconds=30)
IDLE = timedelta(days=30)
ABSOLUTE = timedelta(days=90)
REUSE = "refresh_token_reused"
_SALT_BYTES = 16


class Outcome(StrEnum):
    ROTATED = "ROTATED"
    REPEATED = "REPEATED"
    INVALID = "INVALID"
    REUSED = "REUSED"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What came of a presented token; `token` is the successor, after ROTATED and REPEATED."""

    outcome: Outcome
    token: str | None = None


def pepper_of(secret: str) -> bytes:
    """The key with which successors are derived; it is derived itself, so that it equals no key with another use."""
    return hmac.digest(secret.encode(), b"adgraph refresh token successor", "sha256")


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def stored_token(token: str, *, session: AuthSession, now: datetime) -> RefreshToken:
    """The row of a new token: it ends after 30 days without use, and with its session at the latest."""
    return RefreshToken(
        token_hash=token_hash(token),
        session_id=session.id,
        user_id=session.user_id,
        salt=secrets.token_bytes(_SALT_BYTES),
        issued_at=now,
        expires_at=min(now + IDLE, session.expires_at),
    )


async def rotate(
    session: WriteSession, presented: str, *, session_id: UUID, peppers: Sequence[bytes], now: datetime
) -> Rotation:
    """Exchanges a token for its successor, or ends the session when a used one is presented; the caller commits both.

    The first pepper derives successors; the others recognise those that were derived before a secret was changed.

    The session's row is locked first and then its tokens: every writer takes locks in this order.
    """
    family = await auth_session_for_update(session, session_id)
    token = await refresh_token_for_update(session, token_hash(presented))
    if family is None or token is None or not _is_alive(family, token, now):
        return Rotation(Outcome.INVALID)
    if token.consumed_at is None:
        successor = _successor(peppers[0], token.salt, presented)
        token.consumed_at = family.last_used_at = now
        session.add(stored_token(successor, session=family, now=now))
        return Rotation(Outcome.ROTATED, successor)
    if now - token.consumed_at <= GRACE:
        successors = [_successor(pepper, token.salt, presented) for pepper in peppers]
        kept = [(each, await refresh_token_for_update(session, token_hash(each))) for each in successors]
        for successor, following in kept:
            if following is not None and following.consumed_at is None:
                return Rotation(Outcome.REPEATED, successor)
        # No successor is known: it was derived with a pepper that is not configured any more, which is no theft.
        if all(following is None for _, following in kept):
            return Rotation(Outcome.INVALID)
    await revoke_auth_session(session, family.id, now=now, reason=REUSE)
    return Rotation(Outcome.REUSED)


def _is_alive(family: AuthSession, token: RefreshToken, now: datetime) -> bool:
    is_revoked = family.revoked_at is not None or token.revoked_at is not None
    return not is_revoked and now < min(family.expires_at, token.expires_at) and token.session_id == family.id


def _successor(pepper: bytes, salt: bytes, presented: str) -> str:
    digest = hmac.digest(pepper, salt + presented.encode(), "sha256")
    return PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")
