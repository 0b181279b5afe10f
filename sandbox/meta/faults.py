"""Owns which calls go wrong, and when; must not carry the faults out."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import GraphError, missing_object, missing_scope, session_error


class FaultKind(StrEnum):
    """The first group replaces the answer, the second spoils a good one, the third befalls a report run."""

    ERROR = "error"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a fault's name
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a fault's name
    SCOPE_MISSING = "scope_missing"
    NOT_VISIBLE = "not_visible"
    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    HTML_503 = "html_503"
    EMPTY_PAGE = "empty_page"
    REPEAT_ROW = "repeat_row"
    # A good answer that comes late; `delay_s` works with every other kind too.
    DELAY = "delay"
    RUN_FAILED = "run_failed"
    RUN_SKIPPED = "run_skipped"
    RUN_STUCK_AT_0 = "run_stuck_at_0"
    RUN_STUCK_AT_99 = "run_stuck_at_99"
    # "Job Running" with 100 percent for the first `count` polls after its end.
    RUN_HUNDRED_BUT_RUNNING = "run_hundred_but_running"
    # Completed, but its first `count` fetches answer 2601/1815107.
    RUN_NOT_LOADABLE = "run_not_loadable"
    # The first `count` polls say that there is no such run.
    RUN_UNKNOWN_AT_FIRST = "run_unknown_at_first"


RUN_KINDS = frozenset(kind for kind in FaultKind if kind.value.startswith("run_"))


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Fires on matching calls number `nth` to `nth + times - 1`, counted from when the rule was added.

    `path` is a shell pattern over the path without version, such as `act_1001/insights` or `*/insights`;
    `times=None` never stops. `message` to `is_transient` say what `error` answers, and why a run failed. Kinds
    of report runs match only the POST that asks for one.
    """

    kind: FaultKind
    path: str = "*"
    method: str | None = None
    account: str | None = None
    nth: int = 1
    times: int | None = 1
    message: str = "An unknown error has occurred."
    code: int = 1
    subcode: int | None = None
    status: int = 400
    is_transient: bool = False
    delay_s: float = 0.0
    count: int = 1

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times start at 1")

    def matches(self, call: GraphCall) -> bool:
        if self.kind in RUN_KINDS and not (call.method == "POST" and call.path.endswith("/insights")):
            return False
        return (
            fnmatchcase(call.path, self.path)
            and self.method in (None, call.method)
            and self.account in (None, call.account_id)
        )

    def fires(self, seen: int) -> bool:
        return self.nth <= seen and (self.times is None or seen < self.nth + self.times)

    def error(self, call: GraphCall) -> GraphError | None:
        """None for the kinds that spoil a good answer."""
        match self.kind:
            case FaultKind.ERROR:
                return GraphError(self.message, self.code, self.subcode, self.status, is_transient=self.is_transient)
            case FaultKind.TOKEN_EXPIRED:
                return session_error(463)
            case FaultKind.TOKEN_REVOKED:
                return session_error(458)
            case FaultKind.SCOPE_MISSING:
                return missing_scope("ads_read")
            case FaultKind.NOT_VISIBLE:
                return missing_object(call.path.split("/")[0])
            case _:
                return None


@dataclass(slots=True)
class _Counted:
    rule: FaultRule
    seen: int = 0


@dataclass(slots=True)
class FaultBook:
    """Rules count their matching calls on their own; the first that fires wins."""

    _rules: list[_Counted] = field(default_factory=list)

    def add(self, rule: FaultRule) -> None:
        self._rules.append(_Counted(rule))

    def clear(self) -> None:
        self._rules.clear()

    def pick(self, call: GraphCall) -> FaultRule | None:
        picked: FaultRule | None = None
        for counted in self._rules:
            if not counted.rule.matches(call):
                continue
            counted.seen += 1
            if picked is None and counted.rule.fires(counted.seen):
                picked = counted.rule
        return picked
