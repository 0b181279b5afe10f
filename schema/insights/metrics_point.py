"""MetricsPoint: one period of a series."""

import strawberry

from schema.insights.metrics import Metrics
from schema.period import Period


@strawberry.type
class MetricsPoint:
    period: Period
    metrics: Metrics
