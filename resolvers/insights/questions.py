"""The query `insights`: what is selected of its answer is read at once; the fields hand it on."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from analytics.enums import EntityLevel
from errors import BadInput
from execution.limits.list_sizes import DEFAULT_PAGE
from models.insights.groups_shown import InsightsRow
from models.insights.metric_values import AskedMetrics, MetricSet
from models.insights.rows import AskedTexts, ShownMetrics
from models.keyset import Window
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.insights.custom_measures import check_formulas
from resolvers.insights.inputs import InsightsInput, custom_keys_of, request_of
from resolvers.insights.metrics import Entity
from resolvers.insights.selection import (
    Customs,
    arguments_below,
    changes_below,
    custom_keys_below,
    fields_below,
    metrics_below,
)
from resolvers.loaders import Loaders
from resolvers.page import Page, PageEdge, PageEnds, window
from resolvers.shapes import AskedFields
from services.insights import answers as asking
from services.insights.answers import Asked, AskedParts, InsightsAnswer

# The paths at which a query can select rows.
_ROWS = (("rows", "nodes"), ("rows", "edges", "node"))
_ENTITIES: Mapping[EntityLevel, Callable[[Loaders], Callable[[UUID], Awaitable[Entity | None]]]] = {
    EntityLevel.AD_ACCOUNT: lambda loaders: loaders.ad_accounts_by_id.load,
    EntityLevel.CAMPAIGN: lambda loaders: loaders.campaigns_by_id.load,
    EntityLevel.AD_SET: lambda loaders: loaders.ad_sets_by_id.load,
    EntityLevel.AD: lambda loaders: loaders.ads_by_id.load,
    EntityLevel.CREATIVE: lambda loaders: loaders.creatives_by_id.load,
}


@dataclass(slots=True)
class InsightsPage:
    """A page of rows; `data_changed`: of other data or days than the page before."""

    page: Page[Any]
    data_changed: bool

    @property
    def nodes(self) -> list[InsightsRow]:
        return self.page.nodes

    @property
    def edges(self) -> list[PageEdge[InsightsRow]]:
        return self.page.edges

    @property
    def page_info(self) -> PageEnds:
        return self.page.page_info

    @property
    def count(self) -> Callable[[], Awaitable[int]]:
        return self.page.count


Input = Annotated[InsightsInput, strawberry.argument(name="input")]
Answer = strawberry.Parent[InsightsAnswer]


async def insights(info: Info, input_: Input) -> InsightsAnswer:
    named = [*custom_keys_below(info), *custom_keys_of(input_)]

    def asked_with(customs: Customs) -> Asked:
        check_formulas(named, customs)
        parts = _parts(info, customs)
        by_row, totals = _read(input_, parts.rows), _read(input_, parts.totals or ShownMetrics())
        request = request_of(input_, customs, shown=by_row.union(totals), has_rows=bool(by_row.measures))
        return request, replace(parts, texts=_texts(info, request.level))

    now, wanted = info.context.tools.clock(), sorted({*named})
    return await asking.answer(info.context.db, signed_in(info), asked_with, customs=wanted, now=now)


def _read(input_: InsightsInput, shown: ShownMetrics) -> AskedMetrics:
    """The metrics of both sides; those of a comparison are read where there is one."""
    return shown.now.union(shown.then) if given(input_.compare_to) is not None else shown.now


# What rows of each level are about, by the name of its type.
_TYPES = {
    EntityLevel.AD_ACCOUNT: "AdAccount",
    EntityLevel.CAMPAIGN: "Campaign",
    EntityLevel.AD_SET: "AdSet",
    EntityLevel.AD: "Ad",
    EntityLevel.CREATIVE: "Creative",
}


def _texts(info: Info, level: EntityLevel) -> AskedTexts | None:
    """The rows as JSON, where a query selects them once, as nodes, and nothing that Postgres cannot write."""
    selected = AskedFields.of_field(info).single("rows")
    nodes = None if selected is None or selected.has("edges") else selected.single("nodes")
    shape = None if nodes is None else nodes.shape({"InsightEntity": _TYPES.get(level, "")})
    if selected is None or shape is None:
        return None
    return AskedTexts(shape, has_cursors=selected.has("pageInfo"))


def _parts(info: Info, customs: Customs) -> AskedParts:
    """What the query selects of the answer: all of it is read at once, before its fields are resolved."""
    changes = changes_below(info, customs, *((*path, "change") for path in _ROWS))
    has_totals = bool(fields_below(info, "totals") or fields_below(info, "comparisonTotals"))
    return AskedParts(
        pages=tuple(_pages(info)),
        rows=ShownMetrics(
            metrics_below(info, customs, *((*path, "metrics") for path in _ROWS)).union(changes),
            metrics_below(info, customs, *((*path, "previous") for path in _ROWS)).union(changes),
        ),
        totals=ShownMetrics(
            metrics_below(info, customs, ("totals",)), metrics_below(info, customs, ("comparisonTotals",))
        )
        if has_totals
        else None,
        has_count=bool(fields_below(info, "rows", "totalCount")),
        has_meta=bool(fields_below(info, "meta")),
    )


def _pages(info: Info) -> Iterator[Window]:
    for arguments in arguments_below(info, "rows"):
        # What is wrong with the arguments is said where the field is resolved.
        with suppress(BadInput):
            yield window(arguments.get("first"), arguments.get("after"))


async def rows(root: Answer, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET) -> InsightsPage:
    found = root.pages[window(first, after)]
    if isinstance(found, BadInput):
        raise found
    page: Page[Any] = Page(found, partial(_count, root))
    return InsightsPage(page, found.data_changed)


async def _count(answer: InsightsAnswer) -> int:
    assert answer.count is not None  # it is read where totalCount is selected
    return answer.count


def totals(root: Answer) -> MetricSet | None:
    return root.totals.now if root.totals is not None else None


def comparison_totals(root: Answer) -> MetricSet | None:
    """The totals of the days that the range is compared with; None without a comparison."""
    return root.totals.then if root.totals is not None else None


def change(root: strawberry.Parent[InsightsRow]) -> InsightsRow | None:
    """The row itself, of which the differences are asked; None where there is nothing to compare with."""
    return root if root.is_compared else None


def entity_of(loaders: Loaders, level: EntityLevel, entity_id: UUID) -> Awaitable[Entity | None]:
    """What loads the entity of this level."""
    return _ENTITIES[level](loaders)(entity_id)


# The entity that the row is about; None for the tenant, and for the group of ads whose creative is not known.
entity = loaded(
    lambda loaders, row: None if row.entity_id is None else entity_of(loaders, row.level, row.entity_id), shows=Entity
)
