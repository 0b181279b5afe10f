"""Asking for an export: the mutation, and the question that its input is."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from analytics.enums import Metric
from auth.permissions import Permission, require
from errors import BadInput
from models.exports.export import Export, ExportFormat
from models.insights.metric_values import AskedMetrics
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_list
from resolvers.insights.custom_measures import check_formulas, no_custom_metric
from resolvers.insights.inputs import InsightsInput, custom_keys_of, request_of
from resolvers.insights.metrics import MetricRefInput
from resolvers.insights.selection import Customs
from resolvers.mutation import mutation
from services.exports import requests
from services.insights.custom_metrics import all_custom_metrics
from services.insights.request import InsightsRequest


@mutation("export", called={"request": "input", "wanted": "format"})
async def export_insights(
    info: Info,
    input: InsightsInput,  # noqa: A002 - the API's name
    format: ExportFormat,  # noqa: A002 - the API's name
    *,
    metrics: Annotated[
        list[MetricRefInput] | None,
        strawberry.argument(description="Absent: all built-in metrics, then all custom ones."),
    ] = strawberry.UNSET,
    byte_order_mark: Annotated[
        bool, strawberry.argument(description="Of CSV, for programs that take a file without one for another encoding.")
    ] = False,
    idempotency_key: str | None = strawberry.UNSET,
) -> Export:
    viewer = require(signed_in(info), Permission.EXPORT)
    request = await _request(info, input, given_list(metrics, "metrics"))
    return await requests.request_export(
        info.context.tools,
        viewer,
        request,
        format,
        byte_order_mark=byte_order_mark,
        idempotency_key=given(idempotency_key),
    )


async def _request(info: Info, asked: InsightsInput, metrics: Sequence[MetricRefInput] | None) -> InsightsRequest:
    """The question, with the metrics of the file; raises BadInput."""
    compared = custom_keys_of(asked)
    if metrics is None:
        own = [each.key for each in await all_custom_metrics(info.context.db, signed_in(info))]
        built_in = [*Metric]
    else:
        own = [key for key in (given(ref.custom) for ref in metrics) if key is not None]
        built_in = [metric for metric in (given(ref.metric) for ref in metrics) if metric is not None]
    if not own and not built_in:
        raise BadInput("A file has at least one metric: name some, or leave `metrics` out for all.", field=["metrics"])
    customs = await _measures(info, sorted({*own, *compared}))
    check_formulas([*own, *compared], customs)
    shown = AskedMetrics(
        metrics=frozenset(built_in),
        customs=tuple(customs[key] if key in customs else no_custom_metric(key) for key in sorted({*own})),
        shows_currency=True,
    )
    return request_of(asked, customs, shown=shown, has_rows=True)


async def _measures(info: Info, keys: Sequence[str]) -> Customs:
    found = await info.context.loaders.custom_measures_by_key.load_many(keys) if keys else ()
    return {measure.key: measure for measure in found if measure is not None}
