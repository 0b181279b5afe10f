"""The third step of a refresh: insights in slices of whole days, the next one fetched while the last is stored."""

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial

from analytics.meta.rules import oldest_day
from analytics.periods import DateRange, local_day, settled_through
from integrations.errors import TooOld
from models.database import WriteSession
from models.insights.breakdown_swap import replace_parts
from models.insights.day_marks import mark_gaps
from models.insights.day_swap import DaySwap, SliceCounts, StagedRows, replace_slice
from models.insights.days import gap_days, partial_days
from models.insights.tables import GapKind
from models.refreshes.fenced_writes import DoneSlice, RunState, complete_slice
from services.ingestion.ad_days import FetchedSlice, SliceReader, fetch_slice
from services.ingestion.entities.storing import Known
from services.ingestion.field_memory import LeftOut, load_fields, load_rules, store_fields, store_rules, tell_fields
from services.ingestion.pace import Pace
from services.ingestion.pace_memory import load_pace, store_pace
from services.ingestion.progress import RunLost
from services.ingestion.run import Run
from services.ingestion.slice_plan import SlicePlan, missing_ranges
from services.ingestion.totals import check_parts
from services.patience import patiently

# At most so many slices are in memory: one is being stored, one is ready, one is being fetched. So storing does not
# wait for a page, nor fetching for the last commit.
_SLICES_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Course:
    """Which days a run reads next, and how it asks for them."""

    plan: SlicePlan
    pace: Pace
    left_out: LeftOut

    def learn(self, fetched: FetchedSlice, run: Run) -> None:
        """Takes over what a slice told of the account, for the next slices and the next refresh."""
        # The first slice has the newest days, which tell best what the next refresh has to expect.
        if self.plan.rows_a_day is None:
            self.pace.learn_rows(fetched.rows / fetched.days.days)
        self.plan.learn(fetched.days, fetched.rows)
        self.pace.learn(fetched.lessons, now=run.clock())


async def fetch_and_store_insights(run: Run, known: Known, plan: SlicePlan) -> None:
    """Returns when every day of the slice plan is stored; a stored slice stays, whatever comes after it."""
    course = Course(plan, await load_pace(run, _kind(run)), await load_fields(run, _kind(run)))
    await load_rules(run)
    if not run.earlier_broke_off:
        # After a worker that died the first slice stays short: once it is stored, the job has got on, even where its
        # workers keep dying.
        plan.begin(course.pace.rows_each)
    await _load_gap_days(run, course)
    await _load_partial_days(run, course)
    room, fetched = asyncio.Semaphore(_SLICES_AHEAD), asyncio.Queue[FetchedSlice | None]()
    fetching = asyncio.create_task(_keep_fetching(run, known, course, room=room, fetched=fetched))
    # None ends the loop below, whether every slice was fetched or fetching failed; its error is raised after the loop.
    fetching.add_done_callback(lambda _: fetched.put_nowait(None))
    try:
        while (slice_ := await fetched.get()) is not None:
            state = await patiently(partial(_store_slice, run, slice_, course))
            # Gap days outside of the job's range are read as well, but are no part of its progress.
            run.counts.days_done += slice_.days.days if slice_.days.start in run.days else 0
            run.reporter.accept(state)
            room.release()
    except BaseException:
        # The run ends by an error or is cancelled: fetching must not go on behind it.
        fetching.cancel()
        await asyncio.wait([fetching])
        raise
    await fetching


async def _load_gap_days(run: Run, course: Course) -> None:
    """Adds to the slice plan the gaps that a passing fault has left, whatever their age, and the days that lack a field
    which is answered again.

    Gap days are set apart: what failed in a day is likely to fail again, and its neighbours in the slice would have to
    be asked for in parts as well.
    """
    # Days that the platform no longer keeps are not asked for again, except within the job's own range.
    since = min(run.days.start, oldest_day(local_day(run.clock(), run.account.time_zone)))

    async def load() -> list[tuple[date, GapKind]]:
        async with run.db.read(run.scope) as session:
            return await gap_days(session, run.account.id, since=since, breakdown_set=run.breakdown_set)

    gaps = await patiently(load)
    again = {GapKind.AGAIN, *([GapKind.FIELD] if course.left_out.is_nothing else [])}
    course.plan.add(day for day, kind in gaps if kind in again and day not in run.days)
    course.plan.set_apart(day for day, kind in gaps if kind is not GapKind.FIELD)


async def _load_partial_days(run: Run, course: Course) -> None:
    """Adds to the slice plan the days that were read before they had ended, however long before the job's range."""
    now = run.clock()
    today = local_day(now, run.account.time_zone)

    async def load() -> list[date]:
        async with run.db.read(run.scope) as session:
            days = DateRange(oldest_day(today), today)
            return await partial_days(session, run.account.id, days, now=now, breakdown_set=run.breakdown_set)

    course.plan.add(day for day in await patiently(load) if day not in run.days)


