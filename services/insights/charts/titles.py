"""The words of a chart: a title that says what is shown, of which days and accounts, and what is not shown."""

from collections.abc import Iterator, Sequence

from analytics.charts.words import days_text
from analytics.enums import AttributionWindow, EntityLevel, TimeGrain
from analytics.periods import DateRange, period_end, period_of, period_start
from services.insights.charts.numbers import ChartNumbers
from services.insights.charts.question import ChartQuestion
from services.insights.questions import Insights

_LEVELS = {
    EntityLevel.AD_ACCOUNT: "ad account",
    EntityLevel.CAMPAIGN: "campaign",
    EntityLevel.AD_SET: "ad set",
    EntityLevel.AD: "ad",
    EntityLevel.CREATIVE: "creative",
}
_GRAINS = {
    TimeGrain.DAY: "day",
    TimeGrain.WEEK: "week",
    TimeGrain.MONTH: "month",
    TimeGrain.QUARTER: "quarter",
    TimeGrain.YEAR: "year",
}
_WINDOWS = {
    AttributionWindow.CLICK_1D: "conversions within a day of a click",
    AttributionWindow.CLICK_7D: "conversions within 7 days of a click",
    AttributionWindow.CLICK_28D: "conversions within 28 days of a click",
    AttributionWindow.VIEW_1D: "conversions within a day of a view",
}
_BETWEEN = " \u00b7 "


def title_of(asked: ChartQuestion, metrics: Sequence[str]) -> str:
    """Such as "Amount spent and ROAS by campaign and week"."""
    by = [*_groups(asked), *([_GRAINS[asked.request.grain]] if asked.has_periods else [])]
    return _listed(metrics) + (f" by {_listed(by)}" if by else "")


def subtitle_of(asked: ChartQuestion, insights: Insights) -> str:
    """The days, the accounts, and what of them is left out or compared."""
    question, request = insights.question, asked.request
    told = [days_text(question.days)]
    if asked.is_compared and question.compared_days is not None:
        told[0] += f", compared with {days_text(question.compared_days)} in grey"
    accounts = insights.accounts
    told.append(accounts[0].name if len(accounts) == 1 else f"{len(accounts)} ad accounts")
    if request.wanted is not None or request.having is not None:
        told.append("filtered")
    if request.attribution in _WINDOWS:
        told.append(_WINDOWS[request.attribution])
    return _BETWEEN.join(told)


def notes_of(asked: ChartQuestion, numbers: ChartNumbers, *, has_gaps: bool) -> tuple[str, ...]:
    return tuple(_notes(asked, numbers, has_gaps=has_gaps))


def _notes(asked: ChartQuestion, numbers: ChartNumbers, *, has_gaps: bool) -> Iterator[str]:
    if numbers.others:
        one, many = _what(asked)
        yield f"{numbers.others:,} more {one if numbers.others == 1 else many} not shown."
    if asked.has_periods:
        yield from _cut(asked.request.grain, numbers.insights.question.days)
    if has_gaps:
        yield "Where nothing is drawn, nothing is known."
    refreshed = [each.last_refreshed_at for each in numbers.insights.accounts if each.last_refreshed_at is not None]
    if refreshed:
        oldest = min(refreshed)
        yield f"Data as of {days_text(DateRange(oldest.date(), oldest.date()))}, {oldest:%H:%M} UTC."


def _cut(grain: TimeGrain, days: DateRange) -> Iterator[str]:
    """That the range cuts its first or last period: else their numbers seem to have fallen."""
    told = []
    for place, day in (("first", days.start), ("last", days.end)):
        start = period_start(day, grain)
        shown = period_of(start, grain, days)
        if shown != DateRange(start, period_end(start, grain)):
            told.append(f"the {place} one has {shown.days} day{'' if shown.days == 1 else 's'}")
    if told:
        yield f"Not every {_GRAINS[grain]} is whole: {' and '.join(told)}."


def _what(asked: ChartQuestion) -> tuple[str, str]:
    request = asked.request
    if request.breakdowns or request.tags:
        return "group is", "groups are"
    name = _LEVELS[request.level]
    return f"{name} is", f"{name}s are"


def _groups(asked: ChartQuestion) -> list[str]:
    request = asked.request
    level = [_LEVELS[request.level]] if request.level in _LEVELS else []
    return [*level, *(each.value.lower().replace("_", " ") for each in request.breakdowns), *request.tags]


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
