"""How a page of insights is asked for: in halves of its size until Meta can answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from integrations.ads.questions import Asking
from integrations.errors import Relief, TooLarge, TooMuchData
from integrations.meta.decoding import Decoder
from integrations.meta.graph import Graph

T = TypeVar("T")


def page_reader(
    graph: Graph, path: str, query: Mapping[str, str], decoder: Decoder[T], asking: Asking
) -> Callable[[Mapping[str, str]], Awaitable[T]]:
    """A function that fetches the page at a position, and halves its size until the platform answers it."""

    async def fetch(position: Mapping[str, str]) -> T:
        while True:
            try:
                return await graph.get(path, {**query, **position, "limit": str(asking.page_rows)}, decoder)
            except (TooMuchData, TooLarge) as error:
                is_heavy_page = isinstance(error, TooLarge) or error.relief is Relief.SMALLER_PAGE
                if not is_heavy_page or not asking.shrink():
                    raise

    return fetch
