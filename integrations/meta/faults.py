"""The table from Meta's error codes to our reactions, and our errors for them; carries no reaction out.

Sources: Meta's pages on Graph errors, rate limits and Insights limits, and issues of other open-source connectors.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import msgspec

from integrations.errors import (
    AccessRevoked,
    Barred,
    IntegrationError,
    NotReady,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Relief,
    Throttled,
    TooMuchData,
    TooOld,
    Unavailable,
    VendorError,
)
from integrations.meta.wording import advice_of, missing_permission, with_advice
from telemetry.redaction import redact_text


class Reaction(Enum):
    RETRY = auto()
    BACK_OFF_APP = auto()
    BACK_OFF_ACCOUNT = auto()
    DEFER_WRITE = auto()
    SHRINK = auto()
    GO_ASYNC = auto()
    ORDER_AGAIN = auto()
    SPLIT = auto()
    # A report that was ordered cannot be fetched yet.
    WAIT = auto()
    REAUTHORISE = auto()
    FIX_PERMISSION = auto()
    MISSING = auto()
    CLAMP = auto()
    FAIL = auto()
    # Repeating the call changes nothing or does harm: the operator of the installation is told by the log.
    ALERT = auto()


@dataclass(frozen=True, slots=True)
class FaultRule:
    """The reaction to one code. `message` replaces that of the reaction.

    `pause_s` is how long to wait when the usage headers do not say.
    """

    reaction: Reaction
    message: str | None = None
    pause_s: int = 300
    # For an access that was lost: it ended by its age, not by an act of a person.
    is_expired: bool = False
    is_alert: bool = False


_CONNECT_AGAIN = "Connect the ad account's owner again."
_REVOKED = FaultRule(Reaction.REAUTHORISE, f"Facebook no longer accepts the access. {_CONNECT_AGAIN}")
_ABUSE = FaultRule(
    Reaction.BACK_OFF_APP,
    "Meta limits the calls of this installation for a longer while.",
    pause_s=3600,
    is_alert=True,
)


def _revoked(reason: str, *, is_expired: bool = False) -> FaultRule:
    return FaultRule(Reaction.REAUTHORISE, reason, is_expired=is_expired)


_LOST_ACCESS: dict[int, FaultRule] = {
    458: _revoked(f"The app was removed from the Facebook account. {_CONNECT_AGAIN}"),
    459: _revoked("Facebook asks for a security check: sign in at facebook.com, then connect again."),
    460: _revoked(f"The Facebook password was changed. {_CONNECT_AGAIN}"),
    463: _revoked(f"The access has expired. {_CONNECT_AGAIN}", is_expired=True),
    464: _revoked("The Facebook account is not confirmed: confirm it at facebook.com, then connect again."),
    467: _revoked(f"Facebook ended the session. {_CONNECT_AGAIN}"),
    492: _revoked(f"The person lost the role on the page or business. {_CONNECT_AGAIN}"),
    493: _revoked(
        f"The app was not used for 90 days, so Facebook ended its data access. {_CONNECT_AGAIN}", is_expired=True
    ),
}

# By (code, subcode); a subcode of None stands for every subcode that has no line of its own.
RULES: dict[tuple[int, int | None], FaultRule] = {
    (1, None): FaultRule(Reaction.RETRY),
    (2, None): FaultRule(Reaction.RETRY),
    (2, 1504038): FaultRule(Reaction.GO_ASYNC),
    (2, 1504041): FaultRule(Reaction.FAIL, "Meta does not know one of the breakdowns that were asked for."),
    (2, 1504042): FaultRule(Reaction.FAIL, "Meta does not know one of the metrics that were asked for."),
    (-2, None): FaultRule(Reaction.ORDER_AGAIN),
    (-3, None): FaultRule(Reaction.SPLIT),
    (3, None): FaultRule(Reaction.FIX_PERMISSION),
    (4, None): FaultRule(Reaction.BACK_OFF_APP),
    (10, None): FaultRule(Reaction.FIX_PERMISSION),
    (17, None): FaultRule(Reaction.BACK_OFF_ACCOUNT),
    (17, 1885172): FaultRule(Reaction.DEFER_WRITE),
    (32, None): FaultRule(Reaction.BACK_OFF_APP),
    (100, None): FaultRule(Reaction.FAIL),
    (100, 33): FaultRule(Reaction.MISSING),
    (100, 1487534): FaultRule(Reaction.SPLIT),
    (100, 1504018): FaultRule(Reaction.GO_ASYNC),
    (100, 3191001): FaultRule(Reaction.FIX_PERMISSION),
    (102, None): _REVOKED,
    (104, None): FaultRule(Reaction.RETRY),
    (190, None): _REVOKED,
    # 102 is an older code for what is 190 today.
    **{(code, subcode): rule for code in (102, 190) for subcode, rule in _LOST_ACCESS.items()},
    **{(code, None): FaultRule(Reaction.FIX_PERMISSION) for code in range(200, 300)},
    (341, None): FaultRule(Reaction.BACK_OFF_APP),
    (368, None): FaultRule(
        Reaction.ALERT, "Meta has blocked this app or person for a breach of its policies.", is_alert=True
    ),
    (613, None): _ABUSE,
    (613, 1487742): FaultRule(Reaction.BACK_OFF_ACCOUNT),
    (613, 1487632): FaultRule(Reaction.DEFER_WRITE),
    (613, 1487225): FaultRule(Reaction.DEFER_WRITE),
    (613, 5044001): FaultRule(Reaction.DEFER_WRITE),
    (803, None): FaultRule(Reaction.MISSING),
    (960, None): FaultRule(Reaction.RETRY),
    (2500, None): FaultRule(Reaction.FAIL),
    (2601, None): FaultRule(Reaction.WAIT),
    (2635, None): FaultRule(
        Reaction.ALERT,
        "The configured version of Meta's API is no longer served: raise META_API_VERSION.",
        is_alert=True,
    ),
    (3018, None): FaultRule(Reaction.CLAMP),
    # Limits of the account by business use case.
    **{(code, None): FaultRule(Reaction.BACK_OFF_ACCOUNT) for code in range(80000, 80015)},
}
# Texts that decide instead of the code, where Meta uses a code for several things. Code 1 with subcode 99 is a heavy
# question with the first of these texts, and a passing fault ("An unknown error occurred") without it.
TEXTS: tuple[tuple[str, FaultRule], ...] = (
    ("reduce the amount of data", FaultRule(Reaction.SHRINK)),
    ("in summary param because they weren't there", FaultRule(Reaction.RETRY)),
    ("beyond 37 months", RULES[3018, None]),
)
_UNKNOWN = FaultRule(Reaction.FAIL)
_UNKNOWN_BUT_TRANSIENT = FaultRule(Reaction.RETRY)


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an error. Its texts may be of any type, so that an error is read even if a part of it is odd."""

    message: Any = ""
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool | None = False
    fbtrace_id: Any = None
    # What Meta wrote for the person who made the request.
    error_user_title: Any = None
    error_user_msg: Any = None

    @property
    def text(self) -> str:
        return self.message if isinstance(self.message, str) else ""

    @property
    def trace_id(self) -> str | None:
        return self.fbtrace_id if isinstance(self.fbtrace_id, str) else None


