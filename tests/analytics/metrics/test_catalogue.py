"""The catalogue: golden numbers of real rows, nulls, and what holds for every metric."""

from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import Additivity, Metric, NullReason
from analytics.metrics.catalogue import MEASURES, METRICS
from analytics.metrics.definition import camel_case
from analytics.metrics.explain import null_reason, value_of
from analytics.metrics.facts import BASE_FACTS

NOTHING: dict[str, Any] = {fact.name: 0 for fact in BASE_FACTS}
# A real row of a campaign for traffic, in Danish kroner.
TRAFFIC = NOTHING | {
    "impressions": 64243,
    "spend": Decimal("2447.55"),
    "clicks_all": 5474,
    "link_clicks": 2532,
    "video_views_3s": 17448,
}


def value(metric: Metric, facts: dict[str, Any]) -> float | None:
    found = value_of(MEASURES[metric], facts)
    return None if found is None else float(found)


@pytest.mark.parametrize(
    ("spend", "clicks", "expected"), [("18.61", 32, "0.581563"), ("71.17", 32, "2.224063"), ("0.01", 3, "0.003333")]
)
def test_money_ends_after_six_places_and_a_tie_goes_up(spend: str, clicks: int, expected: str) -> None:
    facts = NOTHING | {"spend": Decimal(spend), "clicks_all": clicks}
    assert value_of(MEASURES[Metric.CPC_ALL], facts) == Decimal(expected)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.CTR_ALL, 0.08520773),
        (Metric.CTR_LINK, 0.039413),
        (Metric.HOOK_RATE, 0.27159),
        (Metric.CPM, 38.098314),
        (Metric.CPC_ALL, 0.447123),
    ],
)
def test_a_real_row_gives_the_numbers_that_meta_printed(metric: Metric, expected: float) -> None:
    assert value(metric, TRAFFIC) == pytest.approx(expected, rel=2e-5)


def test_clicks_of_all_kinds_are_more_than_twice_the_link_clicks() -> None:
    assert (value(Metric.CLICKS_ALL, TRAFFIC) or 0) > 2 * (value(Metric.LINK_CLICKS, TRAFFIC) or 0)


def test_unique_click_through_rate_of_a_real_row() -> None:
    assert value(Metric.UNIQUE_CTR, NOTHING | {"unique_clicks": 1, "reach": 797}) == pytest.approx(0.00125471, rel=1e-5)


def test_a_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    pooled = value(Metric.CTR_ALL, NOTHING | {"clicks_all": 10 + 1, "impressions": 100 + 1000})
    assert pooled == pytest.approx(0.01)
    assert pooled != pytest.approx((0.1 + 0.001) / 2)


def test_spend_without_a_purchase_has_no_cost_per_purchase_and_a_roas_of_zero() -> None:
    facts = NOTHING | {"spend": Decimal(50)}
    assert value(Metric.CPA_PURCHASE, facts) is None
    assert value(Metric.ROAS, facts) == 0
    assert null_reason(MEASURES[Metric.CPA_PURCHASE], facts) is NullReason.ZERO_DENOMINATOR
    assert null_reason(MEASURES[Metric.ROAS], facts) is None


def test_one_impression_without_spend_has_rates_of_zero() -> None:
    facts = NOTHING | {"impressions": 1}
    assert (value(Metric.CTR_ALL, facts), value(Metric.CPM, facts), value(Metric.CPC_ALL, facts)) == (0, 0, None)


def test_roas_of_a_thousand_and_five_thousand_is_five() -> None:
    assert value(Metric.ROAS, NOTHING | {"spend": 1000, "purchase_value": 5000}) == 5


def test_a_fact_that_was_not_reported_makes_the_metric_null() -> None:
    facts = NOTHING | {"purchases": None, "spend": 5}
    assert value(Metric.CPA_PURCHASE, facts) is None
    assert null_reason(MEASURES[Metric.CPA_PURCHASE], facts) is NullReason.NOT_REPORTED


def test_video_metrics_of_an_image_are_not_applicable() -> None:
    facts = NOTHING | {"impressions": 10, "video_views_3s": None}
    assert null_reason(MEASURES[Metric.HOOK_RATE], facts) is NullReason.NOT_APPLICABLE


def test_people_that_are_not_stored_for_the_group_are_not_additive() -> None:
    facts = {name: number for name, number in NOTHING.items() if name not in ("reach", "unique_clicks")}
    assert value(Metric.REACH, facts) is None
    assert null_reason(MEASURES[Metric.FREQUENCY], facts) is NullReason.NOT_ADDITIVE


def test_every_metric_is_defined_once_and_documented() -> None:
    assert list(METRICS) == list(Metric)
    for definition in METRICS.values():
        assert definition.description.endswith(".")
        assert set(definition.measure.facts) <= {fact.name for fact in BASE_FACTS}


def test_a_plain_fact_is_as_additive_as_the_fact_and_a_formula_is_a_ratio() -> None:
    assert METRICS[Metric.SPEND].additivity is Additivity.ADDITIVE
    assert METRICS[Metric.REACH].additivity is Additivity.SEMI_ADDITIVE
    assert METRICS[Metric.CPM].additivity is Additivity.RATIO


def test_formulas_read_as_people_write_them() -> None:
    assert METRICS[Metric.CPM].formula == "1000 * spend / impressions"
    assert METRICS[Metric.AVG_WATCH_SECONDS].formula == "watchSeconds / videoStarts"


def test_names_are_those_of_the_api() -> None:
    keys = {METRICS[metric].key for metric in (Metric.VIDEO_VIEWS_3S, Metric.VIDEO_P25, Metric.CPA_PURCHASE)}
    assert keys == {"videoViews3s", "videoP25", "cpaPurchase"}
    assert camel_case("landing_page_views") == "landingPageViews"


def test_a_ratio_of_two_amounts_is_free_of_currency_and_a_price_is_not() -> None:
    assert MEASURES[Metric.ROAS].is_free_of_currency
    for metric in (Metric.SPEND, Metric.CPM, Metric.AOV, Metric.CTR_ALL):
        assert not MEASURES[metric].is_free_of_currency
    assert not MEASURES[Metric.CTR_ALL].is_money
