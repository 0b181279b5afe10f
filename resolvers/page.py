"""Pages of lists: the record behind every Connection, and the rule for `first`."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

import strawberry

from errors import BadInput
from execution.limits.answered import Spliced
from execution.limits.list_sizes import DEFAULT_PAGE, LARGEST_PAGE
from models.keyset import KeysetPage, TextPage, Window
from resolvers.batching import BatchLoader, with_list_form

T = TypeVar("T")
PageKey = TypeVar("PageKey", bound=Hashable)
CountKey = TypeVar("CountKey", bound=Hashable)


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
    """A page of a list. Edges, cursors and ends are made where they are asked for, and `count` is called likewise."""

    found: KeysetPage[T]
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[T]:
        rows = self.found.rows
        if isinstance(self.found, TextPage):
            # What the executor takes in the place of a list.
            return cast("list[T]", Spliced(f"[{','.join(self.found.rows)}]".encode(), self.found.counts, is_whole=True))
        return rows if isinstance(rows, list) else list(rows)

    @property
    def edges(self) -> list[PageEdge[T]]:
        return [PageEdge(cursor, node) for cursor, node in zip(self.found.cursors, self.found.rows, strict=True)]

    @property
    def page_info(self) -> PageEnds:
        cursors = self.found.cursors
        return PageEnds(
            has_next_page=self.found.has_next,
            has_previous_page=self.found.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


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


async def total_count(parent: strawberry.Parent[Page[Any]]) -> int:
    return await parent.count()


async def _total_counts(parent: list[Page[Any]]) -> list[int]:
    return await gather(*(page.count() for page in parent))


with_list_form(total_count, _total_counts)


async def pages_below(
    pages: BatchLoader[PageKey, KeysetPage[T]],
    counts: BatchLoader[CountKey, int],
    keys: Sequence[tuple[PageKey, CountKey]],
) -> list[Page[T]]:
    """The page below each parent, by the keys of its rows and of their number; these are counted where asked for."""
    found = await pages.load_many([of_page for of_page, _ in keys])
    return [Page(page, partial(counts.load, of_count)) for page, (_, of_count) in zip(found, keys, strict=True)]


def window(first: int | None, after: str | None) -> Window:
    """The part of a list that a connection's arguments ask for; raises BadInput for a `first` below 1."""
    return Window(page_size(first), after_cursor(after))
