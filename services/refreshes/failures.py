"""What is recorded of a refresh that fails: one table from the error to a code, advice and whether a retry helps."""

from dataclasses import dataclass

from errors import AppError, DatabaseUnavailable
from integrations.errors import (
    AccessRevoked,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Unavailable,
)
from models.refreshes.job import RefreshErrorCode
from services.account_access import NoAccess, NoAccessReason


@dataclass(frozen=True, slots=True)
class RefreshFailure:
    """What the job shows. `message` says what to do; `retryable`: the same refresh may succeed later."""

    code: RefreshErrorCode
    message: str
    retryable: bool


# A message of None: the error's own message says what to do. The first line that fits counts, so that a subclass comes
# before its class.
_TABLE: tuple[tuple[type[AppError], RefreshErrorCode, str | None, bool], ...] = (
    (AccessRevoked, RefreshErrorCode.ACCESS_REVOKED, None, False),
    (PermissionMissing, RefreshErrorCode.PERMISSION_MISSING, None, False),
    (
        ObjectMissing,
        RefreshErrorCode.ACCOUNT_UNAVAILABLE,
        "The platform no longer shows this ad account to the grant: check the person's role on it, then refresh again.",
        True,
    ),
    # The platform understood and refused: the same question is refused again.
    (Rejected, RefreshErrorCode.ACCOUNT_UNAVAILABLE, None, False),
    (
        Unavailable,
        RefreshErrorCode.PLATFORM_UNAVAILABLE,
        "The platform did not answer; what was read is kept. Try again in a few minutes.",
        True,
    ),
    (
        InvalidResponse,
        RefreshErrorCode.INVALID_RESPONSE,
        "The platform sent an answer that cannot be read; what was read before is kept. Try again in a few minutes.",
        True,
    ),
    (DatabaseUnavailable, RefreshErrorCode.INTERNAL, "Our database did not answer. Try again in a few minutes.", True),
)

_NO_ACCESS = {
    NoAccessReason.DISCONNECTED: RefreshErrorCode.ACCOUNT_UNAVAILABLE,
    NoAccessReason.GRANT_ENDED: RefreshErrorCode.ACCESS_REVOKED,
}

UNEXPECTED = RefreshFailure(
    RefreshErrorCode.INTERNAL,
    "The refresh failed through a fault of ours, which was recorded. Try again.",
    retryable=True,
)
WORKER_LOST = RefreshFailure(
    RefreshErrorCode.INTERNAL,
    "The worker ended several times while it ran this refresh. Try again with a shorter range.",
    retryable=True,
)
ASKER_LEFT = RefreshFailure(
    RefreshErrorCode.PERMISSION_MISSING,
    "The person who asked for this refresh may no longer refresh accounts: somebody else has to ask for it.",
    retryable=False,
)


def failure_of(error: BaseException) -> RefreshFailure:
    """The first line of the table that fits; an error that is not in the table is a fault of ours."""
    for kind, code, message, retryable in _TABLE:
        if isinstance(error, kind):
            return RefreshFailure(code, message or error.message, retryable)
    return UNEXPECTED


def failure_without(access: NoAccess) -> RefreshFailure:
    """The failure of a refresh whose account has no access that works."""
    return RefreshFailure(_NO_ACCESS[access.reason], access.message, retryable=False)
