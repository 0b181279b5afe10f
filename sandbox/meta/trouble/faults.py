"""Owns which calls go wrong, and when; must not carry the faults out."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.dice import throws
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
    # `next` without the cursors beside it.
    NO_CURSORS = "no_cursors"
    # `next` leads to the same rows again: with `times=None` a list that never ends.
    SAME_PAGE = "same_page"
    # A body of `size_mb` million bytes.
    HUGE_PAGE = "huge_page"
    # `message` in place of the body.
    OTHER_BODY = "other_body"
    # A body in pieces over `delay_s`, and one that never ends, a byte every `delay_s`.
    SLOW_BODY = "slow_body"
    DRIP = "drip"
    # The connection breaks: before anything was done, and after everything was.
    RESET = "reset"
    ANSWER_LOST = "answer_lost"
    # Null in place of the answer to a call of a batch.
    BATCH_NULL = "batch_null"
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

    `path` is a shell pattern over the path without version, such as `act_1001/insights` or `*/insights`, and
    `params` holds one for each parameter that matters. `times=None` never stops. With a `probability` every one
    of the calls is hit by chance, always the same for a `seed`. `message` to `user_message` say what `error`
    answers, and why a run failed. Kinds of report runs match only the POST that asks for one.
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
    user_title: str | None = None
    user_message: str | None = None
    delay_s: float = 0.0
    count: int = 1
    size_mb: int = 50
    probability: float = 1.0
    seed: int = 0
    params: dict[str, str] = field(default_factory=dict)
    # What the usage headers of an answered error say of the seconds until calls are taken again.
    regain_s: float = 0.0

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times start at 1")

    def matches(self, call: GraphCall) -> bool:
        if self.kind in RUN_KINDS and not (call.method == "POST" and call.path.endswith("/insights")):
            return False
        if self.kind is FaultKind.BATCH_NULL and not call.is_batched:
            return False
        return (
            fnmatchcase(call.path, self.path)
            and self.method in (None, call.method)
            and self.account in (None, call.account_id)
            and all(fnmatchcase(call.loggable.get(name, ""), wanted) for name, wanted in self.params.items())
        )

    def fires(self, seen: int) -> bool:
        if seen < self.nth or (self.times is not None and seen >= self.nth + self.times):
            return False
        return self.probability >= 1 or throws("fault", self.seed, self.kind, self.path, seen)[0] < self.probability

    def error(self, call: GraphCall) -> GraphError | None:
        """None for the kinds that spoil a good answer."""
        match self.kind:
            case FaultKind.ERROR:
                return GraphError(
                    self.message,
                    self.code,
                    self.subcode,
                    self.status,
                    is_transient=self.is_transient,
                    user_title=self.user_title,
                    user_message=self.user_message,
                )
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
