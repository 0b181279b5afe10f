"""What is recorded of a channel job that fails: a table from the error to a code, advice and whether a retry helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import AppError, DatabaseUnavailable, Refused, UserErrorCode
from integrations.errors import (
    AccessRevoked,
    Bar,
    Barred,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
)
from integrations.selling.refusals import RefusedFields
from models.channel_jobs.job import ChannelJobErrorCode


@dataclass(frozen=True, slots=True)
class ChannelJobFailure:
    """What the job shows. `message` says what to do; `retryable`: the same job may succeed later."""

    code: ChannelJobErrorCode
    message: str
    retryable: bool


# A message of None: the error's own message says what to do. The first line that fits counts, so that a subclass comes
# before its class.
_TABLE: tuple[tuple[type[AppError], ChannelJobErrorCode, str | None, bool], ...] = (
    (AccessRevoked, ChannelJobErrorCode.ACCESS_REVOKED, None, True),
    (PermissionMissing, ChannelJobErrorCode.PERMISSION_MISSING, None, True),
    (ObjectMissing, ChannelJobErrorCode.NOT_FOUND, None, True),
    (Rejected, ChannelJobErrorCode.REJECTED, None, True),
    (Throttled, ChannelJobErrorCode.RATE_LIMITED, None, True),
    (
        Unavailable,
        ChannelJobErrorCode.CHANNEL_UNAVAILABLE,
        "The marketplace did not answer for a while; what was done is kept. Try again later.",
        True,
    ),
    (
        InvalidResponse,
        ChannelJobErrorCode.INVALID_RESPONSE,
        "The marketplace sent an answer that cannot be read; what was done before is kept. Try again later.",
        True,
    ),
    # A rule of ours that what is asked for does not keep to.
    (Refused, ChannelJobErrorCode.REJECTED, None, True),
    (DatabaseUnavailable, ChannelJobErrorCode.INTERNAL, "Our database did not answer. Try again later.", True),
)
UNEXPECTED = ChannelJobFailure(
    ChannelJobErrorCode.INTERNAL,
    "The job failed through a fault of ours, which was recorded. Try again.",
    retryable=True,
)
WORKER_LOST = ChannelJobFailure(
    ChannelJobErrorCode.INTERNAL, "The worker ended several times while it ran this job. Try again.", retryable=True
)
ASKER_LEFT = ChannelJobFailure(
    ChannelJobErrorCode.PERMISSION_MISSING,
    "Whoever asked for this may no longer do so: somebody else has to ask for it.",
    retryable=False,
)
EXPIRED = ChannelJobFailure(
    ChannelJobErrorCode.EXPIRED,
    "The job could not be done within 24 hours, and is not done any more: start it again.",
    retryable=True,
)
GIVEN_UP = ChannelJobFailure(
    ChannelJobErrorCode.ACCESS_REVOKED, "The channel was disconnected while the job ran.", retryable=False
)
NO_WORK = ChannelJobFailure(
    ChannelJobErrorCode.INTERNAL, "This release does not know how to do this kind of job.", retryable=True
)
# Added where a step that cannot be taken back was begun, and nobody knows how it ended.
_UNKNOWN = " It is not known whether the marketplace has done this step: look there. A retry looks first, too."


def failure_of(error: BaseException, asked: Mapping[str, Any] | None = None) -> ChannelJobFailure:
    """The first line of the table that fits; an error that is not in the table is a fault of ours.

    `asked` is what the job was asked with, which no retry changes.
    """
    if isinstance(error, Barred) and error.bar is Bar.CHALLENGE:
        return ChannelJobFailure(ChannelJobErrorCode.CHALLENGE, error.message, retryable=True)
    for kind, code, message, retryable in _TABLE:
        if isinstance(error, kind):
            return ChannelJobFailure(code, message or error.message, retryable and not _lasts(error, asked or {}))
    return UNEXPECTED


def _lasts(error: AppError, asked: Mapping[str, Any]) -> bool:
    """Whether the same job fails again: what it is about is gone, or a value that it was asked with is refused.

    Other refusals may pass: of a product that is changed meanwhile, or of an order that is in another state.
    """
    if isinstance(error, Refused):
        return error.user_code is UserErrorCode.NOT_FOUND
    return isinstance(error, RefusedFields) and any(asked.get(problem.field or "") for problem in error.problems)


def with_unknown_end(failure: ChannelJobFailure) -> ChannelJobFailure:
    return ChannelJobFailure(failure.code, failure.message + _UNKNOWN, failure.retryable)
