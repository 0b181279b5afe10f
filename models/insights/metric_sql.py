"""Renders formulas of metrics to SQL over columns of summed facts; the formulas themselves are in analytics/."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Numeric, cast, func, literal, literal_column

from analytics.enums import MetricUnit
from analytics.metrics.formula import Calculation, Constant, Fact, Formula
from analytics.metrics.measure import Measure

Number = ColumnElement[Any]
# From the name of a base fact to its column.
FactColumn = Callable[[str], Number]

# As many decimal places as stored amounts have (models/insights/tables.py). A quotient may have any number of digits,
# and money is printed with at most 15 significant ones.
_MONEY_PLACES = 6
# Postgres gives a quotient some 16 to 20 significant digits, by the first digits of its operands: 5004/5003 has fewer
# than 10008/10006, so the two would differ. It has at least as many decimal places as its operands, and of 40 enough
# are significant to make floats and money right to their last digit, and equal fractions equal.
_ZERO_OF_40_PLACES: ColumnElement[Any] = literal_column("0e-40", Numeric())


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
            return quotient(left, right)


def quotient(left: Number, right: Number) -> Number:
    """`left / right` to 40 decimal places or more; NULL where `right` is 0."""
    return (left + _ZERO_OF_40_PLACES) / func.nullif(right, 0, type_=Numeric())


def printed(measure: Measure, value: Number) -> Number:
    """The measure's `value` in exactly the type that the API prints: int, Decimal or float; money rounded."""
    if measure.is_whole:
        return cast(value, BigInteger)
    if measure.unit is MetricUnit.MONEY:
        return func.trim_scale(func.round(value, _MONEY_PLACES), type_=Numeric())
    return cast(value, Double) if measure.is_float else func.trim_scale(cast(value, Numeric), type_=Numeric())
