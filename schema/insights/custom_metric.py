"""CustomMetric: a metric that a tenant has written, and the mutations on it."""

import strawberry

from analytics.enums import MetricUnit
from models.insights.custom_metric import CustomMetric as CustomMetricRow
from resolvers.insights import custom_metrics
from schema.field import field
from schema.node import Node, entity
from schema.ok_payload import OkPayload
from schema.user_error import UserError


@entity(CustomMetricRow, description="A metric of your own: a formula over built-in metrics and other custom ones.")
class CustomMetric(Node):
    key: str
    name: str
    formula: str = field(description="As it was written. It is calculated from the sums of a group, at every level.")
    unit: MetricUnit
    higher_is_better: bool | None = field(description="Null where neither direction is better in itself.")


@strawberry.type
class CustomMetricPayload:
    custom_metric: CustomMetric | None
    user_errors: list[UserError]


@strawberry.type
class CustomMetricMutations:
    save_custom_metric: CustomMetricPayload | None = field(
        custom_metrics.save_custom_metric,
        description="Makes a metric of a formula such as `purchaseValue * 0.4 - spend`, or changes the one that has "
        "the key; at most 200 a tenant. A null in it makes it null, a division by zero too. Sums need equal units. "
        "FORMULA_INVALID tells the column; CONFLICT tells which metrics use this one and would have no meaning any "
        "more. Needs EDIT_NAMING.",
    )
    delete_custom_metric: OkPayload | None = field(
        custom_metrics.delete_custom_metric,
        description="CONFLICT tells which metrics need it. Needs EDIT_NAMING.",
    )
