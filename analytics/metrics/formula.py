"""Formulas as expression trees over base facts: builds, prints and evaluates them; models/ renders them to SQL."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never

Number = int | Decimal
Operator = Literal["+", "-", "*", "/"]


class Formula:
    """A formula or a part of one; + - * / with formulas and whole numbers build larger ones."""

    __slots__ = ()

    def __add__(self, other: "Formula | int") -> "Calculation":
        return Calculation("+", self, _formula(other))

    def __sub__(self, other: "Formula | int") -> "Calculation":
        return Calculation("-", self, _formula(other))

    def __mul__(self, other: "Formula | int") -> "Calculation":
        return Calculation("*", self, _formula(other))

    def __rmul__(self, other: int) -> "Calculation":
        return Calculation("*", _formula(other), self)

    def __truediv__(self, other: "Formula | int") -> "Calculation":
        return Calculation("/", self, _formula(other))


@dataclass(frozen=True, slots=True)
class Fact(Formula):
    """The sum of a base fact over the rows of a group."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant(Formula):
    value: Number


@dataclass(frozen=True, slots=True)
class Calculation(Formula):
    operator: Operator
    left: Formula
    right: Formula


def _formula(part: Formula | int) -> Formula:
    return part if isinstance(part, Formula) else Constant(part)


def facts_of(formula: Formula) -> Iterator[str]:
    """The names of the base facts in reading order; a name that occurs twice comes twice."""
    if isinstance(formula, Fact):
        yield formula.name
    elif isinstance(formula, Calculation):
        yield from facts_of(formula.left)
        yield from facts_of(formula.right)


def evaluate(formula: Formula, facts: Mapping[str, Number | None]) -> Decimal | None:
    """The value of the formula; None when a fact is None or a denominator is zero."""
    if isinstance(formula, Fact):
        value = facts[formula.name]
        return None if value is None else Decimal(value)
    if isinstance(formula, Constant):
        return Decimal(formula.value)
    assert isinstance(formula, Calculation)
    left, right = evaluate(formula.left, facts), evaluate(formula.right, facts)
    if left is None or right is None:
        return None
    return _apply(formula.operator, left, right)


def _apply(operator: Operator, left: Decimal, right: Decimal) -> Decimal | None:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return None if right == 0 else left / right
        case _:
            assert_never(operator)


def has_zero_denominator(formula: Formula, facts: Mapping[str, Number | None]) -> bool:
    """Whether the value is None because of a division by zero, and not because of a fact that is None."""
    if not isinstance(formula, Calculation) or any(facts[name] is None for name in facts_of(formula)):
        return False
    if formula.operator == "/" and evaluate(formula.right, facts) == 0:
        return True
    return has_zero_denominator(formula.left, facts) or has_zero_denominator(formula.right, facts)


_BINDS: dict[Operator, int] = {"+": 1, "-": 1, "*": 2, "/": 2}


def text(formula: Formula, names: Mapping[str, str]) -> str:
    """The formula as a text such as `1000 * spend / reach`; `names` maps base facts to their names in the text."""
    if isinstance(formula, Fact):
        return names.get(formula.name, formula.name)
    if isinstance(formula, Constant):
        return str(formula.value)
    assert isinstance(formula, Calculation)
    binds = _BINDS[formula.operator]
    left = _bracketed(formula.left, names, below=binds)
    # a - (b - c) is not a - b - c, and likewise with /: a right part of the same precedence keeps its brackets.
    right = _bracketed(formula.right, names, below=binds + (formula.operator in "-/"))
    return f"{left} {formula.operator} {right}"


def _bracketed(part: Formula, names: Mapping[str, str], *, below: int) -> str:
    inner = text(part, names)
    return f"({inner})" if isinstance(part, Calculation) and _BINDS[part.operator] < below else inner
