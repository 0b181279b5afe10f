"""What a group of rows amounts to: sums of facts, and metrics of these sums, each an exact fraction or None."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.insights_truth.metrics import CONVERSIONS, METRICS, MONEY, PEOPLE, Value, calculate
from tests.insights_truth.world import AdDay, People


@dataclass(frozen=True, slots=True)
class Numbers:
    """The rows of one group. `people` are those of exactly this group and period, where they are known."""

    rows: Sequence[AdDay]
    attribution: str
    people: People | None = None

    @property
    def currencies(self) -> set[str]:
        return {row.currency for row in self.rows}

    def metric(self, key: str) -> Value:
        return calculate(METRICS[key].formula, self.fact)

    def fact(self, name: str) -> Value:
        """The sum of a fact: None where no row has a value, and where it would add several currencies."""
        if name in PEOPLE:
            return self._people(name)
        if name in MONEY and len(self.currencies) > 1:
            return None
        windowed = name in CONVERSIONS and self.attribution != "ACCOUNT_DEFAULT"
        column = f"{name}@{self.attribution}" if windowed else name
        found = [Fraction(value) for row in self.rows if (value := row.facts[column]) is not None]
        return sum(found, Fraction()) if found else None

    def _people(self, name: str) -> Value:
        if self.people is None:
            return None
        value = self.people.reach if name == "reach" else self.people.unique_clicks
        return None if value is None else Fraction(value)
