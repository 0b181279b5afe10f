"""Days, ranges and periods: presets in a time zone, dividing a range into periods, and which days are settled."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from analytics.enums import DatePreset, TimeGrain

# Meta restates the conversions of a day for so many days, so a younger day may still change.
SETTLED_AFTER_DAYS = 28
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2100, 12, 31)
_QUARTER = 3


@dataclass(frozen=True, slots=True, order=True)
class DateRange:
    """Whole days in a row, both ends included, at least one. Days from a client's input are `AskedDays` first."""

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
    """The first and the last day of a client's input, unchecked; without a last day the range ends today."""

    start: date
    end: date | None = None


# The range of a client's input: a preset, and an open end, mean different days in different time zones.
AskedRange = DatePreset | AskedDays


@dataclass(frozen=True, slots=True)
class RangeFault:
    """Why a client's range cannot be resolved to days, as a sentence."""

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
    """Whether Python's tables of time zones in this installation have the name, so that days can be counted in it."""
    try:
        return ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):  # an unknown name, an invalid one, the name of a folder
        return False


def _zone(name: str) -> tzinfo:
    """The time zone of a name, by Python's tables: Postgres has tables of its own, whose names and rules may differ.

    A name that newer tables have dropped counts as UTC, so that the account's numbers can still be read.
    """
    return ZoneInfo(name) if is_time_zone(name) else UTC


def local_day(now: datetime, time_zone: str) -> date:
    """The date of the instant in a time zone."""
    return now.astimezone(_zone(time_zone)).date()


def day_end(day: date, time_zone: str) -> datetime:
    """The instant, in UTC, at which the day ends in a time zone, even where the day has 23 or 25 hours."""
    return datetime.combine(day + timedelta(days=1), time.min, _zone(time_zone)).astimezone(UTC)


def preset_range(preset: DatePreset, today: date) -> DateRange:
    """The days of a preset: THIS_... ends today, LAST_N_DAYS ends yesterday, LAST_WEEK and the like are whole."""
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
    """The days of a client's range, future ones included, or why there are none; the caller makes an error of that."""
    if isinstance(asked, DatePreset):
        return preset_range(asked, today)
    if asked.end is not None and asked.end < asked.start:
        return RangeFault("The range ends before it begins: its last day is earlier than its first one.")
    if asked.start > today:
        return RangeFault(f"The range lies in the future: it begins on {asked.start}, today is {today}.")
    return DateRange(asked.start, asked.end or today)


def period_start(day: date, grain: TimeGrain) -> date:
    """The first day of the period that the day is in; the day itself for NONE."""
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
    # A step from the start of a period is at least as long as the period, and shorter than two: it leads into the next.
    step = {TimeGrain.WEEK: 7, TimeGrain.MONTH: 31, TimeGrain.QUARTER: 92, TimeGrain.YEAR: 366}[grain]
    return period_start(start + timedelta(days=step), grain) - timedelta(days=1)


def period_of(start: date, grain: TimeGrain, within: DateRange) -> DateRange:
    """The period that begins on `start`, cut to the range: the days whose numbers it has."""
    if grain is TimeGrain.NONE:
        return within
    return DateRange(max(start, within.start), min(period_end(start, grain), within.end))


def count_periods(days: DateRange, grain: TimeGrain) -> int:
    """How many periods have at least one day in the range."""
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
    """The last day that the platform does not restate any more on the day `refreshed_on`."""
    return refreshed_on - timedelta(days=SETTLED_AFTER_DAYS)
