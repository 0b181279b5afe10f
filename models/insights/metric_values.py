"""Which metrics are asked for, and their values as answers have them; this module computes no metric."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from analytics.enums import Metric
from analytics.metrics.catalogue import MEASURES, METRICS
from analytics.metrics.facts import ADDITIVE_FACTS, UNIQUE_FACTS
from analytics.metrics.measure import Measure


@dataclass(frozen=True, slots=True)
class AskedMetrics:
    """The metrics and action types that a client selected: only these are computed.

    `is_explained` adds all facts, from which Python can compute any metric. `actions` are action types by the names of
    the platform; they are summed from the raw lists of the ad-days.
    """

    metrics: frozenset[Metric]
    is_explained: bool = False
    actions: frozenset[str] = frozenset()
    shows_currency: bool = False

    @property
    def needs_currency(self) -> bool:
        """Whether an answer must have the currency of each group's money."""
        return self.shows_currency or self.is_money

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures in the order of the catalogue, so that equal sets of metrics make equal statements."""
        return _measures(self.metrics)

    @property
    def is_money(self) -> bool:
        return self.is_explained or bool(self.actions) or any(each.is_money for each in self.measures)

    @property
    def action_types(self) -> list[str]:
        """The action types in a fixed order, by which columns are matched to types."""
        return sorted(self.actions)

    @property
    def needs_people(self) -> bool:
        return self.is_explained or any(each.needs_people for each in self.measures)

    def facts(self, others: Iterable[Metric] = ()) -> list[str]:
        """Names of the additive base facts that these metrics, and `others` such as those sorted by, are computed from.

        They are in the order of the catalogue.
        """
        needed = {name for metric in (*self.metrics, *others) for name in MEASURES[metric].facts}
        # The cost per action is spend over the count of actions.
        needed |= {"spend"} if self.actions else set()
        return [fact.name for fact in ADDITIVE_FACTS if self.is_explained or fact.name in needed]

    def explained_facts(self, *, has_people: bool) -> list[str]:
        """Names of the facts to read beside the metrics; `has_people`: people are stored for the group, so they too."""
        if not self.is_explained:
            return []
        return [fact.name for fact in (*ADDITIVE_FACTS, *(UNIQUE_FACTS if has_people else ()))]

    def union(self, other: "AskedMetrics") -> "AskedMetrics":
        is_explained = self.is_explained or other.is_explained
        shows_currency = self.shows_currency or other.shows_currency
        return AskedMetrics(self.metrics | other.metrics, is_explained, self.actions | other.actions, shows_currency)


@lru_cache(maxsize=1024)
def _measures(metrics: frozenset[Metric]) -> tuple[Measure, ...]:
    return tuple(MEASURES[metric] for metric in Metric if metric in metrics)


@dataclass(slots=True)
class ActionSums:
    """One action type of a group: `value` is the money it brought, `cost_per` is the group's spend over `count`."""

    type: str
    count: Decimal | None
    value: Decimal | None
    cost_per: Decimal | None


class MetricSet:
    """One set of metrics: those asked for are attributes, named as in the catalogue; the others are not set."""

    __slots__ = ("actions", "currency", "sums", *(definition.attribute for definition in METRICS.values()))

    def __init__(
        self,
        currency: str | None,
        attributes: Sequence[str],
        values: Iterable[Any],
        sums: Mapping[str, Any] | None = None,
    ) -> None:
        # None where the group has several currencies; all its sums of money are None then.
        self.currency = currency
        # By action type; empty unless types were asked for.
        self.actions: Mapping[str, ActionSums] = {}
        # Sums of facts by name, and the stored people where there are some; None unless the metrics are explained.
        self.sums: Mapping[str, int | Decimal | None] | None = sums
        for attribute, value in zip(attributes, values, strict=False):
            setattr(self, attribute, value)
