"""Refresh tokens: how they are made, traded and recognised when somebody uses one twice.

The database holds SHA-256 of a token, never the token. A successor is HMAC(pepper, salt || presented token), not a
random value: parallel refreshes, and a client that never got its answer, are told the same successor for 30 seconds.
Afterwards, or once the successor was used, the old token can only be a stolen copy, and its family ends.
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
    """`token` is the successor to hand out; only after ROTATED and REPEATED."""

    outcome: Outcome
    token: str | None = None


def pepper_of(secret: str) -> bytes:
    """The key of successors, derived so that it never equals a key with another use."""
    return hmac.digest(secret.encode(), b"adgraph refresh token successor", "sha256")


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def stored_token(token: str, *, session: AuthSession, now: datetime) -> RefreshToken:
    """The row of a token just handed out: 30 days of idleness end it, and the session's own end at the latest."""
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
    """Trades a token for its successor, or ends the family on reuse; the caller lets both commit.

    The first pepper makes successors; the others recognise those that were made before a secret was changed.

    The family's row is locked first, its tokens after it: every writer takes the locks in this order.
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
        if all(following is None for _, following in kept):  # its pepper is gone; nobody stole anything
            return Rotation(Outcome.INVALID)
    await revoke_auth_session(session, family.id, now=now, reason=REUSE)
    return Rotation(Outcome.REUSED)


def _is_alive(family: AuthSession, token: RefreshToken, now: datetime) -> bool:
    is_revoked = family.revoked_at is not None or token.revoked_at is not None
    return not is_revoked and now < min(family.expires_at, token.expires_at) and token.session_id == family.id


def _successor(pepper: bytes, salt: bytes, presented: str) -> str:
    digest = hmac.digest(pepper, salt + presented.encode(), "sha256")
    return PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")
