"""Which metrics are asked for, and their values as rows carry them; computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.enums import Additivity, Metric
from analytics.facts import BASE_FACTS, FACTS_BY_NAME
from analytics.registry import METRICS, MetricDefinition


@dataclass(frozen=True, slots=True)
class MetricSelection:
    """What is selected is what is computed; `is_explained`: the sums behind it as well, to say why a value is null."""

    metrics: frozenset[Metric]
    is_explained: bool = False

    @property
    def definitions(self) -> list[MetricDefinition]:
        """In the order of the catalogue, so that equal selections make equal statements."""
        return [METRICS[metric] for metric in Metric if metric in self.metrics]

    @property
    def is_money(self) -> bool:
        return any(definition.is_money for definition in self.definitions)

    @property
    def people(self) -> list[MetricDefinition]:
        """The selected metrics that stand on deduplicated people."""
        return [definition for definition in self.definitions if definition.needs_people]

    def facts(self, others: Iterable[Metric] = ()) -> list[str]:
        """Additive base facts that the selection and other metrics, such as those sorted by, are computed from."""
        needed = {name for metric in (*self.metrics, *others) for name in METRICS[metric].facts}
        return [fact.name for fact in BASE_FACTS if fact.name in needed and _is_summed(fact.name)]

    @property
    def explained_facts(self) -> list[str]:
        """Every fact behind the selection, people included; none unless it is to be explained."""
        if not self.is_explained:
            return []
        return list(dict.fromkeys(name for definition in self.definitions for name in definition.facts))

    def union(self, other: "MetricSelection") -> "MetricSelection":
        return MetricSelection(self.metrics | other.metrics, self.is_explained or other.is_explained)


def _is_summed(name: str) -> bool:
    return FACTS_BY_NAME[name].additivity is Additivity.ADDITIVE


class MetricValues:
    """One set of metrics: the selected ones are attributes under their names in the catalogue, others are not set."""

    __slots__ = ("currency", "sums", *(definition.attribute for definition in METRICS.values()))

    def __init__(
        self, currency: str, attributes: Sequence[str], values: Iterable[Any], sums: Mapping[str, Any] | None = None
    ) -> None:
        self.currency = currency
        # Summed base facts by name, people as stored; None unless the selection is explained.
        self.sums: Mapping[str, int | Decimal | None] | None = sums
        for attribute, value in zip(attributes, values, strict=False):
            setattr(self, attribute, value)
