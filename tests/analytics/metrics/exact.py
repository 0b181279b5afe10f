"""Formulas calculated once more in fractions, and where the rounding of decimals makes another case of one."""

from collections.abc import Mapping
from fractions import Fraction

from analytics.metrics.formula import Calculation, Constant, Fact, Formula, evaluate


def exactly(formula: Formula, facts: Mapping[str, int | None]) -> Fraction | None:
    """The same in fractions, which know neither rounding nor our code."""
    if isinstance(formula, Constant):
        return Fraction(formula.value)
    if isinstance(formula, Fact):
        value = facts[formula.name]
        return None if value is None else Fraction(value)
    assert isinstance(formula, Calculation)
    left, right = exactly(formula.left, facts), exactly(formula.right, facts)
    if left is None or right is None or (formula.operator == "/" and right == 0):
        return None
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
    }[formula.operator]()


def is_near_zero(formula: Formula, facts: Mapping[str, int | None]) -> bool:
    """Whether a denominator is 0 in fractions but not after the rounding of decimals."""
    if not isinstance(formula, Calculation):
        return False
    right = exactly(formula.right, facts)
    rounded = evaluate(formula.right, facts)
    if formula.operator == "/" and right is not None and rounded is not None and (right == 0) != (rounded == 0):
        return True
    return is_near_zero(formula.left, facts) or is_near_zero(formula.right, facts)
