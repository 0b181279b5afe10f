"""Whether an ad account's access works, and the token behind it: nothing is read of an account without it.

Asks no platform: an access that works here may have ended there, which the first call finds out.
"""

from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

import structlog

from auth.token_cipher import CipherError, TokenCipher, secret_context
from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked
from models.ads.ad_account import AdAccount
from models.connections.access_grant import ENDED_STATUSES, AccessGrant, AccessGrantStatus
from models.database import ReadSession, WriteSession

_log = structlog.get_logger(__name__)

_GRANT_ENDED = "The ad account's grant no longer works: connect again."
_UNREADABLE = "The stored access cannot be read any more: connect again."


class NoAccessReason(Enum):
    DISCONNECTED = auto()
    # It was revoked, here or on the platform, or its token has died.
    GRANT_ENDED = auto()


_USER_CODES = {
    NoAccessReason.DISCONNECTED: UserErrorCode.FORBIDDEN,
    NoAccessReason.GRANT_ENDED: UserErrorCode.ACCESS_TOKEN_INVALID,
}


@dataclass(frozen=True, slots=True)
class NoAccess:
    """`message` says what a person has to do."""

    reason: NoAccessReason
    message: str

    def refused(self, *, field: str) -> Refused:
        """For whoever asked for something that needs the access."""
        return Refused(_USER_CODES[self.reason], self.message, field=field)


DISCONNECTED = NoAccess(NoAccessReason.DISCONNECTED, "The ad account is disconnected: connect it again.")


async def access_of(session: ReadSession | WriteSession, account: AdAccount) -> AccessGrant | NoAccess:
    """The grant to use the account with, as far as we know a working one."""
    if account.disconnected_at is not None:
        return DISCONNECTED
    grant = await session.get(AccessGrant, (account.tenant_id, account.grant_id)) if account.grant_id else None
    if grant is None or grant.status in ENDED_STATUSES:
        return NoAccess(NoAccessReason.GRANT_ENDED, why_ended(grant))
    return grant


def why_ended(grant: AccessGrant | None) -> str:
    """Why a grant that has ended, or is gone, works no more, and what to do about it."""
    return (grant.reason if grant else None) or _GRANT_ENDED


def token_of(cipher: TokenCipher, grant: AccessGrant) -> str:
    """The grant's token; raises AccessRevoked for one that was revoked or cannot be decrypted."""
    if grant.status is AccessGrantStatus.REVOKED:
        raise AccessRevoked(why_ended(grant))
    try:
        return cipher.decrypt(token_context(grant.tenant_id, grant.id), grant.token_enc)
    except CipherError as error:
        _log.warning("grant_unreadable", grant_id=str(grant.id), exc_info=True)
        raise AccessRevoked(_UNREADABLE) from error


def token_context(tenant_id: UUID, grant_id: UUID) -> str:
    """The identity that is encrypted with a grant's token."""
    return secret_context("access_grant", "token_enc", tenant_id, grant_id)
