"""Makes the resolvers of lists: all entities of one kind in the tenant, and the entities below a parent."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.ads.entity_filter import EVERYTHING, Entity, EntityFilter
from models.ads.entity_list import ChildCount, Children, EntityOrder, EntityPage
from models.columns import TenantRow
from models.keyset import KeysetPage
from resolvers.ads.filters import EntityFilterInput, filter_of
from resolvers.batching import BatchLoader, with_list_form
from resolvers.context import Info, signed_in
from resolvers.loaders import Loaders
from resolvers.page import Page, window
from services.ads import entities as ad_entities

Resolver = Callable[..., Awaitable[Page[Entity]]]
# The two loaders of the lists below a parent: of their pages and of their lengths.
Below = Callable[[Loaders], tuple[BatchLoader[Children, KeysetPage[Entity]], BatchLoader[ChildCount, int]]]
Filter = Annotated[EntityFilterInput | None, strawberry.argument(name="filter")]


async def entity_page(info: Info, kind: type[Entity], page: EntityPage) -> Page[Entity]:
    viewer, db = signed_in(info), info.context.db
    found = await ad_entities.entities(db, viewer, kind, page)
    return Page(found, lambda: ad_entities.number_of_entities(db, viewer, kind, page.wanted))


def entities(kind: type[Entity]) -> Resolver[Entity]:
    """The resolver of the root field that lists one kind of entity."""

    async def resolve(
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = strawberry.UNSET,
        filter_: Filter = strawberry.UNSET,
        order: EntityOrder = EntityOrder.NAME_ASC,
    ) -> Page[Entity]:
        return await entity_page(info, kind, EntityPage(window(first, after), filter_of(filter_), order))

    return resolve


def children(below: Below[Entity]) -> Resolver[Entity]:
    """The resolver of a list below a parent, in order of name; the lists of many parents are read by one statement."""

    async def resolve(
        root: strawberry.Parent[TenantRow],
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = strawberry.UNSET,
    ) -> Page[Entity]:
        [page] = await resolve_all([root], info, first, after)
        return page

    async def resolve_all(
        root: Sequence[TenantRow], info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
    ) -> list[Page[Entity]]:
        asked = [Children(parent.id, window(first, after), EVERYTHING) for parent in root]
        return await _child_pages(below(info.context.loaders), asked)

    return with_list_form(resolve, resolve_all)


def filtered_children(below: Below[Entity]) -> Resolver[Entity]:
    """The same as `children`, with an argument `filter`."""

    async def resolve(
        root: strawberry.Parent[TenantRow],
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = strawberry.UNSET,
        filter_: Filter = strawberry.UNSET,
    ) -> Page[Entity]:
        [page] = await resolve_all([root], info, first, after, filter_)
        return page

    async def resolve_all(
        root: Sequence[TenantRow],
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = strawberry.UNSET,
        filter_: Filter = strawberry.UNSET,
    ) -> list[Page[Entity]]:
        wanted: EntityFilter = filter_of(filter_)
        asked = [Children(parent.id, window(first, after), wanted) for parent in root]
        return await _child_pages(below(info.context.loaders), asked)

    return with_list_form(resolve, resolve_all)


async def _child_pages(
    below: tuple[BatchLoader[Children, KeysetPage[Entity]], BatchLoader[ChildCount, int]], asked: Sequence[Children]
) -> list[Page[Entity]]:
    pages, counts = below
    found = await pages.load_many(asked)
    return [
        Page(page, partial(counts.load, ChildCount(each.parent_id, each.wanted)))
        for page, each in zip(found, asked, strict=True)
    ]
