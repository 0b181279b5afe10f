"""The port to the browser extension: typed steps that are asked for, and the answers that come back later.

Nobody waits for an answer. A run that wants steps without one ends with StepsWanted; when they are answered, the job is
run again from its beginning, and the port gives the answers that it keeps. So a caller asks for the same steps by the
same keys in each run of a job, as far as the same answers lead it. What ends a run is in integrations/errors.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class RelayOperation(StrEnum):
    """What the extension can do; docs of the arguments and results are in the modules that ask and read them."""

    WHOAMI = "WHOAMI"
    LIST_ITEMS = "LIST_ITEMS"
    GET_ITEM = "GET_ITEM"
    UPLOAD_PHOTO = "UPLOAD_PHOTO"
    CREATE_ITEM = "CREATE_ITEM"
    UPDATE_ITEM = "UPDATE_ITEM"
    DELETE_ITEM = "DELETE_ITEM"
    LIST_ORDERS = "LIST_ORDERS"
    GET_ORDER = "GET_ORDER"
    LIST_CONVERSATIONS = "LIST_CONVERSATIONS"
    GET_CONVERSATION = "GET_CONVERSATION"
    SEND_MESSAGE = "SEND_MESSAGE"
    LIST_TERMS = "LIST_TERMS"


# What must not be done twice. All others may be repeated: an update sets values, and to delete what is gone is done.
UNSAFE_OPERATIONS = frozenset({RelayOperation.CREATE_ITEM, RelayOperation.SEND_MESSAGE})


class RelayErrorCode(StrEnum):
    """Why the extension could not do a step."""

    NETWORK = "NETWORK"
    TIMEOUT = "TIMEOUT"
    RATE_LIMITED = "RATE_LIMITED"
    SERVER_ERROR = "SERVER_ERROR"
    SIGNED_OUT = "SIGNED_OUT"
    FORBIDDEN = "FORBIDDEN"
    CHALLENGE = "CHALLENGE"
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"


# After these nobody knows whether the site has done the step: one that must not be done twice is looked up then, as one
# whose end is unknown, and its answer is kept.
UNCLEAR_CODES = frozenset({RelayErrorCode.NETWORK, RelayErrorCode.TIMEOUT, RelayErrorCode.SERVER_ERROR})
# These are answers: the same question would bring the same, so they are kept with the job as results are.
LASTING_CODES = frozenset({RelayErrorCode.NOT_FOUND, RelayErrorCode.INVALID})


@dataclass(frozen=True, slots=True)
class StepWish:
    """A step that is asked for. `key` names it within the job: a key is asked for once. `arguments` are JSON."""

    operation: RelayOperation
    arguments: Mapping[str, Any] = field(repr=False)
    key: str

    @property
    def is_unsafe(self) -> bool:
        return self.operation in UNSAFE_OPERATIONS


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """How a step ended: `result` is JSON from the extension and may be anything, an `error` says why there is none.

    `is_unknown`: a step that must not be done twice was begun, and nobody knows how it ended; then there is neither.
    `arguments` are those that the step was asked with, which a later run may have others for.
    """

    result: Mapping[str, Any] | None = field(repr=False, default=None)
    error: RelayErrorCode | None = None
    message: str | None = None
    http_status: int | None = None
    retry_after_s: int | None = None
    started_at: datetime | None = None
    is_unknown: bool = False
    arguments: Mapping[str, Any] | None = field(repr=False, default=None)

    @property
    def is_unclear(self) -> bool:
        """Whether the site may have done the step, as far as anybody knows."""
        return self.is_unknown or self.error in UNCLEAR_CODES

    def is_kept(self, operation: RelayOperation) -> bool:
        """Whether the answer stays with the job; else the step is asked for anew by the next run."""
        is_doubtful = operation in UNSAFE_OPERATIONS and self.is_unclear
        return self.error is None or self.error in LASTING_CODES or is_doubtful


class StepsWanted(Exception):
    """The run ends until these steps are answered. It is no IntegrationError: nothing that runs a job handles it."""

    def __init__(self, wishes: Sequence[StepWish]) -> None:
        super().__init__(f"{len(wishes)} steps of the browser extension are wanted")
        self.wishes = tuple(wishes)


class RelayCalls(Protocol):
    """The answers of one job's steps."""

    async def answers(self, wishes: Sequence[StepWish]) -> Sequence[StepAnswer]:
        """The answers of all steps in the order of the wishes.

        They end early with the first failure that is not kept: it ends the run, so nothing more is asked for. It is
        forgotten thereby, so that the next run asks for the step anew by the same key. Without such a failure, it
        raises StepsWanted with those wishes that have no answer.
        """
        ...
