"""InsightEntity: what everything that has insights shares."""

import strawberry

from models.platform import Platform
from resolvers.insights import metrics
from schema.field import field
from schema.insights.metrics import Metrics
from schema.insights.metrics_point import MetricsPoint
from schema.node import interface


@interface
class InsightEntity:
    """Everything that has insights."""

    id: strawberry.ID
    platform: Platform
    external_id: str = field(description="The platform's own id; an ad account's begins with act_.")
    name: str
    # Within the class a field hides the module of the same name, so `series` stands before `metrics`.
    series: list[MetricsPoint] | None = field(
        metrics.series,
        description="Periods that have stored days, oldest first; at most 400, a longer range needs a coarser grain. "
        "With the grain NONE always one point, its numbers null where no day is stored.",
        size=metrics.SERIES_LENGTH,
    )
    metrics: Metrics | None = field(metrics.metrics, description="Over the whole range.")
