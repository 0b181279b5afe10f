"""The query `insights`: the question is prepared once; rows, totals and meta are read if they are selected."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import strawberry

from analytics.enums import EntityLevel
from auth.viewer import Viewer
from execution.limits.list_sizes import DEFAULT_PAGE
from models.insights.metric_values import MetricSet
from models.insights.question import InsightsRow
from resolvers.context import Info, signed_in
from resolvers.insights.inputs import InsightsInput, request_of
from resolvers.insights.metrics import Entity
from resolvers.insights.selection import metrics_below
from resolvers.loaders import Loaders
from resolvers.page import Page, page_of, window
from services.insights import questions as asking
from services.insights.provenance import InsightsMeta, describe

# The paths at which a query can select metrics.
_ROWS = (("rows", "nodes", "metrics"), ("rows", "edges", "node", "metrics"))
_TOTALS = ("totals",)
_ENTITIES: Mapping[EntityLevel, Callable[[Loaders], Callable[[UUID], Awaitable[Entity | None]]]] = {
    EntityLevel.AD_ACCOUNT: lambda loaders: loaders.ad_accounts_by_id.load,
    EntityLevel.CAMPAIGN: lambda loaders: loaders.campaigns_by_id.load,
    EntityLevel.AD_SET: lambda loaders: loaders.ad_sets_by_id.load,
    EntityLevel.AD: lambda loaders: loaders.ads_by_id.load,
    EntityLevel.CREATIVE: lambda loaders: loaders.creatives_by_id.load,
}


@dataclass(slots=True)
class InsightsAnswer:
    """The record behind the type InsightsResult."""

    viewer: Viewer
    insights: asking.Insights


Input = Annotated[InsightsInput, strawberry.argument(name="input")]
Answer = strawberry.Parent[InsightsAnswer]


async def insights(info: Info, input_: Input) -> InsightsAnswer:
    viewer = signed_in(info)
    request = request_of(
        input_,
        shown=metrics_below(info, *_ROWS, _TOTALS),
        has_rows=bool(metrics_below(info, *_ROWS).measures),
    )
    found = await asking.ask(info.context.db, viewer, request, now=info.context.tools.clock())
    return InsightsAnswer(viewer, found)


async def rows(
    root: Answer, info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> Page[InsightsRow]:
    db, viewer, found = info.context.db, root.viewer, root.insights
    selection = metrics_below(info, *(path[1:] for path in _ROWS))
    page = await asking.rows(db, viewer, found, selection, window=window(first, after))
    return page_of(page, lambda: asking.number_of_rows(db, viewer, found))


async def totals(root: Answer, info: Info) -> MetricSet:
    return await asking.totals(info.context.db, root.viewer, root.insights, metrics_below(info, ()))


async def meta(root: Answer, info: Info) -> InsightsMeta:
    return await describe(info.context.db, root.viewer, root.insights, now=info.context.tools.clock())


async def entity(root: strawberry.Parent[InsightsRow], info: Info) -> Entity | None:
    """The entity that the row is about; None for the tenant, and for the group of ads whose creative is not known."""
    if root.entity_id is None:
        return None
    return await _ENTITIES[root.level](info.context.loaders)(root.entity_id)
