"""`metrics` and `series` of every entity, by one loader; metrics as name and value; the catalogue of metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any

import strawberry

from analytics.enums import (
    AttributionWindow,
    DatePreset,
    EntityLevel,
    Metric,
    MetricCategory,
    MetricUnit,
    NullReason,
    TimeGrain,
)
from analytics.metrics.catalogue import MEASURES, METRICS, MetricDefinition
from analytics.metrics.explain import null_reason
from analytics.metrics.measure import Measure
from analytics.periods import DateRange, count_periods, preset_range
from execution.limits.list_sizes import ListLength
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.insights.entities.points import EntityDays
from models.insights.entities.texts import LEVELS
from models.insights.groups_shown import InsightsPoint, InsightsRow
from models.insights.metric_values import ActionSums, AskedMetrics, MetricSet
from models.thin.records import record_of
from resolvers.batching import answers_of, with_list_form
from resolvers.context import Info
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_list
from resolvers.insights.custom_measures import custom_measures, no_custom_metric
from resolvers.insights.selection import metrics_below
from resolvers.loaders import account_of
from services.insights.questions import MOST_POINTS, check_points, entity_days

_LEVEL_OF_ROW: dict[Any, EntityLevel] = {**LEVELS} | {record_of(kind): level for kind, level in LEVELS.items()}

# The last day of a leap year, on which presets are as long as they can be.
_LONGEST_YEAR_ENDS = date(2028, 12, 31)

Range = Annotated[DateRangeInput, strawberry.argument(name="range")]
ActionType = Annotated[str, strawberry.argument(name="type")]
Entity = AdAccount | Campaign | AdSet | Ad | Creative


@strawberry.input(one_of=True)
class MetricRefInput:
    metric: Metric | None = strawberry.UNSET
    custom: str | None = strawberry.field(default=strawberry.UNSET, description="The key of a custom metric.")


@dataclass(slots=True)
class MetricPair:
    """One metric with its value and the reason when it has none."""

    key: str
    unit: MetricUnit
    value: Decimal | None
    null_reason: NullReason | None


async def metrics(
    root: strawberry.Parent[Entity],
    info: Info,
    range_: Range,
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT,
) -> MetricSet:
    """The entity's metrics over the range; those of all entities of a list are read by one statement."""
    [found] = await _metrics_of_all([root], info, range_, attribution)
    return found


async def _metrics_of_all(
    root: Sequence[Entity],
    info: Info,
    range_: Range,
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT,
) -> list[MetricSet]:
    selection = metrics_below(info, await custom_measures(info), ())
    points = await _points_of_all(root, info, range_, _AskedPoints(selection, attribution))
    return [each[0].metrics for each in points]


with_list_form(metrics, _metrics_of_all)


async def series(
    root: strawberry.Parent[Entity],
    info: Info,
    range_: Range,
    grain: TimeGrain = TimeGrain.DAY,
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT,
) -> list[InsightsPoint]:
    """The entity's metrics per period that has rows, oldest first."""
    [found] = await _series_of_all([root], info, range_, grain, attribution)
    return found


async def _series_of_all(
    root: Sequence[Entity],
    info: Info,
    range_: Range,
    grain: TimeGrain = TimeGrain.DAY,
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT,
) -> list[list[InsightsPoint]]:
    selection = metrics_below(info, await custom_measures(info), ("metrics",))
    return await _points_of_all(root, info, range_, _AskedPoints(selection, attribution, grain))


with_list_form(series, _series_of_all)


def series_size(arguments: Mapping[str, Any]) -> int:
    """How many points a series has at most, from the arguments as the client wrote them."""
    try:
        grain = TimeGrain(arguments.get("grain", TimeGrain.DAY))
        return min(MOST_POINTS, _periods(arguments["range"], grain))
    except (AttributeError, KeyError, TypeError, ValueError):  # invalid arguments, which are refused later
        return MOST_POINTS


def _periods(asked: Any, grain: TimeGrain) -> int:
    span = asked.get("between")
    if span is not None:
        return count_periods(DateRange(date.fromisoformat(span["from"]), date.fromisoformat(span["to"])), grain)
    # The preset on a day on which it is longest. On another day it may touch one more period, at its beginning or end.
    return count_periods(preset_range(DatePreset(asked["preset"]), _LONGEST_YEAR_ENDS), grain) + 1


SERIES_LENGTH = ListLength(MOST_POINTS, by=("range", "grain"), count=series_size)


@dataclass(frozen=True, slots=True)
class _AskedPoints:
    """What is asked of each entity; a grain is asked of series alone."""

    metrics: AskedMetrics
    attribution: AttributionWindow
    grain: TimeGrain | None = None


