"""Makes the resolvers of lists: all entities of one kind in the tenant, and the entities below a parent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.ads.entity_filter import EVERYTHING, Entity, EntityFilter
from models.ads.entity_list import ChildCount, Children, EntityOrder, EntityPage
from models.columns import TenantRow
from models.insights.entities.texts import ChildTexts
from models.keyset import TextPage, Window
from resolvers.ads.filters import EntityFilterInput, filter_of
from resolvers.ads.list_texts import asked_list
from resolvers.batching import BatchLoader, answers_of, with_list_form
from resolvers.context import Info, signed_in
from resolvers.loaders import account_of
from resolvers.page import Page, window
from services.ads import entities as ad_entities
from services.insights.entity_lists import child_days, list_texts

Resolver = Callable[..., Awaitable[Page[Entity]]]
Filter = Annotated[EntityFilterInput | None, strawberry.argument(name="filter")]


async def entity_page(info: Info, kind: type[Entity], page: EntityPage) -> Page[Entity]:
    viewer, db = signed_in(info), info.context.db
    asked = asked_list(info, kind)
    written = None if asked is None else await list_texts(db, viewer, asked, page, now=info.context.tools.clock())
    found: Any = written or await ad_entities.entities(db, viewer, kind, page)
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


def children(kind: type[Entity], *, by: str) -> Resolver[Entity]:
    """The resolver of a list below a parent, in order of name; `by` is what loaders call the parent.

    The lists of many parents are read by one statement.
    """

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
        return await _child_pages(info, kind, by, _Asked(root, window(first, after)))

    return with_list_form(resolve, resolve_all)


def filtered_children(kind: type[Entity], *, by: str) -> Resolver[Entity]:
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
        return await _child_pages(info, kind, by, _Asked(root, window(first, after), filter_of(filter_)))

    return with_list_form(resolve, resolve_all)


@dataclass(frozen=True, slots=True)
class _Asked:
    parents: Sequence[TenantRow]
    window: Window
    wanted: EntityFilter = EVERYTHING


async def _child_pages(info: Info, kind: type[Entity], by: str, asked: _Asked) -> list[Page[Entity]]:
    pages, texts, counts = info.context.loaders.below(kind, by)
    found: Sequence[Any] = await _written(info, kind, texts, asked)
    left = [parent for parent, page in zip(asked.parents, found, strict=True) if page is None]
    read = iter(await pages.load_many([Children(parent.id, asked.window, asked.wanted) for parent in left]))
    return [
        Page(next(read) if page is None else page, partial(counts.load, ChildCount(parent.id, asked.wanted)))
        for parent, page in zip(asked.parents, found, strict=True)
    ]


async def _written(
    info: Info, kind: type[Entity], texts: BatchLoader[ChildTexts, TextPage | None], asked: _Asked
) -> Sequence[TextPage | None]:
    """The pages as JSON; None for those whose rows have to be read."""
    nothing = [None for _ in asked.parents]
    wanted = asked_list(info, kind)
    if wanted is None:
        return nothing
    loaders = info.context.loaders
    accounts = await answers_of([account_of(each, loaders) for each in asked.parents])
    days = child_days(wanted, accounts, info.context.tools.clock())
    if days is None:
        return nothing
    keys = [
        ChildTexts(parent.id, asked.window, wanted.written, account.id, own, asked.wanted)
        for parent, account, own in zip(asked.parents, accounts, days, strict=True)
    ]
    return await texts.load_many(keys)
