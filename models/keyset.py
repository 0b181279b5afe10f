"""Keyset paging over a column and the id: one page of a list, or one page for each of many parents in one statement.

This module knows no table: the caller's select says which rows belong to a list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    select,
    true,
    tuple_,
)
from sqlmodel.sql.expression import SelectOfScalar
from sqlmodel.sql.sqltypes import UTCDateTime

from errors import BadInput
from models.columns import Row as AnyRow
from models.cursor_text import bytes_of_cursor, cursor_of_bytes
from models.database import ReadSession, WriteSession
from models.splicing.reading import Counts
from models.thin.compiled import NOTHING, Compiled, compiled, fetched
from models.thin.records import listed, reader, rows

Row = TypeVar("Row", bound=AnyRow)
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Key = Any  # a mapped column, which SQLModel types as the value it holds

# The values of a page's statement.
_MOST, _AFTER_KEY, _AFTER_ID, PARENTS = "most", "after_key", "after_id", "parents"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str, UUID]).decode


@dataclass(frozen=True, slots=True)
class Ordering:
    """A total order: by `key` (a column of instants or texts, never null), rows of equal key by `row_id`.

    `name` is part of every cursor, so that a cursor of another list or order is refused.
    """

    name: str
    key: Key
    row_id: Key
    descending: bool = False

    @property
    def _is_instant(self) -> bool:
        return isinstance(self.key.type, DateTime | UTCDateTime)

    def cursor(self, row: AnyRow) -> str:
        """The cursor of `row`: its place in this order, opaque to clients."""
        return self.cursor_at(getattr(row, self.key.key), getattr(row, self.row_id.key))

    def cursor_at(self, value: Any, row_id: UUID) -> str:
        """The cursor of a row with this value of the key, and this id."""
        text = value.isoformat() if isinstance(value, datetime) else value
        return cursor_of_bytes(_encode((self.name, text, row_id)))

    def position(self, cursor: str) -> tuple[Any, UUID]:
        """The key and the id that `cursor` made a cursor of; raises BadInput for a cursor of another list or order."""
        try:
            name, text, row_id = _decode(bytes_of_cursor(cursor))
            if name == self.name and "\0" not in text:  # Postgres refuses NUL in a text
                return self._value(text), row_id
        except (msgspec.MsgspecError, ValueError, OverflowError):
            pass  # every fault of a cursor gets the message below
        raise BadInput("This cursor does not belong to this list in this order: take one from a page of it.")

    def values(self, window: "Window") -> dict[str, Any]:
        """What the statement of a page is given; raises BadInput for a cursor of another list or order."""
        values: dict[str, Any] = {_MOST: window.first + 1}
        if window.after is not None:
            values[_AFTER_KEY], values[_AFTER_ID] = self.position(window.after)
        return values

    def _value(self, text: str) -> Any:
        if not self._is_instant:
            return text
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError("an instant has an offset")
        return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """All rows of a list and their order; `rows` selects rows of one table, without ORDER BY or LIMIT."""

    rows: SelectOfScalar[Row]
    order: Ordering


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is wanted: `first` rows (at least 1) behind the cursor `after`, or from the beginning."""

    first: int
    after: str | None = None


class RowCursors(Sequence[str]):
    """The cursors of rows, each made when it is asked for: mostly those of the ends are."""

    def __init__(self, cursor_of: Callable[[Any], str], rows: Sequence[Any]) -> None:
        self._cursor_of, self._rows = cursor_of, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return RowCursors(self._cursor_of, self._rows[place])
        return self._cursor_of(self._rows[place])

    def __iter__(self) -> Iterator[str]:
        return map(self._cursor_of, self._rows)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Item_co]):
    """One page of any list: its rows in order, and a cursor for each row."""

    rows: Sequence[Item_co]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    def holding(self, rows: Sequence[Item]) -> "KeysetPage[Item]":
        """The same page with another object in the place of each row."""
        return KeysetPage(rows, self.cursors, self.has_next, self.has_previous)


@dataclass(frozen=True, slots=True)
class TextPage(KeysetPage[str]):
    """A page of JSON that Postgres has written; it may have no cursors. `counts` are those of the objects in it."""

    counts: Counts


class KeptListing(Generic[Row]):
    """A listing without values of its own but the tenant's, whose statements are compiled once; `parent` as above."""

    def __init__(self, listing: Listing[Row], parent: Key | None = None) -> None:
        self.listing = listing
        self.parent = parent
        self._statements: dict[bool, Compiled] = {}

    def statement(self, window: Window) -> Compiled:
        """The statement of a page, or of a page for each parent."""
        is_after = window.after is not None
        found = self._statements.get(is_after)
        if found is None:
            query = (
                page_select(self.listing, window)
                if self.parent is None
                else pages_select(self.listing, window, self.parent)
            )
            found = self._statements[is_after] = compiled(query)
        return found

    def _query(self, window: Window) -> Select[Any]:
        if self.parent is None:
            return page_select(self.listing, window)
        return pages_select(self.listing, window, self.parent)


async def load_page(
    session: ReadSession | WriteSession,
    listing: Listing[Row] | KeptListing[Row],
    window: Window,
    given: Mapping[str, Any] = NOTHING,
) -> KeysetPage[Row]:
    """One page of the list; raises BadInput for a cursor of another list. `given` are values of its parameters."""
    own = listing.listing if isinstance(listing, KeptListing) else listing
    values = {**own.order.values(window), **given}
    query = listing.statement(window) if isinstance(listing, KeptListing) else page_select(listing, window)
    return _page(await rows(session, _kind_of(own), query, values), own.order, window)


