"""How a text column is compared with what a client typed: neither case nor the encoding of accents matters.

The wildcards of LIKE (`%` and `_`) are plain characters.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, String, and_, any_, bindparam, cast, func, literal, select, true

from errors import BadInput
from models.columns import TEXT_LIST

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


@dataclass(frozen=True, slots=True)
class TextTerms:
    """A TextMatch as it stands in SQL: `any_of` is an array. Its terms may be parameters of a statement made once."""

    eq: ColumnElement[Any] | None = None
    any_of: ColumnElement[Any] | None = None
    contains: ColumnElement[Any] | None = None
    starts_with: ColumnElement[Any] | None = None
    is_null: bool | None = None


def composed(match: TextMatch) -> TextMatch:
    """The match with its letters composed, as `matches` compares them with a column."""
    return TextMatch(
        eq=_composed(match.eq),
        any_of=None if match.any_of is None else tuple(normalize("NFC", text) for text in match.any_of),
        contains=_composed(match.contains),
        starts_with=_composed(match.starts_with),
        is_null=match.is_null,
    )


def _composed(text: str | None) -> str | None:
    return None if text is None else normalize("NFC", text)


@dataclass(frozen=True, slots=True)
class TextShape:
    """A TextMatch without its texts: under which names they are bound to a statement."""

    eq: str | None
    any_of: str | None
    contains: str | None
    starts_with: str | None
    is_null: bool | None

    @property
    def terms(self) -> TextTerms:
        return TextTerms(
            eq=_bound(self.eq),
            any_of=None if self.any_of is None else bindparam(self.any_of, type_=TEXT_LIST),
            contains=_bound(self.contains),
            starts_with=_bound(self.starts_with),
            is_null=self.is_null,
        )


def _bound(name: str | None) -> ColumnElement[Any] | None:
    return None if name is None else bindparam(name, type_=String())


def text_shape(match: TextMatch, bind: Callable[[Any], str | None]) -> TextShape:
    """The shape of a comparison with texts; `bind` gives a name to each of them, and None to what is None."""
    given = composed(match)
    return TextShape(
        eq=bind(given.eq),
        any_of=bind(None if given.any_of is None else list(given.any_of)),
        contains=bind(given.contains),
        starts_with=bind(given.starts_with),
        is_null=given.is_null,
    )


def terms_of(match: TextMatch) -> TextTerms:
    """The match as literals."""
    return TextTerms(
        eq=_literal(match.eq),
        any_of=None if match.any_of is None else literal(list(match.any_of), TEXT_LIST),
        contains=_literal(match.contains),
        starts_with=_literal(match.starts_with),
        is_null=match.is_null,
    )


def _literal(text: str | None) -> ColumnElement[Any] | None:
    return None if text is None else literal(text, String())


def matches(column: ColumnElement[Any], match: TextMatch | TextTerms) -> ColumnElement[bool]:
    """The condition in SQL. Postgres folds the case on both sides, so that one rule applies to every letter.

    Names are stored as the platform has them. A letter with an accent may be one character there, or two that look the
    same, as some keyboards and file systems write them. So both sides are composed before they are compared; terms must
    be so already.
    """
    terms = match if isinstance(match, TextTerms) else terms_of(composed(match))
    folded = func.lower(func.normalize(column))
    parts: list[ColumnElement[bool]] = []
    if terms.eq is not None:
        parts.append(folded == func.lower(terms.eq))
    if terms.any_of is not None:
        parts.append(folded == any_(_folded(terms.any_of)))
    if terms.contains is not None:
        parts.append(func.strpos(folded, func.lower(terms.contains)) > 0)
    if terms.starts_with is not None:
        parts.append(func.starts_with(folded, func.lower(terms.starts_with)))
    if terms.is_null is not None:
        parts.append(column.is_(None) if terms.is_null else column.is_not(None))
    return and_(true(), *parts)


def _folded(texts: ColumnElement[Any]) -> ColumnElement[Any]:
    """The array with the case of its texts folded; a subquery, so that it is made once and not for each row."""
    text = func.unnest(texts).column_valued("typed")
    lowered = select(func.array_agg(func.lower(text))).scalar_subquery()
    return func.coalesce(cast(lowered, TEXT_LIST), literal([], TEXT_LIST))
