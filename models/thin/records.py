"""Rows as records: what a table's class has as attributes, without the ORM's state and its price.

A record cannot be changed or stored. Named queries promise the table's class, since readers ask for no more than its
columns and properties. A column whose `info` says UNLISTED is in no record: it may be large, and no list shows it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import ARRAY, DateTime, Float, Select, Uuid, any_, bindparam, select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.columns import Row, TextEnum
from models.database import ReadSession, WriteSession
from models.thin.compiled import DIALECT, NOTHING, Compiled, compiled, fetched

_R = TypeVar("_R", bound=Row)
# In the `info` of a column.
UNLISTED = "unlisted"
# Types of Postgres, by number: SQLAlchemy reads a number by the type that came.
_FLOAT8, _NUMERIC = 701, 1700


@cache
def record_of(kind: type[Row]) -> type:
    """The class of a table's records."""
    names = [(column.key, Any) for column in _columns(kind)]
    properties = {name: value for name, value in vars(kind).items() if isinstance(value, property)}
    # They hold no other records, so the garbage collector need not look at them.
    return msgspec.defstruct(kind.__name__, names, frozen=True, gc=False, namespace=properties, module=__name__)


async def rows(
    session: ReadSession | WriteSession,
    kind: type[_R],
    query: Compiled | Select[*tuple[Any, ...]],
    values: Mapping[str, Any] = NOTHING,
) -> list[_R]:
    """The records of a select of the class, as `listed` makes it, in its order."""
    return reader(kind)(await fetched(session, query, values))


def by_ids(kind: type[Row], *conditions: Any) -> Callable[[], Compiled]:
    """The statement for the rows of a table whose `id` is one of `ids`, if they also keep to the conditions."""
    own: Any = kind
    is_wanted = own.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    return cache(lambda: compiled(listed(kind, select(kind).where(is_wanted, *conditions))))


def listed(kind: type[Row], query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """A select of the whole class with what its records have."""
    shown = _columns(kind)
    if len(shown) == len(_table(kind).columns):
        return query
    return query.with_only_columns(*shown, maintain_column_froms=True)


@cache
def reader(kind: type[_R], first: int = 0) -> Callable[[Sequence[Any]], list[_R]]:
    """Makes records of what asyncpg fetched of a table's columns, from the column `first` on."""
    record: Any = record_of(kind)
    readers = [(place, found) for place, column in enumerate(_columns(kind), first) if (found := _reader(column))]

    def read(found: Sequence[Any]) -> list[Any]:
        made = []
        for row in found:
            values = list(row)
            for place, of_type in readers:
                values[place] = of_type(values[place])
            made.append(record(*values[first:]))
        return made

    return cast("Callable[[Sequence[Any]], list[_R]]", read)


def _table(kind: type[Row]) -> Any:
    return kind.__table__  # type: ignore[attr-defined]  # SQLModel types it not


@cache
def _columns(kind: type[Row]) -> tuple[Any, ...]:
    return tuple(column for column in _table(kind).columns if not column.info.get(UNLISTED))


def _reader(column: Any) -> Callable[[Any], Any] | None:
    """What turns a value of asyncpg into one of Python, for the few types that need it."""
    if isinstance(column.type, TextEnum):
        return column.type.read
    if isinstance(column.type, DateTime | UTCDateTime):
        return None  # asyncpg's instants are in UTC already
    kind = column.type.dialect_impl(DIALECT)
    number = _FLOAT8 if isinstance(kind, Float) else _NUMERIC
    found: Callable[[Any], Any] | None = kind.result_processor(DIALECT, number)
    return found