async def load_pages(
    session: ReadSession,
    listing: Listing[Row] | KeptListing[Row],
    window: Window,
    *,
    parent: Key,
    parent_ids: Sequence[UUID],
    given: Mapping[str, Any] = NOTHING,
) -> dict[UUID, KeysetPage[Row]]:
    """The same page of each parent's list, in one statement; `parent` is the column that names a row's parent."""
    own = listing.listing if isinstance(listing, KeptListing) else listing
    values = {**own.order.values(window), PARENTS: list(parent_ids), **given}
    query = listing.statement(window) if isinstance(listing, KeptListing) else pages_select(listing, window, parent)
    found: dict[UUID, list[Any]] = {parent_id: [] for parent_id in parent_ids}
    for row in await fetched(session, query, values):
        found[row[0]].append(row)
    read = reader(_kind_of(own), first=1)
    return {parent_id: _page(read(each), own.order, window) for parent_id, each in found.items()}


@dataclass(frozen=True, slots=True)
class PageBelow:
    """A page of the list of one parent."""

    parent_id: UUID
    window: Window


async def load_pages_below(
    session: ReadSession, listing: Listing[Row], parent: Key, keys: Sequence[PageBelow]
) -> list[KeysetPage[Row]]:
    """A page for each key, by one statement for all that ask for the same window."""
    found: dict[PageBelow, KeysetPage[Row]] = {}
    for window in {key.window for key in keys}:
        ids = [key.parent_id for key in keys if key.window == window]
        pages = await load_pages(session, listing, window, parent=parent, parent_ids=ids)
        found |= {PageBelow(parent_id, window): page for parent_id, page in pages.items()}
    return [found[key] for key in keys]


async def count_rows(
    session: ReadSession | WriteSession, rows: SelectOfScalar[Row] | Compiled, given: Mapping[str, Any] = NOTHING
) -> int:
    """How many rows the whole list has; `rows` selects them, or is the statement of a `count_query`."""
    query = rows if isinstance(rows, Compiled) else count_query(rows)
    return int((await fetched(session, query, given))[0][0])


def count_query(rows: SelectOfScalar[Row]) -> Select[*tuple[Any, ...]]:
    """The select for `count_rows`."""
    return rows.with_only_columns(func.count(), maintain_column_froms=True)


def counts_query(rows: SelectOfScalar[Row], parent: Key) -> Select[*tuple[Any, ...]]:
    """The select for `count_rows_by_parent`; `rows` selects the rows of all parents."""
    is_wanted = parent == any_(bindparam(PARENTS, type_=ARRAY(Uuid())))
    return rows.where(is_wanted).with_only_columns(parent, func.count()).group_by(parent)


async def count_rows_by_parent(
    session: ReadSession,
    query: Compiled | Select[*tuple[Any, ...]],
    parent_ids: Sequence[UUID],
    given: Mapping[str, Any] = NOTHING,
) -> dict[UUID, int]:
    """How many rows each parent's whole list has, in one statement."""
    counted = await fetched(session, query, {PARENTS: list(parent_ids), **given})
    return dict.fromkeys(parent_ids, 0) | {row[0]: row[1] for row in counted}


def page_select(listing: Listing[Row], window: Window) -> Select[Row]:
    """The select of one page, and of one row more than wanted: that row tells whether there is a next page."""
    kind: type[Row] = _kind_of(listing)
    order, wanted = listing.order, listed(kind, listing.rows)
    if window.after is not None:
        # A comparison of pairs, which Postgres can answer from an index over both columns.
        here = tuple_(order.key, order.row_id)
        there = tuple_(bindparam(_AFTER_KEY, type_=order.key.type), bindparam(_AFTER_ID, type_=Uuid()))
        wanted = wanted.where(here < there if order.descending else here > there)
    return wanted.order_by(*direction(order)).limit(bindparam(_MOST, type_=Integer()))


def pages_select(listing: Listing[Row], window: Window, parent: Key) -> Select[Any]:
    """The select of a page for each parent, with the parent's id before each row.

    With an index that begins with `parent` Postgres reads only the rows of the pages: the LATERAL select is run once
    for each parent and ends at its limit.
    """
    # The ids are one array, so that the statement is the same for any number of parents.
    array = func.unnest(bindparam(PARENTS, type_=ARRAY(Uuid())))
    given = array.table_valued(column("id", Uuid()), name="given").render_derived()
    part = page_select(Listing(listing.rows.where(parent == given.c.id), listing.order), window).lateral()
    # A join promises no order, so the rows, which the inner select put in order, are put in order again.
    return (
        select(given.c.id.label("given_id"), *part.c)
        .select_from(given)
        .join(part, true())
        .order_by(*direction(listing.order, part))
    )


def _kind_of(listing: Listing[Row]) -> type[Row]:
    kind: type[Row] = listing.order.row_id.class_
    return kind


def direction(order: Ordering, part: FromClause | None = None) -> list[ColumnElement[Any]]:
    key, row_id = (order.key, order.row_id) if part is None else (part.c[order.key.key], part.c[order.row_id.key])
    return [each.desc() if order.descending else each.asc() for each in (key, row_id)]


def _page(found: Sequence[Row], order: Ordering, window: Window) -> KeysetPage[Row]:
    rows = found[: window.first]
    return KeysetPage(
        rows=rows,
        cursors=RowCursors(order.cursor, rows),
        has_next=len(found) > window.first,
        has_previous=window.after is not None,
    )
