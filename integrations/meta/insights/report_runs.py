"""Owns Meta's asynchronous reports: ordering one, waiting until it is made, reading it, ordering it again.

A report is made when its status says Completed and its percentage 100: either comes alone for a while. What goes wrong
with a report says little about the question, so it is ordered again before the question counts as too heavy.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from integrations.errors import IntegrationError, NotReady, ObjectMissing, Relief, TooMuchData, Unavailable
from integrations.meta.decoding import Decoder, RowPage, Tolerant
from integrations.meta.faults import ErrorBody, outcome_of
from integrations.meta.graph import Graph
from integrations.meta.insights.asking import Asking, page_reader
from integrations.meta.paging import pages

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]

MOST_ORDERS = 3
# Of reports that Meta says it could not make: the second failure is taken for the question's own.
_MOST_FAILURES = 2
FIRST_PAUSE_S, LONGEST_PAUSE_S, _GROWTH = 0.5, 20.0, 1.5
# Without a change of the percentage. Meta takes up to an hour, and moves on within minutes.
PATIENCE_S = {"waiting to begin": 300.0, "under way": 600.0}
_WAITING, _UNDER_WAY = PATIENCE_S
_LOOKS_FOR_A_NEW_RUN = 3
_REFETCHES = 3
_DONE_PERCENT = 100


class _Ordered(msgspec.Struct, frozen=True):
    # Both a number and a text have been seen.
    report_run_id: str | int


class _Run(msgspec.Struct, frozen=True):
    async_status: str
    async_percent_completion: int = 0
    error_code: int | None = None
    error_subcode: int | None = None
    error_message: str = ""

    @property
    def is_made(self) -> bool:
        return self.async_status == "Job Completed" and self.async_percent_completion >= _DONE_PERCENT


_ORDERED = msgspec.json.Decoder(_Ordered, strict=False)
_RUN: Tolerant[_Run] = Tolerant("report", _Run, _Run)


class _Unmade(Exception):
    """The report will not come; another order of the same may. `outcome` is what it means when none does."""

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
    """The pages of a report; empty ones while it is made, and some again when it had to be ordered again.

    Raises TooMuchData when Meta cannot make it, NotReady when Meta does not come to it, and whatever a call may raise.
    """
    failures = 0
    for order in range(1, MOST_ORDERS + 1):
        form = {**question.query, "limit": str(asking.page_rows)}
        run_id = str((await graph.post(question.path, form, _ORDERED, is_idempotent=True)).report_run_id)
        try:
            async with aclosing(_made(graph, run_id, sleep)) as looks:
                async for _ in looks:
                    yield ()
            async with aclosing(_rows(graph, run_id, decoder, asking=asking, sleep=sleep)) as listing:
                async for rows in listing:
                    yield rows
        except _Unmade as unmade:
            failures += unmade.is_failure
            if order == MOST_ORDERS or failures == _MOST_FAILURES:
                raise unmade.outcome from None
            # What failed a moment ago is likely to fail again at once.
            await sleep(FIRST_PAUSE_S * 2.0**order)
        else:
            return


async def _made(graph: Graph, run_id: str, sleep: Sleep) -> AsyncGenerator[None, None]:
    """Yields after every look at a report that is not made yet."""
    pause_s, waited_s, percent, missed = FIRST_PAUSE_S, 0.0, -1, 0
    while True:
        try:
            run = await graph.get(run_id, {}, _RUN)
        except ObjectMissing:
            # Seen right after the order: Meta has not yet told itself everywhere.
            missed += 1
            if missed > _LOOKS_FOR_A_NEW_RUN:
                raise _Unmade(NotReady("Meta has lost a report that was ordered.")) from None
        else:
            if run.is_made:
                return
            _check_ended(run)
            if run.async_percent_completion != percent:
                percent, waited_s = run.async_percent_completion, 0.0
            _check_patience(percent, waited_s)
        yield
        await sleep(pause_s)
        waited_s += pause_s
        pause_s = min(LONGEST_PAUSE_S, pause_s * _GROWTH)


def _check_ended(run: _Run) -> None:
    """Raises for a report that has ended without being made."""
    if run.async_status == "Job Skipped":
        raise _Unmade(NotReady("Meta skipped a report that was ordered."))
    if run.async_status != "Job Failed":
        return
    body = ErrorBody(run.error_message, run.error_code, run.error_subcode)
    outcome, may_pass = outcome_of(body, http_status=200, regain_s=None)
    says_nothing = run.error_code is None and not run.error_message
    is_own = isinstance(outcome, TooMuchData) and outcome.relief is Relief.SECOND_RUN
    if says_nothing or may_pass or is_own or isinstance(outcome, Unavailable):
        heavy = TooMuchData("Meta could not make the report.", relief=Relief.SMALLER_PART, said=outcome.said)
        raise _Unmade(heavy, is_failure=True)
    raise outcome


def _check_patience(percent: int, waited_s: float) -> None:
    if percent <= 0 and waited_s >= PATIENCE_S[_WAITING]:
        raise _Unmade(NotReady("Meta does not begin with the reports that are ordered."))
    if waited_s >= PATIENCE_S[_UNDER_WAY]:
        raise _Unmade(TooMuchData("Meta does not finish the report.", relief=Relief.SMALLER_PART))


async def _rows(
    graph: Graph, run_id: str, decoder: Decoder[RowPage[T]], *, asking: Asking, sleep: Sleep
) -> AsyncGenerator[Sequence[T], None]:
    read = page_reader(graph, f"{run_id}/insights", {}, decoder, asking)

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
        # Completed and cannot be read, or gone: reports are kept for 30 days.
        raise _Unmade(NotReady("Meta's report cannot be read.", said=error.said)) from None
