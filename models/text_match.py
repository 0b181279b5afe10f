"""How a text column is compared with what a client typed: neither case nor the encoding of accents matters.

The wildcards of LIKE (`%` and `_`) are plain characters.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, and_, func, true

from errors import BadInput

# Longer than any stored name. There is a limit because Postgres folds the case of this text anew for each row.
LONGEST_TEXT = 2_000
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextMatch:
    """Every given part must be true; an empty `any_of` matches nothing.

    Raises BadInput for text that Postgres cannot store, and for text of more than LONGEST_TEXT characters.
    """

    eq: str | None = None
    any_of: tuple[str, ...] | None = None
    contains: str | None = None
    starts_with: str | None = None
    is_null: bool | None = None

    def __post_init__(self) -> None:
        for text in (self.eq, self.contains, self.starts_with, *(self.any_of or ())):
            if text is not None and len(text) > LONGEST_TEXT:
                raise BadInput(f"Text to match has at most {LONGEST_TEXT:,} characters.")
            if text is not None and not is_storable(text):
                raise BadInput("Text must not contain NUL or lone surrogates.")


def is_storable(text: str) -> bool:
    """Whether Postgres takes the text."""
    return _NOT_STORABLE.search(text) is None


_PARTS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda column, text: func.lower(column) == func.lower(text),
    "any_of": lambda column, texts: func.lower(column).in_([func.lower(text) for text in texts]),
    "contains": lambda column, text: column.icontains(text, autoescape=True),
    "starts_with": lambda column, text: column.istartswith(text, autoescape=True),
    "is_null": lambda column, wanted: column.is_(None) if wanted else column.is_not(None),
}


def matches(column: ColumnElement[Any], match: TextMatch) -> ColumnElement[bool]:
    """The condition in SQL. Postgres folds the case on both sides, so that one rule applies to every letter.

    Names are stored as the platform has them. A letter with an accent may be one character there, or two that look the
    same, as some keyboards and file systems write them. So both sides are composed before they are compared.
    """
    composed = func.normalize(column)
    given = ((part, _composed(getattr(match, part))) for part in _PARTS)
    return and_(true(), *(_PARTS[part](composed, value) for part, value in given if value is not None))


def _composed(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(normalize("NFC", text) for text in value)
    return normalize("NFC", value) if isinstance(value, str) else value
