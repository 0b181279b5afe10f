"""A question about insights as its row keeps it: JSON, made of the request and turned into an equal one again.

Metrics are kept by their keys. A custom one is looked up again when the file is written, so that it means then what its
formula says then.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from analytics.comparison import ComparisonPreset
from analytics.enums import AttributionWindow, Breakdown, DatePreset, EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.measure import Measure
from analytics.periods import AskedDays
from errors import BadInput
from models.ads.campaign import DeliveryStatus
from models.ads.tag_filter import TagMatch
from models.insights.filter import BreakdownMatch, InsightsFilter
from models.insights.having import Having, MetricCondition
from models.insights.metric_values import AskedMetrics
from models.insights.question import RowKey, SortKey, TagKey
from models.text_match import TextMatch
from services.insights.request import InsightsRequest

Kept = dict[str, Any]
# What a question is made of. Nothing else is read back, whatever the row says.
_RECORDS: Mapping[str, type] = {
    each.__name__: each
    for each in (
        InsightsRequest, AskedDays, AskedMetrics, InsightsFilter, BreakdownMatch, TagMatch, TextMatch, Having,
        MetricCondition, SortKey, TagKey,
    )
}  # fmt: skip
_SETS: Mapping[str, type[Enum]] = {
    each.__name__: each
    for each in (
        AttributionWindow, Breakdown, ComparisonPreset, DatePreset, DeliveryStatus, EntityLevel, Metric, RowKey,
        SortOrder, TimeGrain,
    )
}  # fmt: skip
_BUILT_IN = {measure.key: measure for measure in MEASURES.values()}


def kept_question(request: InsightsRequest) -> Kept:
    """The request as a JSON object."""
    kept: Kept = _kept(request)
    return kept


def custom_keys(kept: Kept) -> list[str]:
    """The keys of the custom metrics that the question needs."""
    return sorted(set(_custom_keys(kept)))


def question_of(kept: Kept, customs: Mapping[str, Measure]) -> InsightsRequest:
    """The request that was kept; raises BadInput for a custom metric that is not among `customs` any more."""
    request = _read(kept, customs)
    assert isinstance(request, InsightsRequest)
    return request


def _kept(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return {"one_of": type(value).__name__, "value": value.value}
        case str():
            return {"text": value}
        case Decimal():
            return {"decimal": str(value)}
        case UUID():
            return {"uuid": str(value)}
        case date():
            return {"date": value.isoformat()}
        case Measure():
            return {"custom" if value.metric is None else "metric": value.key}
        case frozenset():
            return {"set": sorted((_kept(each) for each in value), key=str)}
        case tuple() | list():
            return [_kept(each) for each in value]
    assert is_dataclass(value), type(value)
    assert type(value) is _RECORDS[type(value).__name__]
    return {
        "record": type(value).__name__,
        "fields": {each.name: _kept(getattr(value, each.name)) for each in fields(value)},
    }


def _read(kept: Any, customs: Mapping[str, Measure]) -> Any:  # noqa: C901, PLR0911 - a line for each kind of value
    match kept:
        case {"one_of": kind, "value": value}:
            return _SETS[kind](value)
        case {"text": value}:
            return value
        case {"decimal": value}:
            return Decimal(value)
        case {"uuid": value}:
            return UUID(value)
        case {"date": value}:
            return date.fromisoformat(value)
        case {"metric": key}:
            return _BUILT_IN[key]
        case {"custom": key}:
            if key not in customs:
                raise BadInput(f"The custom metric {key} was deleted after this question was asked.")
            return customs[key]
        case {"set": values}:
            return frozenset(_read(each, customs) for each in values)
        case {"record": kind, "fields": values}:
            return _RECORDS[kind](**{name: _read(each, customs) for name, each in values.items()})
        case list():
            return tuple(_read(each, customs) for each in kept)
        case _:
            return kept


def _custom_keys(kept: Any) -> list[str]:
    if isinstance(kept, list):
        return [key for each in kept for key in _custom_keys(each)]
    if not isinstance(kept, dict):
        return []
    return (
        [kept["custom"]] if set(kept) == {"custom"} else [key for each in kept.values() for key in _custom_keys(each)]
    )
