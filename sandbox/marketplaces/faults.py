"""Owns which calls go wrong on purpose, and when; must not carry the faults out."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from sandbox.meta.data.dice import throws


class CallFaultKind(StrEnum):
    # `status`, `body`, `media_type` and `headers` in place of the call; a drip gives the body in ten pieces.
    ANSWER = "answer"
    DRIP = "drip"
    # The call, late.
    DELAY = "delay"
    # The connection breaks: before anything was done, and after everything was.
    RESET = "reset"
    ANSWER_LOST = "answer_lost"


@dataclass(frozen=True, slots=True)
class CallFault:
    """Befalls matching calls number `nth` to `nth + times - 1`, counted from when it was added; `times=None` never
    stops.

    `call` is a shell pattern over names such as `inventory.publish_offer`, `path` one over paths. With a `probability`
    each of the calls is hit by chance, always the same for a `seed`. `delay_s` works with every kind; with a drip it is
    how long the whole answer takes.
    """

    call: str = "*"
    kind: CallFaultKind = CallFaultKind.ANSWER
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    status: int = 500
    body: str = ""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times start at 1")

    def fires(self, seen: int) -> bool:
        if seen < self.nth or (self.times is not None and seen >= self.nth + self.times):
            return False
        return self.probability >= 1 or throws("call-fault", self.seed, self.call, seen)[0] < self.probability


@dataclass(slots=True)
class _Counter:
    fault: CallFault
    seen: int = 0


@dataclass(slots=True)
class CallFaultBook:
    """Each fault counts its matching calls on its own; the first that fires wins."""

    _counters: list[_Counter] = field(default_factory=list)

    def add(self, fault: CallFault) -> None:
        self._counters.append(_Counter(fault))

    def clear(self) -> None:
        self._counters.clear()

    def pick(self, call: str, path: str) -> CallFault | None:
        picked: CallFault | None = None
        for counter in self._counters:
            if not (fnmatchcase(call, counter.fault.call) and fnmatchcase(path, counter.fault.path)):
                continue
            counter.seen += 1
            if picked is None and counter.fault.fires(counter.seen):
                picked = counter.fault
        return picked
