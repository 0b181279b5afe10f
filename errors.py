"""The error tree of Adgraph; it imports nothing of ours and knows no transport.

AppError
├── Unauthenticated        UNAUTHENTICATED       no, expired or tampered credentials
├── Forbidden              FORBIDDEN             the role lacks a permission
├── BadInput               BAD_USER_INPUT        an argument that no answer can be given for
├── NotFound               NOT_FOUND             absent, or another tenant's: the same
├── MixedCurrency          MIXED_CURRENCY        money of several currencies in one sum
├── QueryTooComplex        QUERY_TOO_COMPLEX     depth, aliases, tokens or cost beyond the limit
├── DocumentNotTrusted     DOCUMENT_NOT_TRUSTED  the installation runs the documents of its manifest alone
├── PersistedQueryNotFound PERSISTED_QUERY_NOT_FOUND  a name of a document that is not known here
├── PersistedQueryNotSupported PERSISTED_QUERY_NOT_SUPPORTED  another protocol than version 1
├── QuotaExceeded          QUOTA_EXCEEDED        the plan's quota is used up
├── RateLimited            RATE_LIMITED          come back after retry_after_s
├── UpstreamUnavailable    UPSTREAM_UNAVAILABLE  an ad platform or another vendor does not answer
├── DatabaseUnavailable    DATABASE_UNAVAILABLE  Postgres does not answer
│   └── NodeUnavailable    DATABASE_UNAVAILABLE  one node of a sharded Postgres does not answer, others do
├── InternalError          INTERNAL              a fault of ours; its text never leaves
└── Refused                (a UserErrorCode)     an expected outcome that a mutation reports in userErrors
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar


class UserErrorCode(StrEnum):
    """Outcomes that a mutation reports in its payload instead of failing."""

    INVALID = "INVALID"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105 - a code, no secret
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a code, no secret
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - a code, no secret
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    CONFLICT = "CONFLICT"
    FORBIDDEN = "FORBIDDEN"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    LAST_OWNER = "LAST_OWNER"
    MIXED_CURRENCY = "MIXED_CURRENCY"
    OAUTH_DENIED = "OAUTH_DENIED"
    OAUTH_FAILED = "OAUTH_FAILED"
    ACCESS_TOKEN_INVALID = "ACCESS_TOKEN_INVALID"  # noqa: S105 - a code, no secret
    PERMISSION_MISSING = "PERMISSION_MISSING"
    NOT_CANCELLABLE = "NOT_CANCELLABLE"
    NOT_RETRYABLE = "NOT_RETRYABLE"
    WRITE_LIMITED = "WRITE_LIMITED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    FORMULA_INVALID = "FORMULA_INVALID"
    TEMPLATE_INVALID = "TEMPLATE_INVALID"
    FILE_INVALID = "FILE_INVALID"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    AGENT_OUTDATED = "AGENT_OUTDATED"


class AppError(Exception):
    """Root of every error we raise on purpose; `code` is stable, the message says what to do next."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(AppError):
    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in and send `Authorization: Bearer <access token>`.") -> None:
        super().__init__(message)


class Forbidden(AppError):
    """`reason` is REAUTHENTICATE when a fresh sign-in would help."""

    code = "FORBIDDEN"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class BadInput(AppError):
    """`field` is the path of the input that is at fault, where a mutation reports it in `userErrors`."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, field: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.field = list(field) if field is not None else None


class NotFound(AppError):
    code = "NOT_FOUND"


class MixedCurrency(AppError):
    code = "MIXED_CURRENCY"


class QueryTooComplex(AppError):
    code = "QUERY_TOO_COMPLEX"


class DocumentNotTrusted(AppError):
    code = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("This server runs the documents of its manifest alone, and this is none of them.")


class PersistedQueryNotFound(AppError):
    """Clients know it by its text or by its code, and send the document's text then."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class PersistedQueryNotSupported(AppError):
    """Clients know it by its text or by its code, and send texts alone from then on."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotSupported")


class QuotaExceeded(AppError):
    code = "QUOTA_EXCEEDED"


class RateLimited(AppError):
    """`limit`, `remaining` and `reset_at` (a Unix time) are the exhausted bucket's, where one was asked."""

    code = "RATE_LIMITED"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: int,
        limit: int | None = None,
        remaining: int = 0,
        reset_at: int | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limit = limit
        self.remaining = remaining
        self.reset_at = reset_at


class UpstreamUnavailable(AppError):
    code = "UPSTREAM_UNAVAILABLE"


class DatabaseUnavailable(AppError):
    code = "DATABASE_UNAVAILABLE"


class NodeUnavailable(DatabaseUnavailable):
    """The rows of some tenants are away, and only theirs."""


class InternalError(AppError):
    code = "INTERNAL"


class Refused(AppError):
    """An expected outcome: a mutation answers it as a `userErrors` entry.

    `field` is the parameter of the service that is at fault, `place` the one of its values, where it has several, and
    `within` the way on from there: the edge knows what its client calls it. `others` are refused besides.
    """

    def __init__(
        self,
        user_code: UserErrorCode,
        message: str,
        *,
        field: str | None = None,
        place: int | None = None,
        within: Sequence[str | int] = (),
        others: Sequence["Refused"] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.user_code = user_code
        self.field = field
        self.place = place
        self.within = within
        self.others = others
        self.retry_after_s = retry_after_s
