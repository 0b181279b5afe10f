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

# The field of a row that has the value of a built-in metric.
_ATTRIBUTES = {definition.key: definition.attribute for definition in METRICS.values()}
# Whether an ad was shown tells a number that does not apply from one that was not reported.
_SHOWN = "impressions"


@dataclass(frozen=True, slots=True)
class AskedMetrics:
    """The metrics and action types that a client selected: only these are computed.

    `customs` are a tenant's own measures, in the order of their keys. `explained` has the keys of measures that are
    answered as pairs with a reason where they have no value: the facts behind them are read too. `actions` are action
    types by the names of the platform; they are summed from the raw lists of the ad-days.
    """

    metrics: frozenset[Metric] = frozenset()
    customs: tuple[Measure, ...] = ()
    explained: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    shows_currency: bool = False

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures in the order of the catalogue, so that equal sets of metrics make equal statements."""
        return (*_measures(self.metrics), *self.customs)

    @property
    def needs_currency(self) -> bool:
        """Whether an answer must have the currency of each group's money."""
        return self.shows_currency or self.is_money

    @property
    def is_money(self) -> bool:
        return bool(self.actions) or any(each.is_money for each in self.measures)

    @property
    def action_types(self) -> tuple[str, ...]:
        """The action types in a fixed order, by which columns are matched to types."""
        return tuple(sorted(self.actions))

    @property
    def needs_people(self) -> bool:
        return any(each.needs_people for each in self.measures)

    def facts(self, others: Iterable[Measure] = ()) -> tuple[str, ...]:
        """Names of the additive base facts that these metrics, and `others` such as those sorted by, are computed from.

        They are in the order of the catalogue.
        """
        needed = {name for measure in (*self.measures, *others) for name in measure.facts}
        # The cost per action is spend over the count of actions.
        needed |= {"spend"} if self.actions else set()
        needed |= {_SHOWN} if self.explained else set()
        return tuple(fact.name for fact in ADDITIVE_FACTS if fact.name in needed)

    def explained_facts(self, *, has_people: bool) -> tuple[str, ...]:
        """Names of the facts to read beside the metrics; `has_people`: people are stored for the group, so they too."""
        if not self.explained:
            return ()
        needed = {name for each in self.measures if each.key in self.explained for name in each.facts} | {_SHOWN}
        found = [fact.name for fact in ADDITIVE_FACTS if fact.name in needed]
        people = [fact.name for fact in UNIQUE_FACTS]
        # All of them or none: only together do they tell a number that the platform left out from people never read.
        return (*found, *people) if has_people and needed & {*people} else tuple(found)

    def union(self, other: "AskedMetrics") -> "AskedMetrics":
        customs = {each.key: each for each in (*self.customs, *other.customs)}
        return AskedMetrics(
            self.metrics | other.metrics,
            tuple(customs[key] for key in sorted(customs)),
            self.explained | other.explained,
            self.actions | other.actions,
            self.shows_currency or other.shows_currency,
        )


NOTHING = AskedMetrics()


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


def attributes_of(measures: Sequence[Measure]) -> list[str]:
    """The fields of a MetricSet that have the values of the built-in measures, which come before the custom ones."""
    return [_ATTRIBUTES[each.key] for each in measures if each.metric is not None]


class MetricSet:
    """One set of metrics: built-in ones that were asked for are attributes, named as in the catalogue.

    The others are not set. `numbers` has every measure's value, custom ones too.
    """

    __slots__ = ("_measures", "_values", "actions", "currency", "sums", "sums_of_ratios", *_ATTRIBUTES.values())

    def __init__(
        self,
        currency: str | None,
        attributes: Sequence[str],
        values: Sequence[Any],
        measures: Sequence[Measure] = (),
        sums: Mapping[str, Any] | None = None,
    ) -> None:
        # None where the group has several currencies; all its sums of money are None then.
        self.currency = currency
        # By action type; empty unless types were asked for.
        self.actions: Mapping[str, ActionSums] = {}
        # Sums of the facts behind the explained measures, and the stored people where there are some.
        self.sums: Mapping[str, int | Decimal | None] | None = sums
        # Of converted money: the amounts that ratios which are free of currencies were computed from.
        self.sums_of_ratios: Mapping[str, Decimal | None] = {}
        self._measures, self._values = measures, values
        for attribute, value in zip(attributes, values, strict=False):
            setattr(self, attribute, value)

    def measure(self, key: str) -> Measure | None:
        """The measure with this key, if it was asked for."""
        return next((each for each in self._measures if each.key == key), None)

    def facts_of(self, measure: Measure) -> Mapping[str, int | Decimal | None]:
        """The sums that an explained measure was computed from; one that lacks a rate is not a number."""
        return {**(self.sums or {}), **(self.sums_of_ratios if measure.is_free_of_currency else {})}

    @property
    def numbers(self) -> dict[str, Any]:
        """The value of each measure by its key."""
        return dict(zip((each.key for each in self._measures), self._values, strict=False))