async def _points_of_all(
    root: Sequence[Entity], info: Info, range_: DateRangeInput, asked: _AskedPoints
) -> list[list[InsightsPoint]]:
    loaders, now, wanted = info.context.loaders, info.context.tools.clock(), asked_range(range_)
    accounts = await answers_of([account_of(each, loaders) for each in root])
    # The days of an account are asked once: its entities have the same ones.
    days = {account.id: entity_days(account, wanted, now) for account in accounts}
    if asked.grain is not None:
        for each in days.values():
            check_points(each, asked.grain)
    keys = [
        EntityDays(
            level=_LEVEL_OF_ROW[type(entity)],
            ad_account_id=account.id,
            entity_id=entity.id,
            days=days[account.id],
            currency=account.currency,
            asked=asked.metrics,
            grain=asked.grain or TimeGrain.NONE,
            attribution=asked.attribution,
        )
        for entity, account in zip(root, accounts, strict=True)
    ]
    return await loaders.points_by_entity.load_many(keys)


def values(root: strawberry.Parent[MetricSet], of: list[MetricRefInput]) -> list[MetricPair]:
    """The metrics that are asked for, in that order; raises BadInput for more than 1,000, and for an unknown one."""
    return [_pair(measure, root) for measure in _measures(of, "of", root)]


def _measures(asked: Sequence[MetricRefInput], name: str, shown: MetricSet) -> list[Measure]:
    return [_measure(each, shown) for each in given_list(asked, name) or ()]


def _measure(asked: MetricRefInput, shown: MetricSet) -> Measure:
    custom, metric = given(asked.custom), given(asked.metric)
    if custom is not None:
        return shown.measure(custom) or no_custom_metric(custom)
    assert metric is not None  # @oneOf lets nothing else pass
    return MEASURES[metric]


def custom(root: strawberry.Parent[MetricSet], key: str) -> MetricPair | None:
    """A custom metric by its key; None for an unknown one."""
    measure = root.measure(key)
    return None if measure is None or measure.metric is not None else _pair(measure, root)


def action(root: strawberry.Parent[MetricSet], type_: ActionType) -> ActionSums:
    """Count, value and cost of an action type, by the platform's name of it; null where no row has the type."""
    return root.actions[type_]


def _pair(measure: Measure, row: MetricSet) -> MetricPair:
    value = row.numbers[measure.key]
    reason = _null_reason(measure, row) if value is None else None
    return MetricPair(measure.key, measure.unit, as_decimal(value), reason)


def _null_reason(measure: Measure, row: MetricSet) -> NullReason | None:
    if row.currency is None and measure.is_money:
        return NullReason.MIXED_CURRENCY
    return null_reason(measure, row.facts_of(measure))


@dataclass(slots=True)
class MetricDifference:
    """How a metric differs from that of the comparison; `relative` is a fraction of the previous value's size.

    It is None too where it is beyond what a float holds: custom metrics may multiply hundreds of counts.
    """

    key: str
    absolute: Decimal | None
    relative: float | None
    null_reason: NullReason | None


def differences(root: strawberry.Parent[InsightsRow], metrics: list[MetricRefInput]) -> list[MetricDifference]:
    """The changes of these metrics, in that order; raises BadInput for more than 1,000, and for an unknown one."""
    return [_difference(measure, root) for measure in _measures(metrics, "metrics", root.metrics)]


def _difference(measure: Measure, row: InsightsRow) -> MetricDifference:
    now = as_decimal(row.metrics.numbers[measure.key])
    then = None if row.previous is None else as_decimal(row.previous.numbers[measure.key])
    if now is None or then is None or row.previous is None:
        missing = row.metrics if now is None or row.previous is None else row.previous
        return MetricDifference(measure.key, None, None, _null_reason(measure, missing) or NullReason.NOT_REPORTED)
    if measure.is_in_currency and row.metrics.currency != row.previous.currency:
        return MetricDifference(measure.key, None, None, NullReason.MIXED_CURRENCY)
    absolute = now - then
    if then == 0:
        return MetricDifference(measure.key, absolute, None, NullReason.ZERO_DENOMINATOR)
    # Of a negative value, such as a loss, a fraction of its size keeps the sign of the change.
    relative = float(absolute / abs(then))
    return MetricDifference(measure.key, absolute, relative if isfinite(relative) else None, None)


def as_decimal(value: float | Decimal | None) -> Decimal | None:
    """The number as a Decimal: of a float its shortest text, which is what clients are shown."""
    return Decimal(repr(value)) if isinstance(value, float) else None if value is None else Decimal(value)


CATALOGUE_LENGTH = ListLength(len(METRICS))


def metric_definitions(category: MetricCategory | None = strawberry.UNSET) -> list[MetricDefinition]:
    """The catalogue, or one category of it."""
    wanted = given(category)
    return [definition for definition in METRICS.values() if wanted in (None, definition.category)]
