"""The one catalogue: base facts that are stored, metrics that are computed from them, in the order of `Metric`."""

from analytics.enums import Metric
from analytics.facts import BASE_FACTS
from analytics.metric import MetricDefinition, camel_case
from analytics.metrics.conversion import CONVERSION
from analytics.metrics.delivery import DELIVERY
from analytics.metrics.efficiency import EFFICIENCY
from analytics.metrics.engagement import ENGAGEMENT
from analytics.metrics.video import VIDEO

__all__ = ["BASE_FACTS", "METRICS", "METRICS_BY_ATTRIBUTE", "MetricDefinition", "camel_case"]

_DEFINED = {each.metric: each for each in (*DELIVERY, *EFFICIENCY, *ENGAGEMENT, *VIDEO, *CONVERSION)}

METRICS: dict[Metric, MetricDefinition] = {metric: _DEFINED[metric] for metric in Metric}
METRICS_BY_ATTRIBUTE = {each.attribute: each for each in METRICS.values()}
