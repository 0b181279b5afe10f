"""The outcomes of a call to another company's API. What is done about an outcome is not decided here.

IntegrationError             an UpstreamUnavailable of the AppError tree: clients see that where nobody handles it
├── Throttled                the vendor throttles us: the same call works after retry_after_s
├── AccessRevoked            the token no longer works: somebody must connect again (`reason` says why)
├── PermissionMissing        the token works, but lacks the permission or the role on the object
├── Rejected                 the vendor understood and refused: repeating the call changes nothing
│   ├── Barred               the vendor refuses every call, and more calls do harm
│   ├── TooMuchData          a lighter form of the same question can be answered (`relief` says which)
│   ├── TooOld               the days lie before those that the vendor keeps
│   └── ObjectMissing        the object does not exist, or this token cannot see it: vendors do not tell which
├── Unavailable              no answer, or an answer of a broken server, after every retry
│   ├── TimedOut             no answer in time: the question may be too heavy
│   └── NotReady             a report that was ordered cannot be fetched yet
└── InvalidResponse          an answer that is not what the vendor promises, after every retry
    ├── TooLarge             an answer longer than we accept
    └── Misshapen            valid JSON of another shape, or a list without an end: a retry would bring the same
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from errors import UpstreamUnavailable


@dataclass(frozen=True, slots=True)
class VendorError:
    """What the vendor said, with credentials removed: `text` is for logs only, `advice` may be shown to the person.

    `may_pass`: the fault passes by itself. `named_fields` are the fields that the text gives as the reason.
    """

    http_status: int
    code: int | None = None
    subcode: int | None = None
    text: str = ""
    trace_id: str | None = None
    advice: str = ""
    may_pass: bool = False
    named_fields: tuple[str, ...] = ()


class IntegrationError(UpstreamUnavailable):
    """The message is ours and safe to show; `said` has the vendor's own words."""

    def __init__(self, message: str, *, said: VendorError | None = None) -> None:
        super().__init__(message)
        self.said = said

    @property
    def advice(self) -> str:
        """What the vendor wrote for the person who made the request; '' where it wrote nothing."""
        return self.said.advice if self.said else ""

    @property
    def may_pass(self) -> bool:
        """Whether the error is a fault that passes by itself, so that what it cost can be read another time."""
        return isinstance(self, Unavailable) or (self.said is not None and self.said.may_pass)

    def refused_field(self, asked: Collection[str]) -> str | None:
        """The field that the vendor names as the reason of a refusal; None if it is none of those in `asked`."""
        if type(self) is not Rejected or self.said is None:
            return None
        return next((name for name in self.said.named_fields if name in asked), None)


class Throttled(IntegrationError):
    """`scope` is who must wait: `account` for one ad account, `app` for every call of this installation, `write`
    for changes of that account only, `app:sell.inventory` for every call of this installation to one API of a vendor.
    """

    def __init__(
        self, message: str, *, retry_after_s: int, scope: str = "account", said: VendorError | None = None
    ) -> None:
        super().__init__(message, said=said)
        self.retry_after_s = retry_after_s
        self.scope = scope


class AccessRevoked(IntegrationError):
    """`reason` is a sentence that says what a person has to do; `is_expired`: the access ended by its age."""

    def __init__(self, reason: str, *, is_expired: bool = False, said: VendorError | None = None) -> None:
        super().__init__(reason, said=said)
        self.reason = reason
        self.is_expired = is_expired


class PermissionMissing(IntegrationError):
    pass


class Rejected(IntegrationError):
    pass


class Bar(StrEnum):
    """Why a vendor refuses every call: it says so, the person has signed out, it asks whether a person is there, or the
    account is not the one that is meant.
    """

    FORBIDDEN = "FORBIDDEN"
    SIGN_IN = "SIGN_IN"
    CHALLENGE = "CHALLENGE"
    CONFIGURATION = "CONFIGURATION"


class Barred(Rejected):
    """The message says what a person has to do before anything is called again."""

    def __init__(self, message: str, *, bar: Bar = Bar.FORBIDDEN, said: VendorError | None = None) -> None:
        super().__init__(message, said=said)
        self.bar = bar


class Relief(Enum):
    """What to change about a question that was too heavy."""

    SMALLER_PAGE = auto()
    REPORT = auto()
    ANOTHER_REPORT = auto()
    SMALLER_PART = auto()


class TooMuchData(Rejected):
    def __init__(self, message: str, *, relief: Relief = Relief.SMALLER_PART, said: VendorError | None = None) -> None:
        super().__init__(message, said=said)
        self.relief = relief


class TooOld(Rejected):
    pass


class ObjectMissing(Rejected):
    pass


class Unavailable(IntegrationError):
    pass


class TimedOut(Unavailable):
    pass


class NotReady(Unavailable):
    pass


class InvalidResponse(IntegrationError):
    pass


class TooLarge(InvalidResponse):
    pass


class Misshapen(InvalidResponse):
    pass
