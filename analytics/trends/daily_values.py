"""Metrics of many days at once: a formula over arrays of facts, as exact as floats are."""

from collections.abc import Mapping

import numpy as np

from analytics.metrics.formula import Calculation, Constant, Fact, Formula
from analytics.trends.loglinear import Floats


def daily_values(formula: Formula, facts: Mapping[str, Floats]) -> Floats:
    """The value on each day; nan where a fact is unknown or a denominator is zero."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = _computed(formula, facts)
        values: Floats = np.where(np.isfinite(found), found, np.nan)
    return values


def _computed(formula: Formula, facts: Mapping[str, Floats]) -> Floats:
    if isinstance(formula, Fact):
        return facts[formula.name]
    if isinstance(formula, Constant):
        return np.asarray(float(formula.value))
    assert isinstance(formula, Calculation)
    left, right = _computed(formula.left, facts), _computed(formula.right, facts)
    match formula.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / np.where(right == 0, np.nan, right)
