"""Days, ranges and periods: presets in a time zone, the cutting of a range into periods, and what is settled."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from analytics.enums import DatePreset, TimeGrain

# Meta restates an ad's conversions for this long, so a younger day may still change.
SETTLED_AFTER_DAYS = 28
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2100, 12, 31)
_QUARTER = 3


@dataclass(frozen=True, slots=True, order=True)
class DateRange:
    """Whole days, both ends included, and at least one; what somebody wrote is `AskedDays`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"{self.end} lies before {self.start}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def every_day(self) -> list[date]:
        return [self.start + timedelta(days=offset) for offset in range(self.days)]


@dataclass(frozen=True, slots=True)
class AskedDays:
    """The first and the last day as somebody wrote them, unchecked; without a last one up to today."""

    start: date
    end: date | None = None


# What somebody asks for: a preset, and today, mean different days in different time zones.
AskedRange = DatePreset | AskedDays


@dataclass(frozen=True, slots=True)
class RangeFault:
    """Why a range that was asked for has no days, in words."""

    message: str


_LAST_DAYS = {
    DatePreset.LAST_7_DAYS: 7,
    DatePreset.LAST_14_DAYS: 14,
    DatePreset.LAST_28_DAYS: 28,
    DatePreset.LAST_30_DAYS: 30,
    DatePreset.LAST_60_DAYS: 60,
    DatePreset.LAST_90_DAYS: 90,
    DatePreset.LAST_180_DAYS: 180,
    DatePreset.LAST_365_DAYS: 365,
}
_THIS = {
    DatePreset.THIS_WEEK: TimeGrain.WEEK,
    DatePreset.THIS_MONTH: TimeGrain.MONTH,
    DatePreset.THIS_QUARTER: TimeGrain.QUARTER,
    DatePreset.THIS_YEAR: TimeGrain.YEAR,
}
_LAST = {
    DatePreset.LAST_WEEK: TimeGrain.WEEK,
    DatePreset.LAST_MONTH: TimeGrain.MONTH,
    DatePreset.LAST_QUARTER: TimeGrain.QUARTER,
    DatePreset.LAST_YEAR: TimeGrain.YEAR,
}


def is_time_zone(name: str) -> bool:
    """Whether days can be counted in it: a name that the tables of this installation have."""
    try:
        return ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):  # not there, no path, a folder
        return False


def _zone(name: str) -> tzinfo:
    """Every day is judged by these tables, never by Postgres' own, which may have other names and other rules.

    A name that newer tables have dropped counts as UTC: the account's numbers are still there.
    """
    return ZoneInfo(name) if is_time_zone(name) else UTC


def local_day(now: datetime, time_zone: str) -> date:
    """The day that the instant is in a time zone."""
    return now.astimezone(_zone(time_zone)).date()


def day_end(day: date, time_zone: str) -> datetime:
    """The instant of the midnight that ends the day in that zone, whatever the length of the day; in UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, _zone(time_zone)).astimezone(UTC)


def preset_range(preset: DatePreset, today: date) -> DateRange:
    """Presets named THIS end today, LAST_N_DAYS and YESTERDAY end yesterday, LAST_WEEK and the like are whole."""
    yesterday = today - timedelta(days=1)
    if preset is DatePreset.TODAY:
        return DateRange(today, today)
    if preset is DatePreset.YESTERDAY:
        return DateRange(yesterday, yesterday)
    if preset in _LAST_DAYS:
        return DateRange(today - timedelta(days=_LAST_DAYS[preset]), yesterday)
    if preset in _THIS:
        return DateRange(period_start(today, _THIS[preset]), today)
    end = period_start(today, _LAST[preset]) - timedelta(days=1)
    return DateRange(period_start(end, _LAST[preset]), end)


def resolve_range(asked: AskedRange, today: date) -> DateRange | RangeFault:
    """The days that were asked for, those to come included; whoever asks says a fault in an error of their own."""
    if isinstance(asked, DatePreset):
        return preset_range(asked, today)
    if asked.end is not None and asked.end < asked.start:
        return RangeFault("The range ends before it begins: its last day is earlier than its first one.")
    if asked.start > today:
        return RangeFault(f"The range lies in the future: it begins on {asked.start}, today is {today}.")
    return DateRange(asked.start, asked.end or today)


def period_start(day: date, grain: TimeGrain) -> date:
    """The first day of the period that holds the day; the day itself for NONE."""
    match grain:
        case TimeGrain.WEEK:
            return day - timedelta(days=day.weekday())
        case TimeGrain.MONTH:
            return day.replace(day=1)
        case TimeGrain.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % _QUARTER, day=1)
        case TimeGrain.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


def period_end(start: date, grain: TimeGrain) -> date:
    """The last day of the period that begins on `start`."""
    if grain in (TimeGrain.DAY, TimeGrain.NONE):
        return start
    # No period is shorter than the step, and a step from its start never leaps over the one after it.
    step = {TimeGrain.WEEK: 7, TimeGrain.MONTH: 31, TimeGrain.QUARTER: 92, TimeGrain.YEAR: 366}[grain]
    return period_start(start + timedelta(days=step), grain) - timedelta(days=1)


def period_of(start: date, grain: TimeGrain, within: DateRange) -> DateRange:
    """The period that begins on `start`, cut to the range: exactly the days that its numbers hold."""
    if grain is TimeGrain.NONE:
        return within
    return DateRange(max(start, within.start), min(period_end(start, grain), within.end))


def count_periods(days: DateRange, grain: TimeGrain) -> int:
    """How many periods the range touches."""
    match grain:
        case TimeGrain.NONE:
            return 1
        case TimeGrain.DAY:
            return days.days
        case TimeGrain.WEEK:
            return (period_start(days.end, grain) - period_start(days.start, grain)).days // 7 + 1
        case _:
            months = (days.end.year - days.start.year) * 12 + days.end.month - days.start.month
            per = {TimeGrain.MONTH: 1, TimeGrain.QUARTER: 3, TimeGrain.YEAR: 12}[grain]
            return (months + (days.start.month - 1) % per) // per + 1


def settled_through(refreshed_on: date) -> date:
    """The last day that the platform no longer restated when it was read on `refreshed_on`."""
    return refreshed_on - timedelta(days=SETTLED_AFTER_DAYS)
