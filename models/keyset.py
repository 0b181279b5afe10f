"""Pages through rows by the keys of the last one seen; knows cursors, not what is listed."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel.sql.expression import SelectOfScalar

from errors import BadInput
from models.database import ReadSession, WriteSession

RowT = TypeVar("RowT")

_PARSERS: dict[type, Callable[[str], Any]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    str: str,
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows. `tag` names query and order in cursors; `keys` hold no null and end in a unique one."""

    tag: str
    keys: tuple[Any, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows of one page in order, with a cursor each."""

    rows: Sequence[Row] = ()
    cursors: Sequence[str] = ()
    has_next: bool = False
    has_previous: bool = False


async def load_slice(session: ReadSession, rows: SelectOfScalar[Row], order: Ordering, window: Window) -> Slice[Row]:
    """One page of `rows`; raises BadInput for a cursor of another list."""
    found = (await session.exec(_part(rows, order, window))).all()
    return _slice(found, order, window)


async def load_slices(
    session: ReadSession, rows: SelectOfScalar[Row], order: Ordering, window: Window, *, parents: Parents
) -> dict[UUID, Slice[Row]]:
    """The same page of each parent's list in one statement, each list read no further than its page needs."""
    given = _given(parents)
    part = _part(rows.where(parents.key == given.c.id), order, window).lateral()
    query = select(given.c.id, aliased(order.key.class_, part)).select_from(given).join(part, true())
    found: dict[UUID, list[Row]] = {parent_id: [] for parent_id in parents.ids}
    # A lateral join promises no order: each parent's rows are put in theirs by the same keys.
    for parent_id, row in (await session.exec(query.order_by(*_keys(order, part.c)))).all():
        found[parent_id].append(row)
    return {parent_id: _slice(rows_, order, window) for parent_id, rows_ in found.items()}
