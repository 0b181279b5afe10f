"""Days of a question in plain words: presets by time zone, periods, and which day stands for which in a comparison."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# First month of the year, or of the quarter, and how many months it has.
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days in a row, both ends included."""

    start: date
    end: date

    @property
    def length(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __iter__(self) -> "Any":
        return (self.start + offset * DAY for offset in range(self.length))

    @property
    def shown(self) -> dict[str, str]:
        """As the API prints a Period."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def around(day: date, grain: str) -> Span:
    """The whole week, month, quarter or year that the day is in; weeks begin on Monday."""
    if grain == "DAY":
        return Span(day, day)
    if grain == "WEEK":
        monday = day - day.weekday() * DAY
        return Span(monday, monday + 6 * DAY)
    months = _MONTHS[grain]
    first = day.month - (day.month - 1) % months
    last = first + months - 1
    return Span(date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1]))


def days_of(asked: Mapping[str, Any], now: datetime, time_zone: str) -> Span:
    """The days of a DateRangeInput for an account in this time zone."""
    if "between" in asked:
        return span_of(asked["between"])
    preset: str = asked["preset"]
    today = now.astimezone(ZoneInfo(time_zone)).date()
    kind, _, rest = preset.partition("_")
    if preset in ("TODAY", "YESTERDAY"):
        day = today if preset == "TODAY" else today - DAY
        return Span(day, day)
    if rest.endswith("_DAYS"):
        return Span(today - int(rest.removesuffix("_DAYS")) * DAY, today - DAY)
    current = around(today, rest)
    return Span(current.start, today) if kind == "THIS" else around(current.start - DAY, rest)


def span_of(between: Mapping[str, str]) -> Span:
    return Span(date.fromisoformat(between["from"]), date.fromisoformat(between["to"]))


def stands_for(compare: Mapping[str, Any], days: Span) -> dict[date, date]:
    """From each day of the comparison to the day of the range that it is compared with.

    Days go in order, first with first. The year before goes by the calendar: 29 February counts to the 28th, and has
    no day before itself.
    """
    if compare.get("preset") == "PREVIOUS_YEAR":
        before = Span(days.start.replace(year=days.start.year - 1, day=1), days.end)
        return {day: a_year_after(day) for day in before if a_year_after(day) in days}
    if "between" in compare:
        first, last = span_of(compare["between"]).start, span_of(compare["between"]).end
    else:
        first, last = days.start - days.length * DAY, days.start - DAY
    return {day: days.start + (day - first) for day in Span(first, last)}


def a_year_after(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
