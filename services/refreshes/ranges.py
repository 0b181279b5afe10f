"""Which days a refresh reads and in what runs it reads them; pure, knows no database and no platform."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.meta.rules import MONTHS_KEPT, Kept, months_back, oldest_day, regime_warnings
from analytics.periods import AskedRange, DateRange, RangeFault, resolve_range

HISTORY_MONTHS = MONTHS_KEPT[Kept.NUMBERS]
FIRST_SLICE_DAYS = 7
LONGEST_SLICE_DAYS = 92
# A slice is held in memory and stored in one transaction; the next one is fetched meanwhile.
ROWS_PER_SLICE = 5_000
MOST_ROWS_PER_SLICE = 4 * ROWS_PER_SLICE


@dataclass(frozen=True, slots=True)
class PlannedRange:
    days: DateRange
    warnings: tuple[str, ...] = ()


def look_back(today: date, days: int) -> PlannedRange:
    return PlannedRange(DateRange(today - timedelta(days=days - 1), today))


def all_history(today: date, months: int | None) -> PlannedRange:
    """As far back as the platform keeps days and the tenant's plan reaches; None reaches everywhere."""
    start = _oldest(today, months)
    days = DateRange(start, today)
    return PlannedRange(days, (_cut_warning(start, months), *regime_warnings(days)))


def readable_range(asked: AskedRange, today: date, months: int | None) -> PlannedRange | RangeFault:
    """What can be read of the days that somebody asks for, or why nothing of them can."""
    days = resolve_range(asked, today)
    return days if isinstance(days, RangeFault) else within_history(days, today, months)


def within_history(asked: DateRange, today: date, months: int | None) -> PlannedRange | RangeFault:
    """The range without the days beyond all history and those to come; a fault when nothing is left."""
    start, end = max(asked.start, _oldest(today, months)), min(asked.end, today)
    if end < start:
        return RangeFault(f"The range is too old: {_reach(months)}.")
    days = DateRange(start, end)
    warnings = []
    if start > asked.start:
        warnings.append(_cut_warning(start, months))
    if end < asked.end:
        warnings.append(f"Days after {end} were left out: they have not come yet in the ad account's time zone.")
    return PlannedRange(days, (*warnings, *regime_warnings(days)))


def _oldest(today: date, months: int | None) -> date:
    return oldest_day(today) if months is None else max(oldest_day(today), months_back(today, months))


def _reach(months: int | None) -> str:
    """Why days are out of reach, in words."""
    if months is not None and months < HISTORY_MONTHS:
        return f"the plan reaches {months} months back"
    return f"the platform keeps {HISTORY_MONTHS} months"


def _cut_warning(start: date, months: int | None) -> str:
    return f"Days before {start} were left out: {_reach(months)}."


def missing_runs(wanted: DateRange, done: Iterable[DateRange]) -> list[DateRange]:
    """The runs of days of `wanted` that no completed slice covers, oldest first."""
    runs, start = [], wanted.start
    for part in sorted(done):
        if part.start > wanted.end:
            break
        if part.start > start:
            runs.append(DateRange(start, part.start - timedelta(days=1)))
        start = max(start, part.end + timedelta(days=1))
    if start <= wanted.end:
        runs.append(DateRange(start, wanted.end))
    return runs


def runs_of(days: Iterable[date]) -> list[DateRange]:
    """The days in runs without a hole, oldest first."""
    runs = list[DateRange]()
    for day in sorted({*days}):
        if runs and runs[-1].end + timedelta(days=1) == day:
            runs[-1] = DateRange(runs[-1].start, day)
        else:
            runs.append(DateRange(day, day))
    return runs


def missing_after(missing: Iterable[DateRange], day: date) -> list[DateRange]:
    """What of these runs lies behind the day."""
    first = day + timedelta(days=1)
    return [DateRange(max(run.start, first), run.end) for run in missing if run.end >= first]


@dataclass(slots=True)
class SlicePlan:
    """Hands out the missing days as slices, newest first, and learns their length from the rows that came."""

    missing: list[DateRange]
    slice_days: int = FIRST_SLICE_DAYS
    # Of the last slice; None before the first.
    rows_a_day: float | None = None

    def begin(self, rows_a_day: float | None) -> None:
        """Takes over how many rows an earlier refresh found, so that the first slice is as long as it should be."""
        if rows_a_day is not None:
            self.slice_days = _fitting_days(rows_a_day)

    def set_apart(self, days: Iterable[date]) -> None:
        """Makes each run of these days a slice of its own, where it is to be read at all."""
        wanted = [day for day in days if any(day in run for run in self.missing)]
        apart = [part for run in self.missing for part in runs_of(day for day in wanted if day in run)]
        self.missing = sorted([*apart, *(part for run in self.missing for part in missing_runs(run, apart))])

    def add(self, days: Iterable[date]) -> None:
        """Reads these days as well, each run of them apart; those that are to be read anyway stay where they are."""
        others = [day for day in days if not any(day in run for run in self.missing)]
        self.missing = sorted([*self.missing, *runs_of(others)])

    def take(self, most: int = LONGEST_SLICE_DAYS) -> DateRange | None:
        """The next slice, of `most` days if given; None when every day was handed out."""
        if not self.missing:
            return None
        run, length = self.missing.pop(), min(self.slice_days, most)
        if run.days <= length:
            return run
        start = run.end - timedelta(days=length - 1)
        self.missing.append(DateRange(run.start, start - timedelta(days=1)))
        return DateRange(start, run.end)

    def learn(self, taken: DateRange, rows: int) -> None:
        """At most four times the last slice, or what was planned: quiet days say little about those before."""
        self.rows_a_day = rows / taken.days
        self.slice_days = min(_fitting_days(self.rows_a_day), max(4 * taken.days, self.slice_days))

    def clamp(self, taken: DateRange) -> bool:
        """After the platform said that days of a slice are too old: its newer half is handed out before its older one.

        True when the slice was a single day: it and whatever lies before it are left out.
        """
        if taken.days == 1:
            self.missing = missing_after(self.missing, taken.end)
            return True
        middle = taken.start + timedelta(days=taken.days // 2)
        self.missing += [DateRange(taken.start, middle - timedelta(days=1)), DateRange(middle, taken.end)]
        return False

    def give_back(self, taken: DateRange) -> None:
        """A slice that turned out too large to hold is handed out again in halves."""
        self.missing.append(taken)
        self.slice_days = max(1, taken.days // 2)


def _fitting_days(rows_a_day: float) -> int:
    return max(1, min(int(ROWS_PER_SLICE / rows_a_day), LONGEST_SLICE_DAYS)) if rows_a_day else LONGEST_SLICE_DAYS
