"""The order of names: case and accents do not count, so that Éclair stands beside eclair; equal names go by id.

Postgres alone makes the keys of this order, by the function `name_key` of the migrations, so that one rule applies to
every letter and every writer. A key is a stored column, not an index over an expression: under row-level security
Postgres does not look such an expression up in an index.
"""

from typing import Any

from sqlalchemy import Computed, Index, String
from sqlmodel import Field

LONGEST_KEY = 600  # characters, as the function of the migrations cuts it: an entry of an index is limited
# Compared byte by byte, so that servers of any locale have the same order.
_BYTES = String(collation="C")


def name_key(of: str = "name", *, nullable: bool = False) -> Any:
    """The column with the sort key of the row's name, or of another text: at most LONGEST_KEY characters."""
    rule = Computed(f"name_key({of})", persisted=True)
    return Field(default=None, nullable=nullable, sa_type=_BYTES, sa_column_args=[rule])


def by_name(*within: str) -> Index:
    """The index for a list in order of name: of the whole tenant, or within the parent that the columns name."""
    return Index(None, "tenant_id", *within, "name_key", "id")
