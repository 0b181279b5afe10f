"""The order of names: neither case nor accents count, so that Éclair stands beside eclair; equal ones go by their ids.

Postgres alone makes the keys, by the function `name_key` of the migrations, so that one rule holds for every letter and
every writer. A key is a plain column: row-level security lets no computed one be looked up in an index.
"""

from typing import Any

from sqlalchemy import Computed, Index, String
from sqlmodel import Field

# Bytes, so that servers of any locale have the same order.
_BYTES = String(collation="C")


def name_key() -> Any:
    """The column of what counts of the row's `name`: 600 characters at most, since an index holds them."""
    rule = Computed("name_key(name)", persisted=True)
    return Field(default=None, nullable=False, sa_type=_BYTES, sa_column_args=[rule])


def by_name(*within: str) -> Index:
    """The order of a list by name, of the whole tenant or within a parent."""
    return Index(None, "tenant_id", *within, "name_key", "id")
