"""Meta's asynchronous reports: orders one, waits until it is made, reads it, and orders it again after a failure.

A report is made when its status is "Job Completed" and its percentage is 100: for a while only one of them may be true.
A failure of a report says little about the question, so the report is ordered again before the question counts as too
heavy.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from integrations.ads.questions import Asking
from integrations.errors import IntegrationError, NotReady, ObjectMissing, Relief, TooMuchData, Unavailable
from integrations.meta.decoding import Decoder, RowPage, Tolerant
from integrations.meta.faults import ErrorBody, outcome_of
from integrations.meta.graph import Graph
from integrations.meta.insights.asking import page_reader
from integrations.meta.paging import pages

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]

MOST_ORDERS = 3
# When Meta says for the second time that it could not make the report, the question is taken to be too heavy.
_MOST_FAILURES = 2
# The pauses between two looks at a report: 0.5 s at first, each 1.5 times the last one, 20 s at most.
FIRST_PAUSE_S, LONGEST_PAUSE_S, _GROWTH = 0.5, 20.0, 1.5
# How long the percentage may stay the same: before the report is begun, and while it is made. A report may take an
# hour, but its percentage moves within minutes.
_PATIENCE_BEFORE_BEGIN_S = 300.0
_PATIENCE_UNDER_WAY_S = 600.0
# How often a report that was just ordered may be unknown to Meta.
_LOOKS_FOR_A_NEW_REPORT = 3
# How often a page of a report that is made may answer that it is not ready.
_REFETCHES = 3
_DONE_PERCENT = 100


class _Ordered(msgspec.Struct, frozen=True):
    # Meta sends it as a number or as a text.
    report_run_id: str | int


class _Report(msgspec.Struct, frozen=True):
    async_status: str
    async_percent_completion: int = 0
    error_code: int | None = None
    error_subcode: int | None = None
    error_message: str = ""

    @property
    def is_made(self) -> bool:
        return self.async_status == "Job Completed" and self.async_percent_completion >= _DONE_PERCENT


_ORDERED = msgspec.json.Decoder(_Ordered, strict=False)
_REPORT: Tolerant[_Report] = Tolerant("report", _Report, _Report)


class _Unmade(Exception):
    """Meta will not make this report; another order of it may succeed. `outcome` is the error when none does."""

    def __init__(self, outcome: IntegrationError, *, is_failure: bool = False) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.is_failure = is_failure


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    path: str
    query: Mapping[str, str]


async def report_pages(
    graph: Graph,
    question: ReportQuestion,
    decoder: Decoder[RowPage[T]],
    *,
    asking: Asking,
    sleep: Sleep,
) -> AsyncGenerator[Sequence[T], None]:
    """The pages of a report. Empty pages come while it is made, and some rows twice if it had to be ordered again.

    Raises TooMuchData when Meta cannot make the report, NotReady when Meta does not begin with it or loses it, and
    whatever a call may raise.
    """
    failures = 0
    for order in range(1, MOST_ORDERS + 1):
        form = {**question.query, "limit": str(asking.page_rows)}
        report_id = str((await graph.post(question.path, form, _ORDERED, is_idempotent=True)).report_run_id)
        try:
            async with aclosing(_made(graph, report_id, sleep)) as looks:
                async for _ in looks:
                    yield ()
            async with aclosing(_rows(graph, report_id, decoder, asking=asking, sleep=sleep)) as listing:
                async for rows in listing:
                    yield rows
        except _Unmade as unmade:
            failures += unmade.is_failure
            if order == MOST_ORDERS or failures == _MOST_FAILURES:
                raise unmade.outcome from None
            # A report that failed a moment ago is likely to fail again if it is ordered at once.
            await sleep(FIRST_PAUSE_S * 2.0**order)
        else:
            return


async def _made(graph: Graph, report_id: str, sleep: Sleep) -> AsyncGenerator[None, None]:
    """Waits until the report is made; yields after each look at one that is not."""
    pause_s, waited_s, percent, missed = FIRST_PAUSE_S, 0.0, -1, 0
    while True:
        try:
            report = await graph.get(report_id, {}, _REPORT)
        except ObjectMissing:
            # Right after an order some of Meta's servers do not know the report yet.
            missed += 1
            if missed > _LOOKS_FOR_A_NEW_REPORT:
                raise _Unmade(NotReady("Meta has lost a report that was ordered.")) from None
        else:
            if report.is_made:
                return
            _check_ended(report)
            if report.async_percent_completion != percent:
                percent, waited_s = report.async_percent_completion, 0.0
            _check_patience(percent, waited_s)
        yield
        await sleep(pause_s)
        waited_s += pause_s
        pause_s = min(LONGEST_PAUSE_S, pause_s * _GROWTH)


def _check_ended(report: _Report) -> None:
    """Raises for a report that has ended without being made."""
    if report.async_status == "Job Skipped":
        raise _Unmade(NotReady("Meta skipped a report that was ordered."))
    if report.async_status != "Job Failed":
        return
    body = ErrorBody(report.error_message, report.error_code, report.error_subcode)
    outcome, may_pass = outcome_of(body, http_status=200, regain_s=None)
    # No reason, a fault that may pass, and Meta's code for a report that it could not make: all these are failures of
    # the report. Any other reason is a refusal of the question.
    says_nothing = report.error_code is None and not report.error_message
    is_own = isinstance(outcome, TooMuchData) and outcome.relief is Relief.ANOTHER_REPORT
    if says_nothing or may_pass or is_own or isinstance(outcome, Unavailable):
        heavy = TooMuchData("Meta could not make the report.", relief=Relief.SMALLER_PART, said=outcome.said)
        raise _Unmade(heavy, is_failure=True)
    raise outcome


def _check_patience(percent: int, waited_s: float) -> None:
    if percent <= 0 and waited_s >= _PATIENCE_BEFORE_BEGIN_S:
        raise _Unmade(NotReady("Meta does not begin with the reports that are ordered."))
    if waited_s >= _PATIENCE_UNDER_WAY_S:
        raise _Unmade(TooMuchData("Meta does not finish the report.", relief=Relief.SMALLER_PART))


async def _rows(
    graph: Graph, report_id: str, decoder: Decoder[RowPage[T]], *, asking: Asking, sleep: Sleep
) -> AsyncGenerator[Sequence[T], None]:
    read = page_reader(graph, f"{report_id}/insights", {}, decoder, asking)

    async def fetch(position: Mapping[str, str]) -> RowPage[T]:
        pause_s = FIRST_PAUSE_S
        for _ in range(_REFETCHES):
            try:
                return await read(position)
            except NotReady:
                await sleep(pause_s)
                pause_s *= _GROWTH
        return await read(position)

    try:
        async with aclosing(pages(fetch)) as listing:
            async for rows in listing:
                yield rows
    except (NotReady, ObjectMissing) as error:
        # The report is completed but cannot be read, or it is gone: Meta keeps reports for 30 days.
        raise _Unmade(NotReady("Meta's report cannot be read.", said=error.said)) from None
