"""Custom metrics: their list, and the mutations that save and delete them."""

from collections.abc import Sequence

import strawberry

from analytics.enums import MetricUnit
from execution.limits.list_sizes import ListLength
from models.insights.custom_metric import MOST_CUSTOM_METRICS, CustomMetric
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from services.insights import custom_metrics as saved
from services.insights.custom_metrics import CustomMetricWish


@strawberry.input
class CustomMetricInput:
    key: str = strawberry.field(
        description="In lower camel case, 1 to 64 letters and digits; no built-in metric's. A metric that has this key "
        "already is changed."
    )
    name: str = strawberry.field(description="1 to 100 characters.")
    formula: str = strawberry.field(
        description="Keys of metrics, numbers, + - * / and brackets: at most 500 characters, brackets at most 20 deep."
    )
    unit: MetricUnit = strawberry.field(description="What the formula results in.")
    higher_is_better: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Null where neither direction is better in itself."
    )


LIST_LENGTH = ListLength(MOST_CUSTOM_METRICS)


async def custom_metrics(info: Info) -> Sequence[CustomMetric]:
    return await saved.all_custom_metrics(info.context.db, signed_in(info))


@mutation("custom_metric")
async def save_custom_metric(info: Info, input: CustomMetricInput) -> CustomMetric:  # noqa: A002 - the API's name
    wish = CustomMetricWish(input.key, input.name, input.formula, input.unit, given(input.higher_is_better))
    tools = info.context.tools
    return await saved.save_custom_metric(tools.db, tools.clock, signed_in(info), wish)


@mutation(OkAnswer)
async def delete_custom_metric(info: Info, key: str) -> OkAnswer:
    gone = await saved.delete_custom_metric(info.context.tools.db, signed_in(info), key)
    return done("CustomMetric", gone.id)
