"""Conditions on the metrics of groups, after they were summed; there is no SQL here."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from analytics.metrics.measure import Measure
from errors import BadInput

_DEEPEST = 8
_MOST_PARTS = 200
# No metric is anywhere near it, and Postgres' numbers go far beyond.
_LARGEST = Decimal(10) ** 30


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """Every given part must be true. A comparison with a metric that has no value is false; `is_null` asks for that."""

    of: Measure
    gt: Decimal | None = None
    gte: Decimal | None = None
    lt: Decimal | None = None
    lte: Decimal | None = None
    is_null: bool | None = None

    @property
    def limits(self) -> tuple[Decimal, ...]:
        return tuple(limit for limit in (self.gt, self.gte, self.lt, self.lte) if limit is not None)


@dataclass(frozen=True, slots=True)
class Having:
    """Exactly one part is given; `all_of` of nothing is true, `any_of` of nothing is false."""

    all_of: "tuple[Having, ...] | None" = None
    any_of: "tuple[Having, ...] | None" = None
    none_of: "Having | None" = None
    where: MetricCondition | None = None

    def walk(self) -> "Iterator[Having]":
        """The condition and everything below it."""
        yield self
        for child in (*(self.all_of or ()), *(self.any_of or ()), *((self.none_of,) if self.none_of else ())):
            yield from child.walk()

    @property
    def conditions(self) -> tuple[MetricCondition, ...]:
        return tuple(part.where for part in self.walk() if part.where is not None)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that are compared, each once."""
        return tuple(dict.fromkeys(each.of for each in self.conditions))


def check_having_depth(depth: int) -> None:
    """Raises BadInput for a condition that is nested too deep; asked before the next level is built."""
    if depth > _DEEPEST:
        raise BadInput(f"A condition on metrics may have at most {_DEEPEST} levels of parts within parts.")


def check_having(having: Having) -> None:
    """Raises BadInput for too many parts, a condition that compares with nothing, and numbers no metric can have."""
    if sum(1 for _ in having.walk()) > _MOST_PARTS:
        raise BadInput(f"A condition on metrics may have at most {_MOST_PARTS} parts.")
    for condition in having.conditions:
        if not condition.limits and condition.is_null is None:
            raise BadInput("A condition on a metric compares it with something: give gt, gte, lt, lte or isNull.")
        if any(not limit.is_finite() or abs(limit) >= _LARGEST for limit in condition.limits):
            raise BadInput("A number to compare a metric with must be finite and smaller than 10 to the power of 30.")
