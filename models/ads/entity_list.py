"""Lists of ad accounts, campaigns, ad sets, ads and creatives: pages, counts and the queries of their loaders."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select

from models.ads.entity_filter import EVERYTHING, Entity, EntityFilter, Filter, rows_where
from models.columns import is_any
from models.database import ReadSession
from models.keyset import (
    Key,
    KeysetPage,
    Listing,
    Ordering,
    Window,
    count_rows,
    count_rows_by_parent,
    load_page,
    load_pages,
)


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
    return await load_page(session, _listing(session, kind, page.wanted, page.order), page.window)


async def count_entities(session: ReadSession, kind: type[Entity], wanted: Filter) -> int:
    return await count_rows(session, rows_where(kind, wanted, tenant_id=session.tenant_id))


def rows_by_ids(kind: type[Entity]) -> Callable[[ReadSession, Sequence[UUID]], Awaitable[Sequence[Entity]]]:
    """The query of a loader: the rows of these ids that the tenant has, in any order."""

    async def query(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Entity]:
        return (await session.exec(select(kind).where(kind.tenant_id == session.tenant_id, is_any(kind.id, ids)))).all()

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
            listing = _listing(session, kind, wanted, EntityOrder.NAME_ASC)
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
            rows = rows_where(kind, wanted, tenant_id=session.tenant_id)
            counts = await count_rows_by_parent(session, rows, parent=parent, parent_ids=ids)
            found |= {ChildCount(parent_id, wanted): number for parent_id, number in counts.items()}
        return [found[key] for key in keys]

    return query


def _listing(session: ReadSession, kind: type[Entity], wanted: Filter, order: EntityOrder) -> Listing[Entity]:
    by_name = order in (EntityOrder.NAME_ASC, EntityOrder.NAME_DESC)
    ordering = Ordering(
        name=f"{kind.__tablename__}:{order}",
        key=col(kind.name_key if by_name else kind.created_at),
        row_id=col(kind.id),
        descending=order in (EntityOrder.NAME_DESC, EntityOrder.CREATED_DESC),
    )
    return Listing(rows_where(kind, wanted, tenant_id=session.tenant_id), ordering)
