"""Owns the days an insights query covers and how they fall into rows; must not read numbers."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import msgspec

from sandbox.meta.calls import GraphCall, parse_day
from sandbox.meta.errors import GraphError, bad_parameter

Period = tuple[date, date]

_RETENTION_MONTHS = 37
_REACH_MONTHS = 13
_LONGEST_INCREMENT = 90


class _RawRange(msgspec.Struct):
    since: str
    until: str


def _last(days: int) -> Callable[[date], Period]:
    """Meta's last_Nd ends yesterday."""
    return lambda today: (today - timedelta(days=days), today - timedelta(days=1))


def _month_start(day: date, months_back: int = 0) -> date:
    month = day.year * 12 + day.month - 1 - months_back
    return date(month // 12, month % 12 + 1, 1)


def _last_month(today: date) -> Period:
    return _month_start(today, 1), _month_start(today) - timedelta(days=1)


def _months_ago(today: date, months: int) -> date:
    first = _month_start(today, months)
    last_of_month = _month_start(first, -1) - timedelta(days=1)
    return first.replace(day=min(today.day, last_of_month.day))


def earliest(today: date) -> date:
    """The day 37 months back still counts as kept."""
    return _months_ago(today, _RETENTION_MONTHS)


def is_past_reach(day: date, today: date) -> bool:
    return is_older(day, _REACH_MONTHS, today=today)


def is_older(day: date, months: int, *, today: date) -> bool:
    return day < _months_ago(today, months)


_PRESETS: dict[str, Callable[[date], Period]] = {
    "today": lambda today: (today, today),
    "yesterday": _last(1),
    **{f"last_{days}d": _last(days) for days in (3, 7, 14, 28, 30, 90)},
    "this_month": lambda today: (_month_start(today), today),
    "last_month": _last_month,
    "this_year": lambda today: (date(today.year, 1, 1), today),
    "maximum": lambda today: (earliest(today), today),
    "data_maximum": lambda today: (earliest(today), today),
}


def asked_ranges(call: GraphCall, today: date) -> list[Period]:
    """`time_ranges` before `time_range` before `date_preset`, as Meta does."""
    if "time_ranges" in call.params:
        return [_checked(raw, today) for raw in call.json("time_ranges", list[_RawRange])]
    if "time_range" in call.params:
        return [_checked(call.json("time_range", _RawRange), today)]
    preset = call.params.get("date_preset", "last_30d")
    if preset not in _PRESETS:
        raise bad_parameter(f"date_preset must be one of the following values: {', '.join(_PRESETS)}")
    return [_PRESETS[preset](today)]


def _checked(raw: _RawRange, today: date) -> Period:
    since, until = parse_day(raw.since, "time_range[since]"), parse_day(raw.until, "time_range[until]")
    if since > until:
        raise bad_parameter("Must be a valid time range: since is later than until")
    if since < earliest(today):
        raise too_old()
    return since, until


def too_old() -> GraphError:
    message = "The start date of the time range cannot be beyond 37 months from the current date"
    return GraphError(f"(#3018) {message}", 3018)


def increments(call: GraphCall, ranges: list[Period]) -> tuple[Period, ...]:
    """Every row's own period, oldest first; the last one of a range may be short."""
    step = call.params.get("time_increment", "all_days")
    if step == "all_days":
        return tuple(ranges)
    if step == "monthly":
        return tuple(part for period in ranges for part in _months(period))
    if not step.isdecimal() or not 1 <= int(step) <= _LONGEST_INCREMENT:
        raise bad_parameter("time_increment must be between 1 and 90, monthly or all_days")
    return tuple(part for period in ranges for part in _steps(period, int(step)))


def _months(period: Period) -> Iterator[Period]:
    since, until = period
    while since <= until:
        end = _month_start(since, -1) - timedelta(days=1)
        yield since, min(end, until)
        since = end + timedelta(days=1)


def _steps(period: Period, days: int) -> Iterator[Period]:
    since, until = period
    while since <= until:
        yield since, min(since + timedelta(days=days - 1), until)
        since += timedelta(days=days)
