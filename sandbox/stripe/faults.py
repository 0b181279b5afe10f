"""Owns how the API can fail on demand: an answer that stands in for the next one of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """`seconds` pass before the answer."""

    status: int = 500
    body: str = '{"error": {"type": "api_error", "message": "An error occurred."}}'
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """By the call's name, in their order."""

    waiting: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, call: str, *faults: Fault) -> None:
        self.waiting.setdefault(call, []).extend(faults)

    def pop(self, call: str) -> Fault | None:
        waiting = self.waiting.get(call)
        return waiting.pop(0) if waiting else None

    def clear(self) -> None:
        self.waiting.clear()
