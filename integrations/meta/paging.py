"""Reads Meta's lists to their end; must not know what is in them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from integrations.errors import Misshapen

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
# More pages than the list of the largest account has: a list with more of them does not end.
MOST_PAGES = 20_000
_CREDENTIALS = ("access_token", "appsecret_proof")


class Cursors(msgspec.Struct, frozen=True):
    after: str | None = None


class Paging(msgspec.Struct, frozen=True):
    cursors: Cursors | None = None
    next: str | None = None


class DecodedPage(Protocol[T_co]):
    """One page as it was decoded."""

    @property
    def data(self) -> Sequence[T_co]: ...
    @property
    def paging(self) -> Paging | None: ...


def position_after(paging: Paging | None) -> dict[str, str] | None:
    """The parameters that ask for the following page; None at the end of the list.

    Only a missing `next` is the end: a page before it may be short or empty. `next` contains the token, so it is taken
    apart here and never passed on.
    """
    if paging is None or not paging.next:
        return None
    if paging.cursors is not None and paging.cursors.after:
        return {"after": paging.cursors.after}
    query = parse_qsl(urlsplit(paging.next).query)
    return {name: value for name, value in query if name not in _CREDENTIALS}


async def pages(
    fetch: Callable[[Mapping[str, str]], Awaitable[DecodedPage[T]]], *, most: int = MOST_PAGES
) -> AsyncGenerator[Sequence[T], None]:
    """The rows of each page; the following page is fetched while the caller works on this one.

    Raises Misshapen when the list comes back to a place where it has been, or does not end.
    """
    seen: set[frozenset[tuple[str, str]]] = set()
    coming = asyncio.ensure_future(fetch({}))
    try:
        while True:
            page = await coming
            position = position_after(page.paging)
            if position is None:
                yield page.data
                return
            place = frozenset(position.items())
            if place in seen or len(seen) >= most:
                raise Misshapen("Meta's list of results does not end.")
            seen.add(place)
            coming = asyncio.ensure_future(fetch(position))
            yield page.data
    finally:
        await _drop(coming)


async def _drop(coming: "asyncio.Future[DecodedPage[T]]") -> None:
    """Cancels the request for the next page when the caller has stopped reading, and drops its answer or error."""
    coming.cancel()
    await asyncio.wait([coming])
    if not coming.cancelled():
        coming.exception()


class Once(Generic[T]):
    """Recognises rows that an earlier page has brought already, by a key."""

    def __init__(self, key: Callable[[T], object]) -> None:
        self._key = key
        self._seen: set[object] = set()

    def new(self, rows: Sequence[T]) -> list[T]:
        """The rows that have not come before."""
        seen, key, fresh = self._seen, self._key, []
        for row in rows:
            if (identity := key(row)) not in seen:
                seen.add(identity)
                fresh.append(row)
        return fresh
