"""Makes a picture of a chart's question: reads its numbers and says what its slots, panels and texts are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from analytics.charts.picture import Panel, Picture, Slot, Strand
from analytics.charts.words import days_text, isolated, period_text
from analytics.enums import MetricUnit
from analytics.periods import period_of, period_start
from models.database import ReadSession
from models.insights.groups_shown import InsightsRow
from services.insights.charts.names import group_names, metric_names
from services.insights.charts.numbers import ChartNumbers, key_of, load_numbers
from services.insights.charts.question import ChartQuestion
from services.insights.charts.titles import notes_of, subtitle_of, title_of
from services.insights.provenance import currency_of

_Values = Mapping[tuple[Any, int], InsightsRow]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The numbers with the names of groups and metrics; `at` has the row of each group and slot."""

    asked: ChartQuestion
    numbers: ChartNumbers
    groups: Sequence[str]
    metrics: Sequence[str]
    slots: tuple[Slot, ...]
    at: _Values

    @property
    def before(self) -> str:
        """What grey is called: the days that the range is compared with."""
        days = self.numbers.insights.question.compared_days
        return "before" if days is None else days_text(days)


async def load_picture(session: ReadSession, asked: ChartQuestion, *, now: datetime) -> Picture:
    """The picture with the numbers of this moment; raises BadInput, MixedCurrency, NotFound and QueryTooComplex."""
    numbers = await load_numbers(session, asked, now=now)
    names = await group_names(session, asked, numbers)
    metrics = await metric_names(session, asked.measures)
    slots, at = _over_time(asked, numbers) if asked.has_periods else _by_name(numbers, names)
    drawn = _Drawn(asked, numbers, names, metrics, slots, at)
    panels = tuple(_panel(drawn, unit) for unit in asked.units)
    has_gaps = asked.has_periods and any(None in strand.values for panel in panels for strand in panel.strands)
    return Picture(
        kind=asked.kind,
        width=asked.width,
        height=asked.height,
        title=title_of(asked, metrics),
        subtitle=subtitle_of(asked, numbers.insights),
        slots=slots,
        panels=panels,
        has_periods=asked.has_periods,
        notes=notes_of(asked, numbers, has_gaps=has_gaps),
    )


def _over_time(asked: ChartQuestion, numbers: ChartNumbers) -> tuple[tuple[Slot, ...], _Values]:
    """A slot for each period of the range, also for those without a row."""
    grain, days = asked.request.grain, numbers.insights.question.days
    starts = [period_start(days.start, grain)]
    while (following := period_of(starts[-1], grain, days).end + timedelta(days=1)) <= days.end:
        starts.append(following)
    periods = [period_of(start, grain, days) for start in starts]
    years = [period.start.year for period in periods]
    slots = tuple(
        Slot(period_text(period, grain, has_year=years[:place][-1:] != [period.start.year]), days_text(period))
        for place, period in enumerate(periods)
    )
    place_of = {start: place for place, start in enumerate(starts)}
    return slots, {(key_of(row), place_of[row.start]): row for row in numbers.rows if row.start is not None}


def _by_name(numbers: ChartNumbers, names: Sequence[str]) -> tuple[tuple[Slot, ...], _Values]:
    """A slot for each group; all of them belong to the one strand of their metric."""
    rows = {key_of(row): row for row in numbers.rows}
    at = {(None, place): rows[key] for place, key in enumerate(numbers.groups) if key in rows}
    return tuple(Slot(name, name) for name in names), at


def _panel(drawn: _Drawn, unit: MetricUnit) -> Panel:
    places = [place for place, measure in enumerate(drawn.asked.measures) if measure.unit is unit]
    currency = _currency(drawn) if unit is MetricUnit.MONEY else ""
    names = " and ".join(drawn.metrics[place] for place in places)
    return Panel(
        heading=f"{names}, {currency}" if currency else names,
        unit=unit,
        currency=currency,
        strands=tuple(_strands(drawn, places)),
    )


def _currency(drawn: _Drawn) -> str:
    question, stored = drawn.numbers.insights.question, drawn.numbers.insights.stored
    return question.told_in or currency_of(question.currency, stored) or ""


def _strands(drawn: _Drawn, places: Sequence[int]) -> Iterator[Strand]:
    """The strands of a panel, those of each group together; of the comparison first, as its days come first."""
    asked = drawn.asked
    keys: Sequence[Any] = drawn.numbers.groups if asked.has_periods else (None,)
    are_groups = asked.has_periods and asked.has_groups
    for group, key in enumerate(keys):
        for number, place in enumerate(places):
            measure, name = asked.measures[place], drawn.metrics[place]
            colour = place
            if are_groups:
                colour = group * len(places) + number
                own = isolated(drawn.groups[group])
                name = f"{own} / {name}" if len(places) > 1 else own
            rows = [drawn.at.get((key, slot)) for slot in range(len(drawn.slots))]
            if asked.is_compared:
                before = tuple(_value(row.previous if row else None, measure.key) for row in rows)
                yield Strand(drawn.before, before, colour, is_compared=True, full=f"{name}, {drawn.before}")
            yield Strand(name, tuple(_value(row.metrics if row else None, measure.key) for row in rows), colour)


def _value(metrics: Any, key: str) -> Decimal | None:
    value = None if metrics is None else metrics.numbers.get(key)
    if value is None or not isfinite(value):
        return None
    return value if isinstance(value, Decimal) else Decimal(repr(value))
