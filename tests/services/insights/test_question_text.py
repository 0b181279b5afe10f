"""A question that was kept is read back as it was asked, and of nothing but what questions are made of."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from analytics.comparison import ComparisonPreset
from analytics.enums import (
    AttributionWindow,
    Breakdown,
    DatePreset,
    EntityLevel,
    Metric,
    MetricUnit,
    SortOrder,
    TimeGrain,
)
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.formula import Constant
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
from services.insights.question_text import custom_keys, kept_question, question_of
from services.insights.request import InsightsRequest

OWN = Measure(key="own", unit=MetricUnit.COUNT, expression=Constant(Decimal(1)))
OTHER = Measure(key="other", unit=MetricUnit.COUNT, expression=Constant(Decimal(2)))
CUSTOMS: Mapping[str, Measure] = {"own": OWN, "other": OTHER}
SPEND = MEASURES[Metric.SPEND]
NAME = TextMatch(eq='\U0001f600 "x"', any_of=("a", ""), contains="%_", starts_with="=", is_null=False)
EVERYTHING = InsightsRequest(
    days=AskedDays(date(2026, 1, 1)),
    shown=AskedMetrics(frozenset({Metric.SPEND, Metric.ROAS}), (OWN,), shows_currency=True),
    ad_account_ids=(uuid4(), uuid4()),
    level=EntityLevel.CREATIVE,
    grain=TimeGrain.WEEK,
    breakdowns=(Breakdown.AGE, Breakdown.GENDER),
    wanted=InsightsFilter(
        all_of=(InsightsFilter(name=NAME), InsightsFilter(status=(DeliveryStatus.ACTIVE,), ad_ids=())),
        none_of=InsightsFilter(
            breakdown=BreakdownMatch(Breakdown.AGE, NAME), tag=TagMatch("angle", NAME), campaign_ids=(uuid4(),)
        ),
    ),
    having=Having(
        any_of=(
            Having(where=MetricCondition(OTHER, gt=Decimal("0.10"), lte=Decimal("1E+5"))),
            Having(none_of=Having(where=MetricCondition(SPEND, is_null=True))),
        )
    ),
    tags=("angle", "a.b"),
    compare_to=ComparisonPreset.PREVIOUS_YEAR,
    fills_gaps=True,
    sort=(
        SortKey(OWN, SortOrder.DESC, is_change=True),
        SortKey(RowKey.NAME, SortOrder.ASC),
        SortKey(TagKey(1), SortOrder.ASC),
    ),
    attribution=AttributionWindow.CLICK_7D,
    currency="EUR",
)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"days": DatePreset.LAST_7_DAYS, "compare_to": AskedDays(date(2025, 1, 1), date(2025, 1, 7))},
        {"wanted": None},
    ],
    ids=["everything", "presets", "no filter"],
)
def test_what_was_kept_is_read_back_as_it_was(changed: dict[str, Any]) -> None:
    request = replace(EVERYTHING, **changed)
    kept = json.loads(json.dumps(kept_question(request)))
    assert question_of(kept, CUSTOMS) == request
    assert custom_keys(kept) == ["other", "own"]
    assert kept == kept_question(request)


def test_a_metric_that_is_gone_is_told_by_name() -> None:
    with pytest.raises(BadInput, match="The custom metric other was deleted"):
        question_of(kept_question(EVERYTHING), {"own": OWN})


def test_nothing_else_is_ever_made_of_what_a_row_says() -> None:
    for kept in ({"record": "Path", "fields": {}}, {"one_of": "AppEnv", "value": "production"}):
        with pytest.raises(KeyError):
            question_of(kept, {})