def rule_for(body: ErrorBody) -> FaultRule:
    """The rule for an error. `is_transient` counts only where the table has no line for the code, or a refusal."""
    lowered = body.text.lower()
    for text, rule in TEXTS:
        if text in lowered:
            return rule
    code = body.code if body.code is not None else 0
    known = RULES.get((code, body.error_subcode)) or RULES.get((code, None), _UNKNOWN)
    return _UNKNOWN_BUT_TRANSIENT if body.is_transient and known.reaction is Reaction.FAIL else known


def outcome_of(body: ErrorBody, *, http_status: int, regain_s: int | None) -> tuple[IntegrationError, bool]:
    """Our error for Meta's, and whether the same call may succeed when it is repeated at once."""
    rule = rule_for(body)
    advice = advice_of(body.error_user_title, body.error_user_msg)
    text = redact_text(body.text)[:500]
    said = VendorError(
        http_status,
        body.code,
        body.error_subcode,
        text,
        body.trace_id,
        advice,
        may_pass=body.code is not None and rule.reaction is Reaction.RETRY,
        named_fields=tuple(found[1] for pattern in _NAMED_FIELDS if (found := pattern.search(text))),
    )
    if rule.reaction is Reaction.REAUTHORISE:
        return AccessRevoked(rule.message or "", is_expired=rule.is_expired, said=said), False
    if rule.reaction in _PAUSES:
        scope, message = _PAUSES[rule.reaction]
        pause_s = max(1, regain_s or rule.pause_s)
        return Throttled(rule.message or message, retry_after_s=pause_s, scope=scope, said=said), False
    error, message = _OUTCOMES[rule.reaction]
    if rule.reaction is Reaction.FIX_PERMISSION:
        message = missing_permission(body.code, body.text)
    told = with_advice(rule.message or message, advice if rule.reaction in _ADVISED else "")
    return error(told, said=said), rule.reaction is Reaction.RETRY


