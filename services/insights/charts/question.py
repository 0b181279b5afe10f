"""What a chart is asked of: a question about insights, its metrics in order, and a size; and what no chart can show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analytics.charts.picture import HIGHEST, LOWEST, NARROWEST, WIDEST
from analytics.enums import ChartKind, EntityLevel, MetricUnit, TimeGrain
from analytics.metrics.measure import Measure
from errors import BadInput
from models.insights.metric_values import AskedMetrics
from services.insights.request import InsightsRequest

MOST_METRICS = 4
# Pixels that the numbers of one unit need to be read, in height; beside each other in width.
_PANEL_HEIGHT, _PANEL_WIDTH = 80, 160
_AROUND = 120


@dataclass(frozen=True, slots=True)
class ChartQuestion:
    """`measures` are shown in this order; they are what the request shows."""

    kind: ChartKind
    measures: tuple[Measure, ...]
    request: InsightsRequest
    width: int
    height: int

    @property
    def units(self) -> tuple[MetricUnit, ...]:
        """Each has a panel of its own, since two units have no common axis."""
        return tuple(dict.fromkeys(measure.unit for measure in self.measures))

    @property
    def has_periods(self) -> bool:
        return self.request.grain is not TimeGrain.NONE

    @property
    def has_groups(self) -> bool:
        request = self.request
        return request.level is not EntityLevel.TENANT or bool(request.breakdowns or request.tags)

    @property
    def is_compared(self) -> bool:
        return self.request.compare_to is not None

    @property
    def strands_a_group(self) -> int:
        """How many lines, or bars at one place, each group has in the panel with the most metrics."""
        most = max(sum(measure.unit is unit for measure in self.measures) for unit in self.units)
        return most * (2 if self.is_compared else 1)


def chart_question(
    kind: ChartKind, measures: Sequence[Measure], request: InsightsRequest, *, width: int, height: int
) -> ChartQuestion:
    """The question of a chart; raises BadInput for metrics, a kind or a size that make no picture."""
    if not 1 <= len(measures) <= MOST_METRICS or len({*measures}) < len(measures):
        raise BadInput(f"A chart shows 1 to {MOST_METRICS} metrics, each of them once.")
    if not NARROWEST <= width <= WIDEST or not LOWEST <= height <= HIGHEST:
        raise BadInput(
            f"A chart is {NARROWEST} to {WIDEST:,} pixels wide and {LOWEST} to {HIGHEST:,} high,"
            f" not {width:,} x {height:,}."
        )
    if kind is ChartKind.LINE and request.grain is TimeGrain.NONE:
        raise BadInput("A line runs through time: choose a grain, or BAR or COLUMN for the whole range.")
    customs = sorted((each for each in measures if each.metric is None), key=lambda each: each.key)
    shown = AskedMetrics(
        frozenset(each.metric for each in measures if each.metric is not None), tuple(customs), shows_currency=True
    )
    asked = ChartQuestion(
        kind,
        tuple(measures),
        replace(request, shown=shown, has_rows=True, fills_gaps=False),
        width,
        height,
    )
    _check_room(asked)
    return asked


def _check_room(asked: ChartQuestion) -> None:
    panels = len(asked.units)
    if panels == 1:
        return
    if asked.kind is ChartKind.BAR:
        needed, given, side = _AROUND + _PANEL_WIDTH * panels, asked.width, "wide"
    else:
        needed, given, side = _AROUND + _PANEL_HEIGHT * panels, asked.height, "high"
    if given < needed:
        raise BadInput(
            f"Metrics of {panels} units have {panels} axes, each in a part of its own: such a chart is at least"
            f" {needed} pixels {side}."
        )
