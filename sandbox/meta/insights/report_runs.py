"""Owns asynchronous report runs: how they progress, end and are lost; must not read insights."""

import secrets
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.dice import spread, throws
from sandbox.meta.errors import missing_object, run_not_loadable
from sandbox.meta.insights.periods import Period
from sandbox.meta.paging import Cursor, Page
from sandbox.meta.trouble.faults import FaultKind, FaultRule

REACH_RUNS_A_DAY = 10
LIFE_S = 30 * 24 * 3600
_KEPT_RUNS = 5_000
_STARTED_FROM, _RUNNING_FROM = 0.1, 0.2
_STUCK_PERCENT = 99
_RUN_IDS_AT = 602_000_000_000_000


class Report(Protocol):
    """A question whose rows can be read page by page."""

    def page(self, start: Cursor, *, limit: int) -> Page: ...


@dataclass(frozen=True, slots=True)
class RunStatus:
    word: str
    percent: int

    @property
    def is_completed(self) -> bool:
        return self.word == "Job Completed"

    @property
    def is_failed(self) -> bool:
        return self.word == "Job Failed"


@dataclass(slots=True)
class ReportRun:
    """`created_s` counts by the stopwatch, `time_ref` by the clock; `params` and `limit` are those of the POST."""

    run_id: str
    account_id: str
    params: Mapping[str, str]
    report: Report
    period: Period
    limit: int
    fields: int
    created_s: float
    time_ref: int
    takes_s: float
    fate: FaultRule | None = None
    polls: int = 0
    fetches: int = 0

    def poll(self, now_s: float) -> RunStatus:
        """The status at this poll; raises while the run cannot be found yet."""
        self.polls += 1
        if self._befalls(FaultKind.RUN_UNKNOWN_AT_FIRST) and self.polls <= self._count:
            raise missing_object(self.run_id)
        return self.status(now_s)

    def status(self, now_s: float) -> RunStatus:
        if self._befalls(FaultKind.RUN_STUCK_AT_0):
            return RunStatus("Job Not Started", 0)
        share = (now_s - self.created_s) / self.takes_s if self.takes_s > 0 else 1.0
        return self._end() if share >= 1 else _under_way(share)

    def fetch(self, start: Cursor, *, limit: int, now_s: float) -> Page:
        """A page of the rows; raises until the run is completed."""
        if not self.status(now_s).is_completed:
            raise run_not_loadable()
        self.fetches += 1
        if self._befalls(FaultKind.RUN_NOT_LOADABLE) and self.fetches <= self._count:
            raise run_not_loadable()
        return self.report.page(start, limit=limit)

    def _end(self) -> RunStatus:
        match self.fate.kind if self.fate else None:
            case FaultKind.RUN_FAILED:
                return RunStatus("Job Failed", 0)
            case FaultKind.RUN_SKIPPED:
                return RunStatus("Job Skipped", 0)
            case FaultKind.RUN_STUCK_AT_99:
                return RunStatus("Job Running", _STUCK_PERCENT)
            case FaultKind.RUN_HUNDRED_BUT_RUNNING if self.polls <= self._count:
                return RunStatus("Job Running", 100)
            case _:
                return RunStatus("Job Completed", 100)

    def _befalls(self, kind: FaultKind) -> bool:
        return self.fate is not None and self.fate.kind is kind

    @property
    def _count(self) -> int:
        return self.fate.count if self.fate else 0


def _under_way(share: float) -> RunStatus:
    if share < _STARTED_FROM:
        return RunStatus("Job Not Started", 0)
    if share < _RUNNING_FROM:
        return RunStatus("Job Started", 0)
    return RunStatus("Job Running", min(_STUCK_PERCENT, int(share * 100)))


@dataclass(slots=True)
class RunBook:
    """Every run that was asked for; the oldest of thousands go first."""

    _runs: OrderedDict[str, ReportRun] = field(default_factory=OrderedDict)
    _made: int = 0
    # Runs with people broken down for old days, by account and day.
    _reach_runs: Counter[tuple[str, date]] = field(default_factory=Counter)
    # A restarted sandbox must not answer for the runs of the one before.
    _first_id: int = field(default_factory=lambda: _RUN_IDS_AT + secrets.randbelow(10**5) * 10**7)

    def next_id(self) -> str:
        self._made += 1
        return str(self._first_id + self._made)

    def life_s(self, seed: int, bounds: tuple[float, float]) -> float:
        """How long the run numbered last takes."""
        return spread(*bounds, throw=throws(seed, "run", self._made)[0])

    def spend_reach(self, account_id: str, today: date) -> bool:
        """Whether one more run of the day may break old people down."""
        if self._reach_runs[account_id, today] >= REACH_RUNS_A_DAY:
            return False
        self._reach_runs[account_id, today] += 1
        return True

    def reach_percent(self, account_id: str, today: date) -> int:
        return 100 * self._reach_runs[account_id, today] // REACH_RUNS_A_DAY

    def add(self, run: ReportRun) -> None:
        self._runs[run.run_id] = run
        if len(self._runs) > _KEPT_RUNS:
            self._runs.popitem(last=False)

    def find(self, run_id: str) -> ReportRun | None:
        return self._runs.get(run_id)

    def question(self, call: GraphCall) -> Mapping[str, str]:
        """The parameters that say what is asked for: of a run's rows those of the POST."""
        run_id, _, edge = call.path.partition("/")
        run = self._runs.get(run_id) if edge == "insights" else None
        return run.params if run else call.params

    def doom(self, run_id: str, fate: FaultRule | None) -> None:
        """Decide what becomes of a run; with None, that all goes well."""
        if run_id not in self._runs:
            raise ValueError(f"{run_id} is no report run")
        self._runs[run_id].fate = fate

    def clear(self) -> None:
        self._runs.clear()
        self._reach_runs.clear()
        self._made = 0