_PAUSES: dict[Reaction, tuple[str, str]] = {
    Reaction.BACK_OFF_ACCOUNT: ("account", "Meta limits the calls for this ad account for a while."),
    Reaction.BACK_OFF_APP: ("app", "Meta limits the calls of this installation for a while."),
    Reaction.DEFER_WRITE: ("write", "Meta limits the changes of this ad account for a while."),
}
# The reactions whose messages end with Meta's own words for the person. Those about faults and limits that are dealt
# with here would only confuse.
_ADVISED = frozenset({Reaction.FIX_PERMISSION, Reaction.MISSING, Reaction.FAIL, Reaction.ALERT})
_TOO_MUCH = "This is more than Meta answers at once."
_REFUSED = "Meta refuses this question, and asking again does not change that."
_OUTCOMES: dict[Reaction, tuple[Callable[..., Any], str]] = {
    Reaction.RETRY: (Unavailable, "Meta has a temporary fault; try again in a few minutes."),
    Reaction.FIX_PERMISSION: (PermissionMissing, ""),
    Reaction.SHRINK: (partial(TooMuchData, relief=Relief.SMALLER_PAGE), _TOO_MUCH),
    Reaction.GO_ASYNC: (partial(TooMuchData, relief=Relief.REPORT), _TOO_MUCH),
    Reaction.ORDER_AGAIN: (partial(TooMuchData, relief=Relief.ANOTHER_REPORT), "Meta could not make the report."),
    Reaction.SPLIT: (partial(TooMuchData, relief=Relief.SMALLER_PART), _TOO_MUCH),
    Reaction.WAIT: (NotReady, "Meta's report cannot be read yet."),
    Reaction.MISSING: (ObjectMissing, "Meta does not know the object, or the grant cannot see it."),
    Reaction.CLAMP: (TooOld, "Meta keeps numbers for 37 months."),
    Reaction.FAIL: (Rejected, _REFUSED),
    Reaction.ALERT: (Barred, _REFUSED),
}


# The phrases in which Meta names a field that it does not know, or knows no longer.
_NAMED_FIELDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"nonexisting field \((\w+)\)",
        r"\b(\w+) (?:is|are) not valid for fields param",
        r"\b(\w+) field is deprecated",
        r"\bfield:? [\"'`(]?(\w+)[\"'`)]? (?:is|has been|was) (?:deprecated|removed|invalid|not supported)",
    )
)
