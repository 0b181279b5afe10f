"""Renders formulas of metrics to SQL over columns of summed facts; the formulas themselves are in analytics/."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Numeric, cast, func, literal

from analytics.enums import MetricUnit
from analytics.metrics.formula import Calculation, Constant, Fact, Formula
from analytics.metrics.measure import Measure

Number = ColumnElement[Any]
# From the name of a base fact to its column.
FactColumn = Callable[[str], Number]

# As many decimal places as stored amounts have (models/insights/tables.py). A quotient may have any number of digits,
# and money is printed with at most 15 significant ones.
_MONEY_PLACES = 6


def render(formula: Formula, fact: FactColumn) -> Number:
    """The formula over `fact(name)`: NULL where a fact is NULL or a denominator is 0, as in `formula.evaluate`."""
    if isinstance(formula, Fact):
        return fact(formula.name)
    if isinstance(formula, Constant):
        return literal(formula.value, Numeric())
    assert isinstance(formula, Calculation)
    left, right = render(formula.left, fact), render(formula.right, fact)
    match formula.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / func.nullif(right, 0, type_=Numeric())


def printed(measure: Measure, value: Number) -> Number:
    """The measure's `value` in exactly the type that the API prints: int, Decimal or float."""
    if measure.is_whole:
        return cast(value, BigInteger)
    if measure.unit is MetricUnit.MONEY:
        return func.round(value, _MONEY_PLACES, type_=Numeric())
    return cast(value, Double if measure.is_float else Numeric)
