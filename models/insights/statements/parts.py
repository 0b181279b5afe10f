"""Parts of ad-days by breakdowns: in which column the values of a breakdown stand, and how they are compared.

A set has one or two breakdowns. A breakdown that is the second of a pair is the first of its own set, so that where
accounts are read from different sets the row's set decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal

from analytics.enums import Breakdown

FIRST, SECOND = "first_value", "second_value"


@dataclass(frozen=True, slots=True)
class PartColumn:
    """Where the values of a breakdown stand in the sets that are read; `name` is None where they differ in that."""

    breakdown: Breakdown
    name: str | None

    def of(self, facts: Any) -> ColumnElement[Any]:
        """The value, which is '' where the platform left the breakdown out."""
        if self.name is not None:
            column: ColumnElement[Any] = facts.c[self.name]
            return column
        is_own = facts.c.breakdown_set == literal(self.breakdown.value)
        return case((is_own, facts.c[FIRST]), else_=facts.c[SECOND])

    def or_null(self, facts: Any) -> ColumnElement[Any]:
        """The value; null where the platform left the breakdown out."""
        return func.nullif(self.of(facts), literal(""))


def part_columns(breakdowns: Iterable[Breakdown], sets: Iterable[str]) -> tuple[PartColumn, ...]:
    """The columns of the breakdowns in these sets, which are given by name and all hold them."""
    read = [tuple(each.split(",")) for each in sorted(set(sets))]
    places = {breakdown: {each.index(breakdown) for each in read} for breakdown in breakdowns}
    return tuple(
        PartColumn(breakdown, (FIRST, SECOND)[at.pop()] if len(at) == 1 else None) for breakdown, at in places.items()
    )
