"""Comparisons: which days of the past stand for the days of a range, day by day; no I/O."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from analytics.periods import FIRST_DAY, AskedDays, DateRange, RangeFault


class ComparisonPreset(StrEnum):
    """PREVIOUS_PERIOD is as many days, ending the day before the range; PREVIOUS_YEAR the same dates a year earlier."""

    PREVIOUS_PERIOD = "PREVIOUS_PERIOD"
    PREVIOUS_YEAR = "PREVIOUS_YEAR"


class Comparison(StrEnum):
    """How a day is paired with an earlier one: a number of days before, or the same date of the year before."""

    DAYS = "DAYS"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True)
class ComparedDays:
    """The days that a range is compared with; None where no day stands for any of the range, as for a 29 February."""

    days: DateRange | None
    comparison: Comparison


def compared_days(
    asked: ComparisonPreset | AskedDays, days: DateRange, *, needs_pairs: bool
) -> ComparedDays | RangeFault:
    """What `days` are compared with.

    `needs_pairs`: each day must have its pair, since the answer is by periods. Days of another number are a fault then.
    """
    if asked is ComparisonPreset.PREVIOUS_YEAR:
        return ComparedDays(_year_before(days), Comparison.YEAR)
    if isinstance(asked, ComparisonPreset):
        end = days.start - timedelta(days=1)
        found = DateRange(end - timedelta(days=days.days - 1), end)
    elif asked.end is None or asked.end < asked.start:
        return RangeFault("The days to compare with end before they begin: the last day is earlier than the first one.")
    else:
        found = DateRange(asked.start, asked.end)
    if needs_pairs and found.days != days.days:
        return RangeFault(
            f"By periods a day is compared with a day: the range has {days.days} days, the comparison {found.days}."
        )
    if found.start < FIRST_DAY:
        return RangeFault(f"The days to compare with must not begin before {FIRST_DAY}, not on {found.start}.")
    return ComparedDays(found, Comparison.DAYS)


def _year_before(days: DateRange) -> DateRange | None:
    """The days whose date a year later is in the range: 29 February counts to the 28th, and has no pair itself."""
    start, end = _same_date(days.start, -1), _same_date(days.end, -1)
    if _same_date(start, 1) < days.start:  # the range begins on 29 February
        start += timedelta(days=1)
    if _same_date(end + timedelta(days=1), 1) <= days.end:  # the end's pair is followed by a 29 February
        end += timedelta(days=1)
    return DateRange(start, end) if start <= end else None


def _same_date(day: date, years: int) -> date:
    """The date so many years later; 28 February for a 29th that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
