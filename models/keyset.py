"""Keyset paging over a column and the id: one page of a list, or one page for each of many parents in one statement.

This module knows no table: the caller's select says which rows belong to a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, DateTime, FromClause, Uuid, column, func, literal, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, select
from sqlmodel.sql.expression import SelectOfScalar
from sqlmodel.sql.sqltypes import UTCDateTime

from errors import BadInput
from models.columns import is_any
from models.cursor_text import bytes_of_cursor, cursor_of_bytes
from models.database import ReadSession, WriteSession

Row = TypeVar("Row", bound=SQLModel)
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Key = Any  # a mapped column, which SQLModel types as the value it holds

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

    def cursor(self, row: SQLModel) -> str:
        """The cursor of `row`: its place in this order, opaque to clients."""
        value = getattr(row, self.key.key)
        text = value.isoformat() if isinstance(value, datetime) else value
        return cursor_of_bytes(_encode((self.name, text, getattr(row, self.row_id.key))))

    def position(self, cursor: str) -> tuple[Any, UUID]:
        """The key and the id that `cursor` made a cursor of; raises BadInput for a cursor of another list or order."""
        try:
            name, text, row_id = _decode(bytes_of_cursor(cursor))
            if name == self.name and "\0" not in text:  # Postgres refuses NUL in a text
                return self._value(text), row_id
        except (msgspec.MsgspecError, ValueError, OverflowError):
            pass  # every fault of a cursor gets the message below
        raise BadInput("This cursor does not belong to this list in this order: take one from a page of it.")

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


async def load_page(session: ReadSession | WriteSession, listing: Listing[Row], window: Window) -> KeysetPage[Row]:
    """One page of the list; raises BadInput for a cursor of another list."""
    return _page((await session.exec(_part(listing, window))).all(), listing.order, window)


async def load_pages(
    session: ReadSession, listing: Listing[Row], window: Window, *, parent: Key, parent_ids: Sequence[UUID]
) -> dict[UUID, KeysetPage[Row]]:
    """The same page of each parent's list, in one statement.

    `parent` is the column that names a row's parent. With an index that begins with it Postgres reads only the rows of
    the pages: the LATERAL select is run once for each parent and ends at its limit.
    """
    # The ids are one array, so that the statement is the same for any number of parents.
    array = func.unnest(literal(parent_ids, ARRAY(Uuid())))
    given = array.table_valued(column("id", Uuid()), name="given").render_derived()
    own = Listing(listing.rows.where(parent == given.c.id), listing.order)
    part = _part(own, window).lateral()
    # A join promises no order, so the rows, which the inner select put in order, are put in order again.
    query = (
        select(given.c.id, aliased(parent.class_, part))
        .select_from(given)
        .join(part, true())
        .order_by(*_direction(listing.order, part))
    )
    found: dict[UUID, list[Row]] = {parent_id: [] for parent_id in parent_ids}
    for parent_id, row in (await session.exec(query)).all():
        found[parent_id].append(row)
    return {parent_id: _page(rows, listing.order, window) for parent_id, rows in found.items()}


async def count_rows(session: ReadSession | WriteSession, rows: SelectOfScalar[Row]) -> int:
    """How many rows the whole list has."""
    query = rows.with_only_columns(func.count(), maintain_column_froms=True)
    return int((await (await session.connection()).execute(query)).scalar_one())


async def count_rows_by_parent(
    session: ReadSession, rows: SelectOfScalar[Row], *, parent: Key, parent_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """How many rows each parent's whole list has, in one statement."""
    query = rows.where(is_any(parent, parent_ids)).with_only_columns(parent, func.count()).group_by(parent)
    counted = await (await session.connection()).execute(query)
    return dict.fromkeys(parent_ids, 0) | {parent_id: number for parent_id, number in counted}  # noqa: C416 - rows are no pairs to mypy


def _part(listing: Listing[Row], window: Window) -> SelectOfScalar[Row]:
    """The select of one page, and of one row more than wanted: that row tells whether there is a next page."""
    order, rows = listing.order, listing.rows
    if window.after is not None:
        value, row_id = order.position(window.after)
        # A comparison of pairs, which Postgres can answer from an index over both columns.
        here, there = tuple_(order.key, order.row_id), tuple_(literal(value, order.key.type), row_id)
        rows = rows.where(here < there if order.descending else here > there)
    return rows.order_by(*_direction(order)).limit(window.first + 1)


def _direction(order: Ordering, part: FromClause | None = None) -> list[ColumnElement[Any]]:
    key, row_id = (order.key, order.row_id) if part is None else (part.c[order.key.key], part.c[order.row_id.key])
    return [each.desc() if order.descending else each.asc() for each in (key, row_id)]


def _page(found: Sequence[Row], order: Ordering, window: Window) -> KeysetPage[Row]:
    rows = found[: window.first]
    return KeysetPage(
        rows=rows,
        cursors=[order.cursor(row) for row in rows],
        has_next=len(found) > window.first,
        has_previous=window.after is not None,
    )
