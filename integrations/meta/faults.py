"""Owns what Meta's error codes mean for us, as one table; must not decide what is done about an outcome.

Sources: Meta's pages on Graph errors, rate limits and Insights limits, and what other connectors met in the wild.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

import msgspec

from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    ObjectMissing,
    PermissionMissing,
    RateLimited,
    Rejected,
    TooMuchData,
    Unavailable,
    VendorError,
)
from integrations.redaction import redact


class Meaning(Enum):
    TRANSIENT = auto()
    ACCOUNT_THROTTLED = auto()
    APP_THROTTLED = auto()
    ABUSE = auto()
    REVOKED = auto()
    NO_PERMISSION = auto()
    TOO_MUCH = auto()
    MISSING = auto()
    REFUSED = auto()
    BLOCKED = auto()
    OLD_VERSION = auto()


# (code, subcode); a subcode of None stands for every subcode that has no line of its own.
_MEANINGS: dict[tuple[int, int | None], Meaning] = {
    (1, None): Meaning.TRANSIENT,
    (1, 99): Meaning.TOO_MUCH,
    (2, None): Meaning.TRANSIENT,
    (2, 1504038): Meaning.TOO_MUCH,
    (2, 1504041): Meaning.REFUSED,
    (2, 1504042): Meaning.REFUSED,
    (-3, None): Meaning.TOO_MUCH,
    (-2, None): Meaning.TOO_MUCH,
    (3, None): Meaning.NO_PERMISSION,
    (4, None): Meaning.APP_THROTTLED,
    (10, None): Meaning.NO_PERMISSION,
    (17, None): Meaning.ACCOUNT_THROTTLED,
    (32, None): Meaning.APP_THROTTLED,
    (100, None): Meaning.REFUSED,
    (100, 33): Meaning.MISSING,
    (100, 1487534): Meaning.TOO_MUCH,
    (100, 1504018): Meaning.TOO_MUCH,
    (100, 3191001): Meaning.NO_PERMISSION,
    (102, None): Meaning.REVOKED,
    (104, None): Meaning.TRANSIENT,
    (190, None): Meaning.REVOKED,
    (341, None): Meaning.APP_THROTTLED,
    (368, None): Meaning.BLOCKED,
    (613, None): Meaning.ABUSE,
    (613, 1487742): Meaning.ACCOUNT_THROTTLED,
    (613, 1487632): Meaning.ACCOUNT_THROTTLED,
    (613, 1487225): Meaning.ACCOUNT_THROTTLED,
    (613, 5044001): Meaning.ACCOUNT_THROTTLED,
    (803, None): Meaning.MISSING,
    (960, None): Meaning.TRANSIENT,
    (2500, None): Meaning.REFUSED,
    (2601, 1815107): Meaning.TRANSIENT,
    (2635, None): Meaning.OLD_VERSION,
    **{(code, None): Meaning.NO_PERMISSION for code in range(200, 300)},
    **{(code, None): Meaning.ACCOUNT_THROTTLED for code in range(80000, 80015)},
}

_CONNECT_AGAIN = "Connect the ad account's owner again."
# Subcodes of 190 and 102: what a person has to do.
_REVOKED_REASONS: dict[int | None, str] = {
    458: f"The app was removed from the Facebook account. {_CONNECT_AGAIN}",
    459: "Facebook asks for a security check: sign in at facebook.com, then connect again.",
    460: f"The Facebook password was changed. {_CONNECT_AGAIN}",
    463: f"The access has expired. {_CONNECT_AGAIN}",
    464: "The Facebook account is not confirmed: confirm it at facebook.com, then connect again.",
    467: f"Facebook ended the session. {_CONNECT_AGAIN}",
    492: f"The person lost the role on the page or business. {_CONNECT_AGAIN}",
    493: f"The app was not used for 90 days, so Facebook ended its data access. {_CONNECT_AGAIN}",
}
_REVOKED_OTHERWISE = f"Facebook no longer accepts the access. {_CONNECT_AGAIN}"
_EXPIRED_SUBCODES = (463, 493)
_ACCOUNT_PAUSE_S = 300
_APP_PAUSE_S = 300
_ABUSE_PAUSE_S = 3600
# Texts that change the meaning of a code which Meta also uses for something else.
_TELLING_TEXTS = (
    ("reduce the amount of data", Meaning.TOO_MUCH),
    ("in summary param because they weren't there", Meaning.TRANSIENT),
)


class ErrorBody(msgspec.Struct, frozen=True):
    message: str = ""
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool = False
    fbtrace_id: str | None = None


def meaning_of(body: ErrorBody) -> Meaning:
    """`is_transient` decides only where the table has no line for the code."""
    lowered = body.message.lower()
    for text, meaning in _TELLING_TEXTS:
        if text in lowered:
            return meaning
    code = body.code if body.code is not None else 0
    known = _MEANINGS.get((code, body.error_subcode)) or _MEANINGS.get((code, None))
    if known is None:
        return Meaning.TRANSIENT if body.is_transient else Meaning.REFUSED
    return Meaning.TRANSIENT if known is Meaning.REFUSED and body.is_transient else known


def outcome_of(body: ErrorBody, *, http_status: int, regain_s: int | None) -> tuple[IntegrationError, bool]:
    """Our error for Meta's, and whether the same call may succeed when it is repeated at once."""
    meaning = meaning_of(body)
    said = VendorError(http_status, body.code, body.error_subcode, redact(body.message)[:500], body.fbtrace_id)
    if meaning is Meaning.REVOKED:
        reason = _REVOKED_REASONS.get(body.error_subcode, _REVOKED_OTHERWISE)
        return AccessRevoked(reason, is_expired=body.error_subcode in _EXPIRED_SUBCODES, said=said), False
    if meaning in _PAUSES:
        scope, pause_s, text = _PAUSES[meaning]
        return RateLimited(text, retry_after_s=max(1, regain_s or pause_s), scope=scope, said=said), False
    error, text = _OUTCOMES[meaning]
    return error(text, said=said), meaning is Meaning.TRANSIENT


_PAUSES: dict[Meaning, tuple[str, int, str]] = {
    Meaning.ACCOUNT_THROTTLED: ("account", _ACCOUNT_PAUSE_S, "Meta limits the calls for this ad account for a while."),
    Meaning.APP_THROTTLED: ("app", _APP_PAUSE_S, "Meta limits the calls of this installation for a while."),
    Meaning.ABUSE: ("app", _ABUSE_PAUSE_S, "Meta limits the calls of this installation for a longer while."),
}
_OUTCOMES: dict[Meaning, tuple[Callable[..., Any], str]] = {
    Meaning.TRANSIENT: (Unavailable, "Meta has a temporary fault; try again in a few minutes."),
    Meaning.NO_PERMISSION: (
        PermissionMissing,
        "The grant lacks the permission ads_read or a role on the ad account; connect again and allow it.",
    ),
    Meaning.TOO_MUCH: (TooMuchData, "Meta asks for the report in smaller parts."),
    Meaning.MISSING: (ObjectMissing, "Meta does not know the object, or the grant cannot see it."),
    Meaning.REFUSED: (Rejected, "Meta refused the question as it was put."),
    Meaning.BLOCKED: (Rejected, "Meta has blocked this app or person for a breach of its policies."),
    Meaning.OLD_VERSION: (
        Rejected,
        "The configured version of Meta's API is no longer served: raise META_API_VERSION.",
    ),
}
