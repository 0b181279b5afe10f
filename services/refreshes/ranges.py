"""Which days a refresh reads; pure, knows no database and no platform."""

from dataclasses import dataclass
from datetime import date, timedelta

from analytics.meta.rules import MONTHS_KEPT, Kept, months_back, oldest_day, regime_warnings
from analytics.periods import AskedRange, DateRange, RangeFault, resolve_range

HISTORY_MONTHS = MONTHS_KEPT[Kept.NUMBERS]


@dataclass(frozen=True, slots=True)
class PlannedRange:
    days: DateRange
    warnings: tuple[str, ...] = ()


def look_back(today: date, days: int) -> PlannedRange:
    return PlannedRange(DateRange(today - timedelta(days=days - 1), today))


def all_history(today: date, months: int | None) -> PlannedRange:
    """All days that the platform keeps and the tenant's price plan allows; `months` of None allow all of them."""
    start = _oldest(today, months)
    days = DateRange(start, today)
    return PlannedRange(days, (_cut_warning(start, months), *regime_warnings(days)))


def readable_range(asked: AskedRange, today: date, months: int | None) -> PlannedRange | RangeFault:
    """Which of the days that somebody asks for can be read, or why none of them can."""
    days = resolve_range(asked, today)
    return days if isinstance(days, RangeFault) else within_history(days, today, months)


def within_history(asked: DateRange, today: date, months: int | None) -> PlannedRange | RangeFault:
    """The range without days that are too old and days that have not come yet; a fault when nothing is left."""
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
    """The oldest day that both the platform and the price plan allow."""
    return oldest_day(today) if months is None else max(oldest_day(today), months_back(today, months))


def _reach(months: int | None) -> str:
    """Why days are out of reach, in words."""
    if months is not None and months < HISTORY_MONTHS:
        return f"the plan reaches {months} months back"
    return f"the platform keeps {HISTORY_MONTHS} months"


def _cut_warning(start: date, months: int | None) -> str:
    return f"Days before {start} were left out: {_reach(months)}."
