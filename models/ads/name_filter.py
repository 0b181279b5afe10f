"""How names of entities are filtered: by the key of their order (name_order.py), where neither case nor accents count.

The key is cut. Behind its end names are compared as they are, and only their case does not count.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, any_, cast, func, literal, or_, select, true

from models.ads.name_order import LONGEST_KEY
from models.columns import TEXT_LIST
from models.text_match import TextMatch, matches

Column = ColumnElement[Any]


def matches_name(name: Any, key: Any, wanted: TextMatch) -> ColumnElement[bool]:
    """The condition in SQL; Postgres makes the keys on both sides, so that one rule applies to every letter."""
    given = ((condition, getattr(wanted, part)) for part, condition in _PARTS.items())
    return and_(true(), *(condition(name, key, value) for condition, value in given if value is not None))


def _equals(name: Column, key: Column, text: str) -> ColumnElement[bool]:
    return and_(key == _key_of(text), or_(_is_whole(key), matches(name, TextMatch(eq=text))))


def _is_one_of(name: Column, key: Column, texts: tuple[str, ...]) -> ColumnElement[bool]:
    typed = func.unnest(literal(list(texts), TEXT_LIST)).column_valued("typed")
    keys = select(func.array_agg(func.name_key(typed))).scalar_subquery()
    is_one = key == any_(func.coalesce(cast(keys, TEXT_LIST), literal([], TEXT_LIST)))
    return and_(is_one, or_(_is_whole(key), matches(name, TextMatch(any_of=texts))))


def _contains(name: Column, key: Column, text: str) -> ColumnElement[bool]:
    folded = _key_of(text)
    is_behind = and_(~_is_whole(key), matches(name, TextMatch(contains=text)))
    return or_(and_(_is_whole(folded), func.strpos(key, folded) > 0), is_behind)


def _starts_with(name: Column, key: Column, text: str) -> ColumnElement[bool]:
    folded = _key_of(text)
    is_long_too = or_(_is_whole(folded), matches(name, TextMatch(starts_with=text)))
    return and_(func.starts_with(key, folded), is_long_too)


def _is_null(name: Column, _key: Column, wanted: bool) -> ColumnElement[bool]:
    return name.is_(None) if wanted else name.is_not(None)


_PARTS: Mapping[str, Callable[[Column, Column, Any], ColumnElement[bool]]] = {
    "eq": _equals,
    "any_of": _is_one_of,
    "contains": _contains,
    "starts_with": _starts_with,
    "is_null": _is_null,
}


def _key_of(text: str) -> ScalarSelect[Any]:
    """A subquery, so that it is computed once and not for each row."""
    return select(func.name_key(text)).scalar_subquery()


def _is_whole(key: Any) -> ColumnElement[bool]:
    return func.char_length(key) < LONGEST_KEY
