"""What the definition of a metric is made of; the definitions themselves are in analytics/metrics/."""

from dataclasses import dataclass

from analytics.enums import Additivity, Metric, MetricCategory, MetricUnit
from analytics.metrics.facts import BASE_FACTS, FACTS_BY_NAME, FactKind
from analytics.metrics.formula import Fact, Formula, facts_of, text


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """`expression` is over base facts already summed over the group, deduplicated people as stored for it."""

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
        """Whether money of two currencies would be mixed in it; true of ratios of money as well."""
        return any(FACTS_BY_NAME[name].is_money for name in self.facts)

    @property
    def needs_people(self) -> bool:
        """Whether it stands on deduplicated people, which no sum can give."""
        return any(FACTS_BY_NAME[name].additivity is Additivity.SEMI_ADDITIVE for name in self.facts)

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers."""
        return isinstance(self.expression, Fact) and FACTS_BY_NAME[self.expression.name].kind is FactKind.COUNT


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
