"""The job SYNC_CASES: reads all cases of a channel, those that are new, open, or were open when we looked last.

A marketplace lists the open ones, and those that were opened lately. A case that we know as open and that is in no list
has ended meanwhile, and is read by its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.errors import InvalidResponse, ObjectMissing
from integrations.selling.records import CasePage, RecordProblem, RemoteCase
from models.cases.case import OrderCaseKind, OrderCaseStatus
from models.cases.storing import cases_for_update, open_cases
from models.channel_jobs.last_success import last_success_of
from models.database import WriteSession
from models.listener import notify_changes
from services.cases.storing import store_cases
from services.channel_jobs.work import ChannelRun

# How far back the first reading goes.
FIRST_LOOK = timedelta(days=90)
# Each later one goes back to the last that was complete, and at least this far: so a case that could not be read, or
# that a list left out, is asked for again.
LOOK_BACK = timedelta(days=30)
_OVERLAP = timedelta(minutes=10)
_GONE = "The marketplace does not show this case any more: it counts as closed."


@dataclass(frozen=True, slots=True)
class CasesToRead:
    since: datetime
    open_before: tuple[tuple[OrderCaseKind, str], ...]


class SyncCases:
    """Reads cases page by page, each stored by itself."""

    async def load(self, session: WriteSession, run: ChannelRun) -> CasesToRead:
        now = run.tools.clock()
        last = await last_success_of(session, run.channel.id, run.job.kind)
        since = now - FIRST_LOOK if last is None else min(last - _OVERLAP, now - LOOK_BACK)
        if (wanted := run.job.payload.get("since")) is not None:
            since = min(since, datetime.fromisoformat(wanted))
        return CasesToRead(since, tuple(await open_cases(session, run.channel.id)))

    async def do(self, run: ChannelRun, loaded: CasesToRead) -> None:
        await run.tell("Reading returns, cancellations, inquiries and disputes")
        seen = set[tuple[str, str]]()
        async for page in run.market.cases(loaded.since):
            seen |= {(case.kind, case.external_id) for case in page.cases}
            await _store_page(run, page)
            run.progress(len(seen))
        unseen = [case for case in loaded.open_before if case not in seen]
        for number, (kind, external_id) in enumerate(unseen, start=1):
            await _read_ended(run, kind, external_id)
            run.progress(len(seen) + number, len(seen) + len(unseen))

    async def store(self, _session: WriteSession, _run: ChannelRun, _done: None) -> None:
        """Every page is stored already."""


async def store_told(run: ChannelRun, told: list[RemoteCase]) -> None:
    """Stores cases that were read within a run, and tells what of them could not be."""
    async with run.writing() as session:
        _, problems = await store_cases(session, run.channel.id, told)
    _tell(run, problems)


async def _store_page(run: ChannelRun, page: CasePage) -> None:
    _tell(run, page.unreadable)
    if page.cases:
        await store_told(run, list(page.cases))


async def _read_ended(run: ChannelRun, kind: OrderCaseKind, external_id: str) -> None:
    try:
        told = await run.market.case(kind, external_id)
    except ObjectMissing:
        await _close(run, kind, external_id)
    except InvalidResponse as error:
        _tell(run, [RecordProblem(error.message, None, external_id)])
    else:
        await store_told(run, [told])


async def _close(run: ChannelRun, kind: OrderCaseKind, external_id: str) -> None:
    _tell(run, [RecordProblem(_GONE, "status", external_id)])
    async with run.writing() as session:
        for case in await cases_for_update(session, run.channel.id, [external_id]):
            if case.kind is kind and case.status is not OrderCaseStatus.CLOSED:
                case.status, case.closed_at, case.actions = OrderCaseStatus.CLOSED, run.tools.clock(), []
                case.version += 1
                session.add(case)
                await notify_changes(session, "ORDER_CASE", [case.id])


def _tell(run: ChannelRun, problems: Sequence[RecordProblem]) -> None:
    for problem in problems:
        about = f"Case {problem.external_id}: " if problem.external_id else ""
        run.problem(f"{about}{problem.message}")
