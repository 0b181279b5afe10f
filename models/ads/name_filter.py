"""How names of entities are filtered: by the key of their order (name_order.py), where neither case nor accents count.

The key is cut. Behind its end names are compared as they are, and only their case does not count.
"""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, any_, cast, func, literal, or_, select, true

from models.ads.name_order import LONGEST_KEY
from models.columns import TEXT_LIST
from models.text_match import TextMatch, TextTerms, composed, matches, terms_of

Column = ColumnElement[Any]


def matches_name(name: Any, key: Any, wanted: TextMatch | TextTerms) -> ColumnElement[bool]:
    """The condition in SQL; Postgres makes the keys on both sides, so that one rule applies to every letter."""
    terms = wanted if isinstance(wanted, TextTerms) else terms_of(composed(wanted))
    parts: list[ColumnElement[bool]] = []
    if terms.eq is not None:
        parts.append(and_(key == _key_of(terms.eq), or_(_is_whole(key), matches(name, TextTerms(eq=terms.eq)))))
    if terms.any_of is not None:
        parts.append(_is_one_of(name, key, terms.any_of))
    if terms.contains is not None:
        parts.append(_contains(name, key, terms.contains))
    if terms.starts_with is not None:
        parts.append(_starts_with(name, key, terms.starts_with))
    if terms.is_null is not None:
        parts.append(name.is_(None) if terms.is_null else name.is_not(None))
    return and_(true(), *parts)


def _is_one_of(name: Column, key: Column, texts: Column) -> ColumnElement[bool]:
    typed = func.unnest(texts).column_valued("typed")
    keys = select(func.array_agg(func.name_key(typed))).scalar_subquery()
    is_one = key == any_(func.coalesce(cast(keys, TEXT_LIST), literal([], TEXT_LIST)))
    return and_(is_one, or_(_is_whole(key), matches(name, TextTerms(any_of=texts))))


def _contains(name: Column, key: Column, text: Column) -> ColumnElement[bool]:
    folded = _key_of(text)
    is_behind = and_(~_is_whole(key), matches(name, TextTerms(contains=text)))
    return or_(and_(_is_whole(folded), func.strpos(key, folded) > 0), is_behind)


def _starts_with(name: Column, key: Column, text: Column) -> ColumnElement[bool]:
    folded = _key_of(text)
    is_long_too = or_(_is_whole(folded), matches(name, TextTerms(starts_with=text)))
    return and_(func.starts_with(key, folded), is_long_too)


def _key_of(text: Column) -> ScalarSelect[Any]:
    """A subquery, so that it is computed once and not for each row."""
    return select(func.name_key(text)).scalar_subquery()


def _is_whole(key: Any) -> ColumnElement[bool]:
    return func.char_length(key) < LONGEST_KEY
