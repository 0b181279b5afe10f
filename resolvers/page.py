"""Pages of lists: the record behind every Connection, and the rule for `first`."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry

from errors import BadInput
from execution.limits.list_sizes import DEFAULT_PAGE, LARGEST_PAGE
from models.keyset import KeysetPage, Window
from resolvers.batching import with_list_form

T = TypeVar("T")


@dataclass(slots=True)
class PageEnds:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(slots=True)
class PageEdge(Generic[T]):
    cursor: str
    node: T


@dataclass(slots=True)
class Page(Generic[T]):
    """A page of a list; `count` is called only if the query selects totalCount."""

    nodes: list[T]
    edges: list[PageEdge[T]]
    page_info: PageEnds
    count: Callable[[], Awaitable[int]]


def page_size(first: int | None) -> int:
    """The size of a page: 50 if `first` is None, at most 1,000; raises BadInput for a `first` below 1."""
    if first is None:
        return DEFAULT_PAGE
    if first < 1:
        raise BadInput("`first` must be at least 1.")
    return min(first, LARGEST_PAGE)


def after_cursor(after: str | None) -> str | None:
    """The cursor; None, which asks for the first page, for an `after` that was left out, null or empty."""
    return after if isinstance(after, str) and after else None


def page_of(found: KeysetPage[T], count: Callable[[], Awaitable[int]]) -> Page[T]:
    cursors = found.cursors
    return Page(
        nodes=list(found.rows),
        edges=[PageEdge(cursor, node) for cursor, node in zip(cursors, found.rows, strict=True)],
        page_info=PageEnds(
            has_next_page=found.has_next,
            has_previous_page=found.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        count=count,
    )


async def total_count(parent: strawberry.Parent[Page[Any]]) -> int:
    return await parent.count()


async def _total_counts(parent: list[Page[Any]]) -> list[int]:
    return await gather(*(page.count() for page in parent))


with_list_form(total_count, _total_counts)


def window(first: int | None, after: str | None) -> Window:
    """The part of a list that a connection's arguments ask for; raises BadInput for a `first` below 1."""
    return Window(page_size(first), after_cursor(after))
