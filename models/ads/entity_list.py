"""Lists of ad accounts, campaigns, ad sets, ads and creatives: pages, counts and the queries of their loaders."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from uuid import UUID

from sqlmodel import col, select

from models.ads.entity_filter import EVERYTHING, AdAccountFilter, Entity, EntityFilter, Filter, rows_where
from models.database import ReadSession
from models.keyset import (
    KeptListing,
    Key,
    KeysetPage,
    Listing,
    Ordering,
    Window,
    count_rows,
    count_rows_by_parent,
    counts_query,
    load_page,
    load_pages,
)
from models.thin.compiled import TENANT, Compiled, compiled
from models.thin.records import by_ids, rows

_EVERYTHING: tuple[Filter, ...] = (EVERYTHING, AdAccountFilter())


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
    listing = _listing(kind, page.wanted, page.order, tenant_id=session.tenant_id)
    return await load_page(session, listing, page.window)


async def count_entities(session: ReadSession, kind: type[Entity], wanted: Filter) -> int:
    return await count_rows(session, rows_where(kind, wanted, tenant_id=session.tenant_id))


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
            listing = _listing(kind, wanted, EntityOrder.NAME_ASC, tenant_id=session.tenant_id, parent=parent)
            pages = await load_pages(session, listing, window, parent=parent, parent_ids=ids)
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
            whole = _counts_of_whole(kind, parent) if wanted in _EVERYTHING else None
            query = whole or counts_query(rows_where(kind, wanted, tenant_id=session.tenant_id), parent)
            counts = await count_rows_by_parent(session, query, ids)
            found |= {ChildCount(parent_id, wanted): number for parent_id, number in counts.items()}
        return [found[key] for key in keys]

    return query


def _listing(
    kind: type[Entity], wanted: Filter, order: EntityOrder, *, tenant_id: UUID, parent: Key | None = None
) -> Listing[Entity] | KeptListing[Entity]:
    if wanted in _EVERYTHING:
        return _whole(kind, order, parent)
    return Listing(rows_where(kind, wanted, tenant_id=tenant_id), _ordering(kind, order))


@cache
def _whole(kind: type[Entity], order: EntityOrder, parent: Key | None) -> KeptListing[Entity]:
    """The list without a filter, which is read most."""
    return KeptListing(Listing(select(kind).where(col(kind.tenant_id) == TENANT), _ordering(kind, order)), parent)


@cache
def _counts_of_whole(kind: type[Entity], parent: Key) -> Compiled:
    return compiled(counts_query(select(kind).where(col(kind.tenant_id) == TENANT), parent))


@cache
def _ordering(kind: type[Entity], order: EntityOrder) -> Ordering:
    by_name = order in (EntityOrder.NAME_ASC, EntityOrder.NAME_DESC)
    return Ordering(
        name=f"{kind.__tablename__}:{order}",
        key=col(kind.name_key if by_name else kind.created_at),
        row_id=col(kind.id),
        descending=order in (EntityOrder.NAME_DESC, EntityOrder.CREATED_DESC),
    )
