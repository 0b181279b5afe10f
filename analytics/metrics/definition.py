"""MetricDefinition: the parts of a metric's definition. The definitions are in analytics/metrics/builtin/."""

from dataclasses import dataclass

from analytics.enums import Additivity, Metric, MetricCategory, MetricUnit
from analytics.metrics.facts import BASE_FACTS, FACTS_BY_NAME, FactKind
from analytics.metrics.formula import Fact, Formula, facts_of, text


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A metric. `expression` is over the sums of base facts in a group, and over the people stored for the group."""

    metric: Metric
    name: str
    category: MetricCategory
    unit: MetricUnit
    expression: Formula
    description: str
    platform_field: str | None = None
    higher_is_better: bool | None = None

    @property
    def attribute(self) -> str:
        """The name in Python and in rows."""
        return self.metric.value.lower()

    @property
    def key(self) -> str:
        """The name in the API."""
        return camel_case(self.attribute)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(facts_of(self.expression)))

    @property
    def additivity(self) -> Additivity:
        if isinstance(self.expression, Fact):
            return FACTS_BY_NAME[self.expression.name].additivity
        return Additivity.RATIO

    @property
    def formula(self) -> str:
        return text(self.expression, {fact.name: camel_case(fact.name) for fact in BASE_FACTS})

    @property
    def is_money(self) -> bool:
        """Whether an amount of money is in the formula, so that it has no value over several currencies."""
        return any(FACTS_BY_NAME[name].is_money for name in self.facts)

    @property
    def needs_people(self) -> bool:
        """Whether deduplicated people are in the formula, which cannot be summed."""
        return any(FACTS_BY_NAME[name].additivity is Additivity.SEMI_ADDITIVE for name in self.facts)

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers."""
        return isinstance(self.expression, Fact) and FACTS_BY_NAME[self.expression.name].kind is FactKind.COUNT


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