async def _keep_fetching(
    run: Run, known: Known, course: Course, *, room: asyncio.Semaphore, fetched: asyncio.Queue[FetchedSlice | None]
) -> None:
    """Fetches slices until the slice plan is empty, and waits while `room` is used up.

    An error ends it too; what was fetched before the error is stored all the same.
    """
    await room.acquire()
    while (slice_ := await _fetch_next(run, known, course)) is not None:
        fetched.put_nowait(slice_)
        await room.acquire()


async def _fetch_next(run: Run, known: Known, course: Course) -> FetchedSlice | None:
    plan, pace = course.plan, course.pace
    while True:
        # What this run has read says more of the next days than what an earlier refresh remembered.
        way = pace.way(plan.slice_days, plan.rows_a_day or pace.rows_each or 0)
        days = plan.take(max(1, int(way.size)))
        if days is None:
            return None
        await run.pacer.go_on()
        try:
            reader = SliceReader(run, known, days, course.left_out)
            fetched = await fetch_slice(reader, way=way, shrinks=not pace.is_on_trial)
        except TooOld:
            # The platform says that days of the slice are too old, but not which: halves find the oldest that is not.
            if plan.clamp(days):
                run.warn(f"Days up to {days.end} were left out: the platform says that they are too old.")
            continue
        if fetched is not None:
            course.learn(fetched, run)
            return fetched
        # The days had too many rows for one slice in memory: they are asked for again in shorter slices.
        plan.give_back(days)


async def _store_slice(run: Run, fetched: FetchedSlice, course: Course) -> RunState:
    """Stores a slice in one transaction: its days, their roll-ups, what was learned and that the slice is done.

    Raises RunLost, and stores nothing, when the job belongs to another run by now.
    """
    now, pace = run.clock(), course.pace
    tell_fields(run, course.left_out)
    for gap in fetched.gaps:
        run.miss(gap.message, day=gap.day.isoformat(), field_name=gap.field_name)
    async with run.db.write(run.scope) as session:
        counts = [await _store_part(session, run, part) for part in _parts(run, fetched)]
        await _mark_unread(session, run, fetched)
        if pace.is_changed:
            await store_pace(session, run, _kind(run), pace)
        if course.left_out.is_changed:
            await store_fields(session, run, _kind(run), course.left_out)
        await store_rules(session, run)
        done = DoneSlice(
            start=fetched.days.start,
            end=fetched.days.end,
            rows_fetched=fetched.rows,
            rows_stored=sum(each.stored for each in counts),
            rows_removed=sum(each.removed for each in counts),
            api_calls=fetched.api_calls,
            progress=run.counts.progress_with(fetched.days.days),
            job_rows_fetched=run.counts.rows_fetched,
            job_api_calls=run.counts.api_calls,
            gaps=run.gaps,
            warnings=run.told(),
        )
        state = await complete_slice(session, run.fence, done, now=now)
        if state is None:
            raise RunLost
    return state


def _kind(run: Run) -> str:
    """The kind of question under which pace and refused fields are remembered: one for each set of breakdowns."""
    return f"AD_DAYS:{run.breakdown_set or ''}"


def _parts(run: Run, fetched: FetchedSlice) -> list[DaySwap]:
    """The slice in ranges without its unread days: what was stored of these before stays."""
    settled = settled_through(local_day(fetched.asked_at, run.account.time_zone))
    parts = []
    for days in missing_ranges(fetched.days, [DateRange(day, day) for day in fetched.unread]):
        rows = StagedRows()
        for piece_days, piece in fetched.pieces:
            if piece_days.start in days:
                rows.take(piece)
        parts.append(DaySwap(run.account.id, days, rows, fetched.asked_at, settled, _gap_kinds(run, fetched)))
    return parts


def _gap_kinds(run: Run, fetched: FetchedSlice) -> dict[date, GapKind]:
    """When each day with a gap is read again, by day.

    AGAIN means by the next refresh. A passing fault is always tried again. Any other loss is tried once more after a
    refresh whose range has the day; when it is lost then as well, the day is REFUSED, and read when a range covers it.
    """
    kinds = dict.fromkeys(fetched.days.every_day(), GapKind.FIELD) if fetched.lacks_fields else dict[date, GapKind]()
    for gap in fetched.gaps:
        is_again = gap.may_pass or gap.day in run.days or kinds.get(gap.day) is GapKind.AGAIN
        kinds[gap.day] = GapKind.AGAIN if is_again else GapKind.REFUSED
    return kinds


async def _mark_unread(session: WriteSession, run: Run, fetched: FetchedSlice) -> None:
    kinds = _gap_kinds(run, fetched)
    unread = {day: kinds[day] for day in sorted(fetched.unread)}
    await mark_gaps(session, run.account.id, unread, refreshed_at=fetched.asked_at, breakdown_set=run.breakdown_set)


async def _store_part(session: WriteSession, run: Run, part: DaySwap) -> SliceCounts:
    if run.breakdown_set is not None:
        counts = await replace_parts(session, run.breakdown_set, part)
        await check_parts(session, run, part)
        return counts
    return await replace_slice(session, part)
