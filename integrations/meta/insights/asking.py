"""How a question for insights is asked: with pages of which size, directly or as a report, for which part of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from analytics.enums import EntityLevel
from integrations.errors import Relief, TooLarge, TooMuchData
from integrations.meta.decoding import Decoder
from integrations.meta.graph import Graph

T = TypeVar("T")

# One call costs the same for 50 rows as for 500: Meta counts calls, not rows.
PAGE_ROWS = 500
# Pages are not made smaller than this: a report, or a smaller question, needs fewer calls then.
LEAST_ROWS = 60
_FIELDS = {EntityLevel.CAMPAIGN: "campaign.id", EntityLevel.AD: "ad.id"}


@dataclass(frozen=True, slots=True)
class Among:
    """The condition that rows belong to these campaigns or ads, or, if `is_rest`, to none of them.

    `ids` are the platform's.
    """

    level: EntityLevel
    ids: tuple[str, ...]
    is_rest: bool = False

    @property
    def filter(self) -> dict[str, object]:
        return {"field": _FIELDS[self.level], "operator": "NOT_IN" if self.is_rest else "IN", "value": self.ids}


@dataclass(slots=True)
class Asking:
    """How one question is asked. `page_rows` shrinks while Meta refuses pages as too heavy; at the end it is the size
    that worked.

    `fields` are Meta's; an empty tuple stands for all. All conditions of `among` apply.
    """

    page_rows: int = PAGE_ROWS
    least_rows: int = LEAST_ROWS
    by_report: bool = False
    among: tuple[Among, ...] = ()
    fields: tuple[str, ...] = ()

    def shrink(self) -> bool:
        """Halves the size of pages; False when smaller ones are not worth their calls."""
        half = self.page_rows // 2
        if half < self.least_rows:
            return False
        self.page_rows = half
        return True


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
