"""`InsightsResult.chart`: the link to a picture of the question that the answer is to."""

from collections.abc import Sequence

import strawberry

from analytics.enums import ChartKind
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.measure import Measure
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.insights.custom_measures import check_formulas, no_custom_metric
from resolvers.insights.metrics import MetricRefInput
from services.insights.answers import InsightsAnswer
from services.insights.charts.asking import link_to_chart
from services.insights.charts.links import ChartLink
from services.insights.charts.question import chart_question

DEFAULT_WIDTH, DEFAULT_HEIGHT = 960, 420


async def chart(
    root: strawberry.Parent[InsightsAnswer],
    info: Info,
    kind: ChartKind,
    metrics: list[MetricRefInput],
    *,
    width: int = DEFAULT_WIDTH,
    height: int = DEFAULT_HEIGHT,
) -> ChartLink | None:
    """The link; None where there is nothing to draw."""
    measures = await _measures(info, metrics)
    asked = chart_question(kind, measures, root.request, width=width, height=height)
    return await link_to_chart(info.context.tools, info.context.db, signed_in(info), asked)


async def _measures(info: Info, metrics: Sequence[MetricRefInput]) -> list[Measure]:
    """The measures in the order in which they were named; raises BadInput for a custom one that there is not."""
    own = [key for key in (given(ref.custom) for ref in metrics) if key is not None]
    found = await info.context.loaders.custom_measures_by_key.load_many(own) if own else ()
    customs = {measure.key: measure for measure in found if measure is not None}
    check_formulas(own, customs)
    return [_measure(ref, customs) for ref in metrics]


def _measure(ref: MetricRefInput, customs: dict[str, Measure]) -> Measure:
    metric, custom = given(ref.metric), given(ref.custom)
    if custom is not None:
        return customs.get(custom) or no_custom_metric(custom)
    assert metric is not None  # @oneOf lets nothing else pass
    return MEASURES[metric]
