"""Plans the slices in which the days of a refresh are read; pure, knows no database and no platform."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.periods import DateRange

# An account that was never read begins with a week; its rows tell how long the next slices are.
FIRST_SLICE_DAYS = 7
LONGEST_SLICE_DAYS = 92
# A slice is in memory as a whole and stored in one transaction, while the next one is fetched. Slices are planned for
# so many rows; one that turns out to have more than four times as many is fetched again in smaller slices.
ROWS_PER_SLICE = 5_000
MOST_ROWS_PER_SLICE = 4 * ROWS_PER_SLICE


def missing_ranges(wanted: DateRange, done: Iterable[DateRange]) -> list[DateRange]:
    """The days of `wanted` that no completed slice covers, oldest first."""
    ranges, start = [], wanted.start
    for part in sorted(done):
        if part.start > wanted.end:
            break
        if part.start > start:
            ranges.append(DateRange(start, part.start - timedelta(days=1)))
        start = max(start, part.end + timedelta(days=1))
    if start <= wanted.end:
        ranges.append(DateRange(start, wanted.end))
    return ranges


def ranges_of(days: Iterable[date]) -> list[DateRange]:
    """The days in ranges without a hole, oldest first."""
    ranges = list[DateRange]()
    for day in sorted({*days}):
        if ranges and ranges[-1].end + timedelta(days=1) == day:
            ranges[-1] = DateRange(ranges[-1].start, day)
        else:
            ranges.append(DateRange(day, day))
    return ranges


def missing_after(missing: Iterable[DateRange], day: date) -> list[DateRange]:
    """The parts of these ranges that lie after the day."""
    first = day + timedelta(days=1)
    return [DateRange(max(days.start, first), days.end) for days in missing if days.end >= first]


@dataclass(slots=True)
class SlicePlan:
    """Hands out the missing days as slices, newest first, and learns their length from the rows that came."""

    missing: list[DateRange]
    slice_days: int = FIRST_SLICE_DAYS
    # How many rows a day of the last slice had; None before the first slice.
    rows_a_day: float | None = None

    def begin(self, rows_a_day: float | None) -> None:
        """Takes over how many rows an earlier refresh found, so that the first slice is as long as it should be."""
        if rows_a_day is not None:
            self.slice_days = _fitting_days(rows_a_day)

    def set_apart(self, days: Iterable[date]) -> None:
        """Makes each range of these days a slice of its own; days that are not to be read are ignored."""
        wanted = [day for day in days if any(day in part for part in self.missing)]
        apart = [own for part in self.missing for own in ranges_of(day for day in wanted if day in part)]
        self.missing = sorted([*apart, *(rest for part in self.missing for rest in missing_ranges(part, apart))])

    def add(self, days: Iterable[date]) -> None:
        """Adds days to the plan, each range of them as a slice of its own; days that are planned already stay there."""
        others = [day for day in days if not any(day in part for part in self.missing)]
        self.missing = sorted([*self.missing, *ranges_of(others)])

    def take(self, most: int = LONGEST_SLICE_DAYS) -> DateRange | None:
        """The next slice, of `most` days if given; None when every day was handed out."""
        if not self.missing:
            return None
        newest, length = self.missing.pop(), min(self.slice_days, most)
        if newest.days <= length:
            return newest
        start = newest.end - timedelta(days=length - 1)
        self.missing.append(DateRange(newest.start, start - timedelta(days=1)))
        return DateRange(start, newest.end)

    def learn(self, taken: DateRange, rows: int) -> None:
        """Takes the length of the next slice from the rows of the last one.

        It grows to at most four times the last slice, or keeps what was planned: after a few days with hardly any
        delivery, earlier days may still have many rows.
        """
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
        """Takes back a slice with too many rows for memory; it is handed out again in halves."""
        self.missing.append(taken)
        self.slice_days = max(1, taken.days // 2)


def _fitting_days(rows_a_day: float) -> int:
    return max(1, min(int(ROWS_PER_SLICE / rows_a_day), LONGEST_SLICE_DAYS)) if rows_a_day else LONGEST_SLICE_DAYS
