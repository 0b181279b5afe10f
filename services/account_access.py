"""Whether the access to an ad account works, and its token; nothing of an account is read from a platform without it.

Only our own rows are asked: a grant that we take for working may have ended on the platform, which the first call there
tells.
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
    # The grant was revoked, here or on the platform, or its token no longer works.
    GRANT_ENDED = auto()


_USER_CODES = {
    NoAccessReason.DISCONNECTED: UserErrorCode.FORBIDDEN,
    NoAccessReason.GRANT_ENDED: UserErrorCode.ACCESS_TOKEN_INVALID,
}


@dataclass(frozen=True, slots=True)
class NoAccess:
    """Why an account cannot be read; `message` says what a person has to do."""

    reason: NoAccessReason
    message: str

    def refused(self, *, field: str) -> Refused:
        """The refusal of a request that needs the access."""
        return Refused(_USER_CODES[self.reason], self.message, field=field)


DISCONNECTED = NoAccess(NoAccessReason.DISCONNECTED, "The ad account is disconnected: connect it again.")


async def access_of(session: ReadSession | WriteSession, account: AdAccount) -> AccessGrant | NoAccess:
    """The grant through which the account is read, or why there is none that works, as far as our rows tell."""
    if account.disconnected_at is not None:
        return DISCONNECTED
    grant = await session.get(AccessGrant, (account.tenant_id, account.grant_id)) if account.grant_id else None
    if grant is None or grant.status in ENDED_STATUSES:
        return NoAccess(NoAccessReason.GRANT_ENDED, why_ended(grant))
    return grant


def why_ended(grant: AccessGrant | None) -> str:
    """Why a grant that has ended, or was deleted, no longer works, and what a person has to do."""
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
    """What is bound into the encryption of a grant's token, so that it can be decrypted for this grant alone."""
    return secret_context("access_grant", "token_enc", tenant_id, grant_id)
