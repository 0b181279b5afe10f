"""Which metrics are asked for, and their values as rows carry them; computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from analytics.enums import Metric
from analytics.facts import ADDITIVE_FACTS, UNIQUE_FACTS
from analytics.registry import METRICS, MetricDefinition


@dataclass(frozen=True, slots=True)
class MetricSelection:
    """What is selected is what is computed. `is_explained`: all facts as well, to compute any metric from in Python."""

    metrics: frozenset[Metric]
    is_explained: bool = False

    @property
    def definitions(self) -> tuple[MetricDefinition, ...]:
        """In the order of the catalogue, so that equal selections make equal statements."""
        return _definitions(self.metrics)

    @property
    def is_money(self) -> bool:
        return self.is_explained or any(definition.is_money for definition in self.definitions)

    @property
    def needs_people(self) -> bool:
        return self.is_explained or any(definition.needs_people for definition in self.definitions)

    def facts(self, others: Iterable[Metric] = ()) -> list[str]:
        """Additive base facts that the selection and other metrics, such as those sorted by, are computed from."""
        needed = {name for metric in (*self.metrics, *others) for name in METRICS[metric].facts}
        return [fact.name for fact in ADDITIVE_FACTS if self.is_explained or fact.name in needed]

    def explained_facts(self, *, has_people: bool) -> list[str]:
        """The facts to read beside the metrics; people only where they are stored for the group."""
        if not self.is_explained:
            return []
        return [fact.name for fact in (*ADDITIVE_FACTS, *(UNIQUE_FACTS if has_people else ()))]

    def union(self, other: "MetricSelection") -> "MetricSelection":
        return MetricSelection(self.metrics | other.metrics, self.is_explained or other.is_explained)


@lru_cache(maxsize=1024)
def _definitions(metrics: frozenset[Metric]) -> tuple[MetricDefinition, ...]:
    return tuple(METRICS[metric] for metric in Metric if metric in metrics)


class MetricValues:
    """One set of metrics: the selected ones are attributes under their names in the catalogue, others are not set."""

    __slots__ = ("currency", "sums", *(definition.attribute for definition in METRICS.values()))

    def __init__(
        self, currency: str, attributes: Sequence[str], values: Iterable[Any], sums: Mapping[str, Any] | None = None
    ) -> None:
        self.currency = currency
        # Summed facts by name, people as stored and only where they are; None unless the selection is explained.
        self.sums: Mapping[str, int | Decimal | None] | None = sums
        for attribute, value in zip(attributes, values, strict=False):
            setattr(self, attribute, value)
