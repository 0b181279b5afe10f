"""MetricDefinition: the parts of a metric's definition. The definitions are in analytics/metrics/builtin/."""

from dataclasses import dataclass, field

from analytics.enums import Additivity, Metric, MetricCategory, MetricUnit
from analytics.metrics.facts import BASE_FACTS
from analytics.metrics.formula import Formula, text
from analytics.metrics.measure import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A built-in metric as it is documented; `measure` is what an answer computes of it."""

    metric: Metric
    name: str
    category: MetricCategory
    unit: MetricUnit
    expression: Formula
    description: str
    platform_field: str | None = None
    higher_is_better: bool | None = None
    measure: Measure = field(init=False, compare=False)

    def __post_init__(self) -> None:
        measure = Measure(
            key=self.key,
            unit=self.unit,
            expression=self.expression,
            higher_is_better=self.higher_is_better,
            metric=self.metric,
        )
        object.__setattr__(self, "measure", measure)

    @property
    def attribute(self) -> str:
        """The name in Python and in rows."""
        return self.metric.value.lower()

    @property
    def key(self) -> str:
        """The name in the API."""
        return camel_case(self.attribute)

    @property
    def additivity(self) -> Additivity:
        return self.measure.additivity

    @property
    def formula(self) -> str:
        return text(self.expression, {fact.name: camel_case(fact.name) for fact in BASE_FACTS})


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
