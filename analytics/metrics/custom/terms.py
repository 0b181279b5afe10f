"""What the formula of a custom metric is made of, and its faults. Columns count characters from 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from analytics.metrics.formula import Operator


class FormulaFault(ValueError):
    """A formula that cannot be used; the message says where and why, for whoever wrote it."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"At column {column}: {reason}.")
        self.column = column


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    column: int


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a metric, built-in or custom."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Operand:
    """An operator, its column, and what is on its right."""

    operator: Operator
    term: "Term"
    column: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms that are added and subtracted, or multiplied and divided, from left to right; never both in one chain."""

    first: "Term"
    operands: tuple[Operand, ...]

    @property
    def is_sum(self) -> bool:
        return self.operands[0].operator in "+-"


Term = Number | Key | Chain


def keys_of(term: Term) -> Iterator[Key]:
    """The keys in reading order; one that occurs twice comes twice."""
    if isinstance(term, Key):
        yield term
    elif isinstance(term, Chain):
        yield from keys_of(term.first)
        for operand in term.operands:
            yield from keys_of(operand.term)
