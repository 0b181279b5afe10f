"""A metric's value with the reason when there is none, from the facts behind it."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from analytics.enums import Additivity, MetricUnit, NullReason
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.formula import evaluate, has_zero_denominator

Facts = Mapping[str, int | Decimal | None]

_MONEY_STEP = Decimal("0.000001")


def value_of(definition: MetricDefinition, facts: Facts) -> Decimal | None:
    """The metric over summed facts; people that are missing in `facts` are not stored for this group."""
    if any(name not in facts for name in definition.facts):
        return None
    value = evaluate(definition.expression, facts)
    if value is None or definition.unit is not MetricUnit.MONEY:
        return value
    # A tie goes away from zero, as in the database: the metric's own field says the same number.
    return value.quantize(_MONEY_STEP, ROUND_HALF_UP)


def null_reason(definition: MetricDefinition, facts: Facts) -> NullReason | None:
    """Why `value_of` is None; None when it is not."""
    for name in definition.facts:
        if name not in facts and FACTS_BY_NAME[name].additivity is Additivity.SEMI_ADDITIVE:
            return NullReason.NOT_ADDITIVE
        if facts.get(name) is None:
            is_shown = facts.get("impressions") is not None
            return NullReason.NOT_APPLICABLE if FACTS_BY_NAME[name].is_video and is_shown else NullReason.NOT_REPORTED
    return NullReason.ZERO_DENOMINATOR if has_zero_denominator(definition.expression, facts) else None
