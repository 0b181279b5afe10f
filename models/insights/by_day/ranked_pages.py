"""Pages of a list that is computed as a whole: a cursor is a place in its order, not a number of rows."""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from errors import BadInput
from models.insights.cursor import NOT_OF_THIS_QUESTION, Mark, decode_cursor, encode_cursor
from models.keyset import KeysetPage, RowCursors, Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranking(Generic[T]):
    """A total order: by the values of `key`, which are of `kinds` and never None.

    Cursors of another `question` are refused; it is whatever tells one list from another.
    """

    question: tuple[Any, ...]
    key: Callable[[T], tuple[Any, ...]]
    kinds: tuple[type, ...]


@dataclass(frozen=True, slots=True)
class RankedPage(KeysetPage[T]):
    """`total` is the number of rows of the whole list."""

    total: int


def ranked_page(found: Sequence[T], ranking: Ranking[T], window: Window) -> RankedPage[T]:
    """A page of all that was found, in any order. What moves in the order between two pages costs no other row.

    Raises BadInput for a cursor of another list.
    """
    signature = hashlib.sha256(repr(ranking.question).encode()).hexdigest()[:16]
    mark, ordered, first = Mark(signature, ""), sorted(found, key=ranking.key), 0
    if window.after is not None:
        place = decode_cursor(window.after, signature, ranking.kinds)
        if None in place.values:
            raise BadInput(NOT_OF_THIS_QUESTION)
        first = bisect_right(ordered, place.values, key=ranking.key)
    rows = ordered[first : first + window.first]
    return RankedPage(
        rows=rows,
        cursors=RowCursors(lambda row: encode_cursor(mark, ranking.key(row)), rows),
        has_next=first + len(rows) < len(ordered),
        has_previous=window.after is not None,
        total=len(ordered),
    )
