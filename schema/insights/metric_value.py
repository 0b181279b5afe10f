"""Metrics as data: one value with its reason when it is null, and one definition of the catalogue."""

from decimal import Decimal

import strawberry

from analytics.enums import Additivity, Metric, MetricCategory, MetricUnit, NullReason
from resolvers.insights import metrics
from schema.field import field


@strawberry.type(description="One metric as a pair of key and value.")
class MetricValue:
    key: str
    unit: MetricUnit
    value: Decimal | None
    null_reason: NullReason | None = field(description="Why there is no value; null when there is one.")


@strawberry.type(description="One action type, summed over the group; null where the platform never reported it.")
class ActionValue:
    type: str
    count: Decimal | None
    value: Decimal | None = field(description="What the actions were worth, in the currency of the metrics.")
    cost_per: Decimal | None = field(description="The whole spend per action.")


@strawberry.type(description="What a metric is: generated documentation and the API share this catalogue.")
class MetricDefinition:
    key: str
    metric: Metric | None
    name: str
    category: MetricCategory
    unit: MetricUnit
    additivity: Additivity = field(description="ADDITIVE values may be summed; a RATIO is computed after summing.")
    formula: str = field(description="Over sums of the group.")
    description: str
    platform_field: str | None = field(description="Where the platform reports the same number.")
    higher_is_better: bool | None = field(description="Null where neither direction is better in itself.")


@strawberry.type(description="How one metric differs from that of the comparison.")
class MetricDelta:
    key: str
    absolute: Decimal | None = field(description="The metric less the previous one, in the metric's unit.")
    relative: float | None = field(description="A fraction of the previous value, or of its size where it is negative.")
    null_reason: NullReason | None = field(
        description="Why there is no change: ZERO_DENOMINATOR where the previous value is 0, which has no fraction."
    )


@strawberry.type(description="From the numbers of the comparison to those of the range.")
class MetricsChange:
    of: list[MetricDelta] = field(metrics.differences, description="The changes of these metrics, in this order.")
