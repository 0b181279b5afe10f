"""The order of names: neither case nor how an accent is spelt counts, so that Apple stands beside apple."""

from typing import Any

from sqlalchemy import ColumnElement, Index, String, func, literal_column, text

# Of a name: an entry of an index takes some 2,700 bytes, and a character up to four.
INDEXED_CHARACTERS = 300
_INDEXED = f"normalize(lower(left(name, {INDEXED_CHARACTERS})))"


def folded(name: Any) -> ColumnElement[str]:
    """What of a name counts for its place; Postgres alone folds, so that one rule holds for every letter."""
    return func.normalize(func.lower(name), type_=String())


def folded_beginning(name: Any) -> ColumnElement[str]:
    """What an index of `by_name` holds of a name."""
    return folded(func.left(name, literal_column(str(INDEXED_CHARACTERS))))


def by_name(table: str, *within: str) -> Index:
    """The order of a list by name, of the whole tenant or within a parent: beyond a prefix names are in no order."""
    columns = ("tenant_id", *within)
    return Index(f"ix_{table}_{'_'.join(columns)}_name_id", *columns, text(_INDEXED), "id")
