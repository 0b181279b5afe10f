"""The one catalogue: base facts that are stored, metrics that are computed from them, in the order of `Metric`."""

from analytics.enums import Metric
from analytics.metrics.builtin.conversion import CONVERSION
from analytics.metrics.builtin.delivery import DELIVERY
from analytics.metrics.builtin.efficiency import EFFICIENCY
from analytics.metrics.builtin.engagement import ENGAGEMENT
from analytics.metrics.builtin.video import VIDEO
from analytics.metrics.definition import MetricDefinition, camel_case
from analytics.metrics.facts import BASE_FACTS
from analytics.metrics.measure import Measure

__all__ = ["BASE_FACTS", "MEASURES", "METRICS", "MetricDefinition", "camel_case"]

_DEFINED = {each.metric: each for each in (*DELIVERY, *EFFICIENCY, *ENGAGEMENT, *VIDEO, *CONVERSION)}

METRICS: dict[Metric, MetricDefinition] = {metric: _DEFINED[metric] for metric in Metric}
MEASURES: dict[Metric, Measure] = {metric: definition.measure for metric, definition in METRICS.items()}
