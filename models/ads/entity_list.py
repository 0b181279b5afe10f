"""Lists of ad accounts, campaigns, ad sets, ads and creatives: pages, counts and the queries of their loaders."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from uuid import UUID

from sqlmodel import col

from models.ads.entity_filter import EVERYTHING, WHOLE, Entity, EntityFilter, Filter, FilterShape, rows_where, shape_of
from models.database import ReadSession
from models.keyset import (
    KeptListing,
    Key,
    KeysetPage,
    Listing,
    Ordering,
    Window,
    count_query,
    count_rows,
    count_rows_by_parent,
    counts_query,
    load_page,
    load_pages,
)
from models.thin.compiled import TENANT, Compiled, compiled
from models.thin.records import by_ids, rows

# Shapes of filters, of which clients choose as many as they like: the largest takes 80 KB.
_KEPT = 128


class EntityOrder(StrEnum):
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_ASC = "CREATED_ASC"
    CREATED_DESC = "CREATED_DESC"


@dataclass(frozen=True, slots=True)
class EntityPage:
    """A page of the tenant's list of one kind: which page, which filter, which order."""

    window: Window
    wanted: Filter = EVERYTHING
    order: EntityOrder = EntityOrder.NAME_ASC


@dataclass(frozen=True, slots=True)
class Children:
    """A page of one parent's list; pages that differ only in the parent are read by one statement."""

    parent_id: UUID
    window: Window
    wanted: EntityFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class ChildCount:
    """The length of one parent's list; lists that differ only in the parent are counted by one statement."""

    parent_id: UUID
    wanted: EntityFilter = EVERYTHING


async def list_entities(session: ReadSession, kind: type[Entity], page: EntityPage) -> KeysetPage[Entity]:
    """One page of the rows that the filter matches; raises BadInput for a cursor of another list or order."""
    shape, values = shape_of(page.wanted)
    return await load_page(session, kept_list(kind, page.order, None, shape), page.window, values)


async def count_entities(session: ReadSession, kind: type[Entity], wanted: Filter) -> int:
    shape, values = shape_of(wanted)
    return await count_rows(session, _count(kind, shape), values)


def rows_by_ids(kind: type[Entity]) -> Callable[[ReadSession, Sequence[UUID]], Awaitable[Sequence[Entity]]]:
    """The query of a loader: the rows of these ids that the tenant has, in any order."""
    statement = by_ids(kind, col(kind.tenant_id) == TENANT)

    async def query(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Entity]:
        return await rows(session, kind, statement(), {"ids": ids})

    return query


def pages_by_parent(
    kind: type[Entity], parent: Key
) -> Callable[[ReadSession, Sequence[Children]], Awaitable[list[KeysetPage[Entity]]]]:
    """The query of a loader: pages in order of name, by one statement for all parents with the same window and filter.

    `parent` is the column that names a row's parent.
    """

    async def query(session: ReadSession, keys: Sequence[Children]) -> list[KeysetPage[Entity]]:
        alike: defaultdict[tuple[Window, EntityFilter], list[UUID]] = defaultdict(list)
        for key in keys:
            alike[key.window, key.wanted].append(key.parent_id)
        found: dict[Children, KeysetPage[Entity]] = {}
        for (window, wanted), ids in alike.items():
            shape, values = shape_of(wanted)
            listing = kept_list(kind, EntityOrder.NAME_ASC, parent, shape)
            pages = await load_pages(session, listing, window, parent=parent, parent_ids=ids, given=values)
            found |= {Children(parent_id, window, wanted): part for parent_id, part in pages.items()}
        return [found[key] for key in keys]

    return query


def counts_by_parent(
    kind: type[Entity], parent: Key
) -> Callable[[ReadSession, Sequence[ChildCount]], Awaitable[list[int]]]:
    """The query of a loader: lengths of lists, by one statement for all parents with the same filter."""

    async def query(session: ReadSession, keys: Sequence[ChildCount]) -> list[int]:
        alike: defaultdict[EntityFilter, list[UUID]] = defaultdict(list)
        for key in keys:
            alike[key.wanted].append(key.parent_id)
        found: dict[ChildCount, int] = {}
        for wanted, ids in alike.items():
            shape, values = shape_of(wanted)
            counts = await count_rows_by_parent(session, _counts(kind, parent, shape), ids, values)
            found |= {ChildCount(parent_id, wanted): number for parent_id, number in counts.items()}
        return [found[key] for key in keys]

    return query


@lru_cache(maxsize=_KEPT)
def kept_list(
    kind: type[Entity], order: EntityOrder, parent: Key | None, wanted: FilterShape = WHOLE
) -> KeptListing[Entity]:
    """The tenant's list, or those below each of many parents, of what a filter of this shape matches."""
    return KeptListing(Listing(rows_where(kind, wanted), _ordering(kind, order)), parent)


@lru_cache(maxsize=_KEPT)
def _count(kind: type[Entity], wanted: FilterShape) -> Compiled:
    return compiled(count_query(rows_where(kind, wanted)))


@lru_cache(maxsize=_KEPT)
def _counts(kind: type[Entity], parent: Key, wanted: FilterShape) -> Compiled:
    return compiled(counts_query(rows_where(kind, wanted), parent))


@cache
def _ordering(kind: type[Entity], order: EntityOrder) -> Ordering:
    by_name = order in (EntityOrder.NAME_ASC, EntityOrder.NAME_DESC)
    return Ordering(
        name=f"{kind.__tablename__}:{order}",
        key=col(kind.name_key if by_name else kind.created_at),
        row_id=col(kind.id),
        descending=order in (EntityOrder.NAME_DESC, EntityOrder.CREATED_DESC),
    )
