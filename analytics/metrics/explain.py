"""Computes a metric from the facts behind it, and tells the reason if it has no value."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from analytics.enums import Additivity, MetricUnit, NullReason
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.formula import evaluate, has_zero_denominator
from analytics.metrics.measure import Measure

Facts = Mapping[str, int | Decimal | None]

_MONEY_STEP = Decimal("0.000001")


def value_of(measure: Measure, facts: Facts) -> Decimal | None:
    """The metric over summed facts; None if it has no value.

    Deduplicated people that are not stored for the group must not be in `facts`.
    """
    if any(name not in facts for name in measure.facts):
        return None
    value = evaluate(measure.expression, facts)
    if value is None or measure.unit is not MetricUnit.MONEY:
        return value
    # Ties are rounded away from zero as Postgres does, so that this is the same number as the metric's own field.
    return value.quantize(_MONEY_STEP, ROUND_HALF_UP)


def null_reason(measure: Measure, facts: Facts) -> NullReason | None:
    """Why `value_of` is None; None if it is not. An amount that lacks a rate to be converted by is not a number."""
    if any(_lacks_rate(facts.get(name)) for name in measure.facts):
        return NullReason.NO_FX_RATE
    for name in measure.facts:
        if name not in facts and FACTS_BY_NAME[name].additivity is Additivity.SEMI_ADDITIVE:
            return NullReason.NOT_ADDITIVE
        if facts.get(name) is None:
            is_shown = facts.get("impressions") is not None
            return NullReason.NOT_APPLICABLE if FACTS_BY_NAME[name].is_video and is_shown else NullReason.NOT_REPORTED
    return NullReason.ZERO_DENOMINATOR if has_zero_denominator(measure.expression, facts) else None


def _lacks_rate(amount: int | Decimal | None) -> bool:
    return isinstance(amount, Decimal) and amount.is_nan()
