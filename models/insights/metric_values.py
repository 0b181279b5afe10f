"""Which metrics are asked for, and their values as rows carry them; computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from analytics.enums import Metric
from analytics.metrics.catalogue import METRICS, MetricDefinition
from analytics.metrics.facts import ADDITIVE_FACTS, UNIQUE_FACTS


@dataclass(frozen=True, slots=True)
class AskedMetrics:
    """What is asked for is what is computed. `is_explained`: all facts as well, to compute any metric from in Python.

    `actions`: types as the platform names them, summed from the raw lists of the ad-days.
    """

    metrics: frozenset[Metric]
    is_explained: bool = False
    actions: frozenset[str] = frozenset()
    shows_currency: bool = False

    @property
    def needs_currency(self) -> bool:
        """Whether an answer has to say what currency each group's money is in."""
        return self.shows_currency or self.is_money

    @property
    def definitions(self) -> tuple[MetricDefinition, ...]:
        """In the order of the catalogue, so that equal metrics make equal statements."""
        return _definitions(self.metrics)

    @property
    def is_money(self) -> bool:
        return self.is_explained or bool(self.actions) or any(each.is_money for each in self.definitions)

    @property
    def action_types(self) -> list[str]:
        """In one order, so that columns find their types again."""
        return sorted(self.actions)

    @property
    def needs_people(self) -> bool:
        return self.is_explained or any(definition.needs_people for definition in self.definitions)

    def facts(self, others: Iterable[Metric] = ()) -> list[str]:
        """Additive base facts that these and other metrics, such as those sorted by, are computed from."""
        needed = {name for metric in (*self.metrics, *others) for name in METRICS[metric].facts}
        needed |= {"spend"} if self.actions else set()
        return [fact.name for fact in ADDITIVE_FACTS if self.is_explained or fact.name in needed]

    def explained_facts(self, *, has_people: bool) -> list[str]:
        """The facts to read beside the metrics; people only where they are stored for the group."""
        if not self.is_explained:
            return []
        return [fact.name for fact in (*ADDITIVE_FACTS, *(UNIQUE_FACTS if has_people else ()))]

    def union(self, other: "AskedMetrics") -> "AskedMetrics":
        is_explained = self.is_explained or other.is_explained
        shows_currency = self.shows_currency or other.shows_currency
        return AskedMetrics(self.metrics | other.metrics, is_explained, self.actions | other.actions, shows_currency)


@lru_cache(maxsize=1024)
def _definitions(metrics: frozenset[Metric]) -> tuple[MetricDefinition, ...]:
    return tuple(METRICS[metric] for metric in Metric if metric in metrics)


@dataclass(slots=True)
class ActionSums:
    """One action type of the group; `value` is its worth, `cost_per` the spend of the whole group per action."""

    type: str
    count: Decimal | None
    value: Decimal | None
    cost_per: Decimal | None


class MetricSet:
    """One set of metrics: those asked for are attributes under their names in the catalogue, others are not set."""

    __slots__ = ("actions", "currency", "sums", *(definition.attribute for definition in METRICS.values()))

    def __init__(
        self,
        currency: str | None,
        attributes: Sequence[str],
        values: Iterable[Any],
        sums: Mapping[str, Any] | None = None,
    ) -> None:
        # None where the group has money of several, so that all sums of money are None.
        self.currency = currency
        # By type; set where types were asked for.
        self.actions: Mapping[str, ActionSums] = {}
        # Summed facts by name, people as stored and only where they are; None unless the metrics are explained.
        self.sums: Mapping[str, int | Decimal | None] | None = sums
        for attribute, value in zip(attributes, values, strict=False):
            setattr(self, attribute, value)
