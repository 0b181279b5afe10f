"""The second step of a refresh: insights in runs of whole days, the next one fetched while the last is stored."""

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial

from analytics.breakdowns import set_name
from analytics.periods import DateRange, local_day, settled_through
from integrations.errors import TooOld
from models.database import WriteSession
from models.insight_breakdown import replace_parts
from models.insight_days import gap_days
from models.insight_write import InsightSlice, SliceCounts, StagedRows, mark_gaps, replace_slice
from models.refresh_runs import DoneSlice, RunState, complete_slice
from services.patience import patiently
from services.refresh_ad_days import FetchedSlice, read_slice
from services.refresh_entities import Known
from services.refresh_memory import recall, remember
from services.refresh_pace import Pace
from services.refresh_plan import SlicePlan, missing_runs
from services.refresh_progress import RunLost
from services.refresh_run import Run

# One of them is being stored and one fetched: storing never waits for a page, nor fetching for the last commit.
_SLICES_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Course:
    """Which days come next, and how they are asked for."""

    plan: SlicePlan
    pace: Pace

    def learn(self, fetched: FetchedSlice, run: Run) -> None:
        # The newest days tell what the next refresh has to expect.
        if self.plan.rows_a_day is None:
            self.pace.learn_rows(fetched.rows / fetched.days.days)
        self.plan.learn(fetched.days, fetched.rows)
        self.pace.learn(fetched.lessons, now=run.tools.clock())


async def store_insights(run: Run, known: Known, plan: SlicePlan) -> None:
    """Returns when every day of the plan is stored; a slice that was stored stays so, whatever comes after."""
    pace = await recall(run, _kind(run))
    plan.begin(pace.rows_each)
    if not run.breakdowns:
        # What failed in them is likely to fail again, and would make their neighbours be asked for in parts.
        plan.set_apart(await _gaps(run))
    room, fetched = asyncio.Semaphore(_SLICES_AHEAD), asyncio.Queue[FetchedSlice | None]()
    fetching = asyncio.create_task(_keep_fetching(run, known, Course(plan, pace), room=room, fetched=fetched))
    fetching.add_done_callback(lambda _: fetched.put_nowait(None))
    try:
        while (slice_ := await fetched.get()) is not None:
            state = await patiently(partial(_swap, run, slice_, pace))
            run.counts.days_done += slice_.days.days
            run.reporter.accept(state)
            room.release()
    except BaseException:
        fetching.cancel()
        await asyncio.wait([fetching])
        raise
    await fetching


async def _gaps(run: Run) -> list[date]:
    async def read() -> list[date]:
        async with run.tools.db.read(run.scope) as session:
            return await gap_days(session, run.account.id, run.days)

    return await patiently(read)


async def _keep_fetching(
    run: Run, known: Known, course: Course, *, room: asyncio.Semaphore, fetched: asyncio.Queue[FetchedSlice | None]
) -> None:
    """Ends with the plan; an error ends it too, and what was fetched before it is stored all the same."""
    await room.acquire()
    while (slice_ := await _fetch_next(run, known, course)) is not None:
        fetched.put_nowait(slice_)
        await room.acquire()


async def _fetch_next(run: Run, known: Known, course: Course) -> FetchedSlice | None:
    plan, pace = course.plan, course.pace
    while True:
        way = pace.way(plan.slice_days, plan.rows_a_day or pace.rows_each or 0)
        days = plan.take(max(1, int(way.size)))
        if days is None:
            return None
        await run.pacer.go_on()
        try:
            fetched = await read_slice(run, known, days, way=way, shrinks=not pace.is_on_trial)
        except TooOld:
            if plan.clamp(days):
                run.warn(f"Days up to {days.end} were left out: the platform says that they are too old.")
            continue
        if fetched is not None:
            course.learn(fetched, run)
            return fetched
        plan.give_back(days)


async def _swap(run: Run, fetched: FetchedSlice, pace: Pace) -> RunState:
    """One transaction: the days, the roll-ups and the memory of the slice; nothing of it when the run lost the job."""
    now = run.tools.clock()
    for gap in fetched.gaps:
        run.miss(gap.message, day=gap.day.isoformat(), field_name=gap.field_name)
    async with run.tools.db.write(run.scope) as session:
        counts = [await _replace(session, run, part) for part in _parts(run, fetched)]
        if not run.breakdowns:
            await mark_gaps(session, run.account.id, sorted(fetched.unread), refreshed_at=now)
        if pace.is_changed:
            await remember(session, run, _kind(run), pace)
        done = DoneSlice(
            start=fetched.days.start,
            end=fetched.days.end,
            rows_fetched=fetched.rows,
            rows_stored=sum(each.stored for each in counts),
            rows_removed=sum(each.removed for each in counts),
            api_calls=fetched.api_calls,
            gaps=run.gaps,
        )
        state = await complete_slice(session, run.fence, done, now=now)
        if state is None:
            raise RunLost
    return state


def _kind(run: Run) -> str:
    return f"AD_DAYS:{set_name(run.breakdowns)}"


def _parts(run: Run, fetched: FetchedSlice) -> list[InsightSlice]:
    """The days in runs without those of which nothing could be read: what is stored of them stays."""
    now = run.tools.clock()
    settled = settled_through(local_day(now, run.account.time_zone))
    parts = []
    for days in missing_runs(fetched.days, [DateRange(day, day) for day in fetched.unread]):
        rows = StagedRows()
        for piece_days, piece in fetched.pieces:
            if piece_days.start in days:
                rows.take(piece)
        gaps = frozenset(gap.day for gap in fetched.gaps)
        parts.append(InsightSlice(run.account.id, days, rows, now, settled, gaps))
    return parts


async def _replace(session: WriteSession, run: Run, part: InsightSlice) -> SliceCounts:
    if run.breakdowns:
        return await replace_parts(session, set_name(run.breakdowns), part)
    return await replace_slice(session, part)
