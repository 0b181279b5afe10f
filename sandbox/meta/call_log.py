"""Owns the record of calls that tests assert on; must not hold tokens, proofs or secrets."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class LoggedCall:
    number: int
    method: str
    path: str
    params: dict[str, str]
    account_id: str | None
    user_id: str | None
    status: int
    rows: int | None
    error_code: int | None
    error_subcode: int | None
    fault: str | None
    # What the call counted towards its account's score; nothing when it was refused for a limit.
    cost: int = 0
    is_batched: bool = False
    # By the sandbox's clock.
    at: datetime | None = None


@dataclass(slots=True)
class CallLog:
    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=_KEPT))
    total: int = 0

    def add(self, call: LoggedCall) -> None:
        self.calls.append(call)

    def next_number(self) -> int:
        self.total += 1
        return self.total

    def clear(self) -> None:
        self.calls.clear()
        self.total = 0
