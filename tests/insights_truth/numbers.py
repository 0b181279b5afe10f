"""What a group of rows amounts to: sums of facts, and metrics of these sums, each an exact fraction or None."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.insights_truth.metrics import (
    CONVERSIONS,
    METRICS,
    MONEY,
    PEOPLE,
    Answered,
    Value,
    Written,
    answered,
    calculate,
)
from tests.insights_truth.rates import converted
from tests.insights_truth.world import AdDay, People


@dataclass(frozen=True, slots=True)
class Terms:
    """In which terms a question wants its numbers: `currency` is None where money stays as it is.

    `customs` are the tenant's own metrics by key.
    """

    attribution: str = "ACCOUNT_DEFAULT"
    currency: str | None = None
    customs: Mapping[str, Written] = field(default_factory=dict)

    def metric(self, key: str) -> Written:
        """A built-in or custom metric."""
        return METRICS[key] if key in METRICS else self.customs[key]

    def facts_of(self, key: str) -> set[str]:
        """The facts that a metric is computed from."""
        names = self.metric(key).names
        return {fact for name in names for fact in self.facts_of(name)} if key in self.customs else names


@dataclass(frozen=True, slots=True)
class Numbers:
    """The rows of one group. `people` are those of exactly this group and period, where they are known."""

    rows: Sequence[AdDay]
    terms: Terms
    people: People | None = None

    @property
    def currencies(self) -> set[str]:
        """Those of the rows."""
        return {row.currency for row in self.rows}

    @property
    def shown_currencies(self) -> set[str]:
        """Those of the money that is shown."""
        return {self.terms.currency} if self.terms.currency and self.rows else self.currencies

    def metric(self, key: str) -> Value:
        # Where all rows have one currency, what is no money itself takes it as it is and needs no rate.
        is_own = self.terms.metric(key).kind != "MONEY" and len(self.currencies) == 1
        return self._metric(key, is_own=is_own)

    def answered(self, key: str) -> Answered:
        return answered(self.metric(key), self.terms.metric(key).kind, is_built_in=key in METRICS)

    def _metric(self, key: str, *, is_own: bool) -> Value:
        if key in self.terms.customs:
            return calculate(self.terms.customs[key].formula, lambda name: self._metric(name, is_own=is_own))
        return calculate(METRICS[key].formula, lambda name: self._fact(name, is_own=is_own))

    def _fact(self, name: str, *, is_own: bool) -> Value:
        """The sum of a fact: None where no row has a value, or where it would add several currencies."""
        if name in PEOPLE:
            return self._people(name)
        windowed = name in CONVERSIONS and self.terms.attribution != "ACCOUNT_DEFAULT"
        column = f"{name}@{self.terms.attribution}" if windowed else name
        known = [(row, Fraction(value)) for row in self.rows if (value := row.facts[column]) is not None]
        if name not in MONEY or is_own:
            return _sum([value for _, value in known])
        if self.terms.currency is None:
            return _sum([value for _, value in known]) if len(self.currencies) == 1 else None
        target = self.terms.currency
        return _sum([converted(value, row.day, source=row.currency, target=target) for row, value in known])

    def _people(self, name: str) -> Value:
        if self.people is None:
            return None
        value = self.people.reach if name == "reach" else self.people.unique_clicks
        return None if value is None else Fraction(value)


def _sum(values: Sequence[Value]) -> Value:
    """None where there are none, and where one is not known: never a part of the sum."""
    total = Fraction()
    for value in values:
        if value is None:
            return None
        total += value
    return total if values else None
