"""Reads a list of orders between two instants until it is certain that nothing of it is missing; stores nothing.

An order that changes while its list is read leaves it, and moves another one onto a page that was read already. So each
part of the list is counted, and read again where something moved. What a marketplace leaves out of its list by itself
is a hole, which the caller remembers.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from integrations.selling.marketplace import AskOrders
from integrations.selling.records import OrderPage

# A part with more orders than this is cut into smaller ones: something moves within a small one rarely.
_MOST_IN_A_PART = 2_000
_IN_A_PART = 1_000
_SHORTEST_PART = timedelta(minutes=1)
_MOST_READINGS = 4


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """Changes of orders from `since` to `until`, both included."""

    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        return f"{self.since.isoformat()}/{self.until.isoformat()}"

    def parts(self, count: int) -> list["ChangeSpan"]:
        step = (self.until - self.since) / count
        ends = [self.since + step * number for number in range(1, count)]
        return [ChangeSpan(start, end) for start, end in zip([self.since, *ends], [*ends, self.until], strict=True)]


def span_named(name: str) -> ChangeSpan | None:
    """The window with this name; None for the name of something else."""
    since, _, until = name.partition("/")
    try:
        return ChangeSpan(datetime.fromisoformat(since), datetime.fromisoformat(until))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class PartRead:
    """A part of the list was read to its end; `is_whole`: nothing of it is missing, as far as the list tells."""

    window: ChangeSpan
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class PartCut:
    """A part with so many orders is read in smaller ones."""

    total: int


@dataclass(slots=True)
class _Count:
    """What one reading of a part had."""

    ids: set[str] = field(default_factory=set)
    totals: set[int] = field(default_factory=set)
    named: int = 0
    nameless: int = 0

    def add(self, page: OrderPage) -> None:
        ids = [order.external_id for order in page.orders]
        ids += [each.external_id for each in page.unreadable if each.external_id is not None]
        self.ids.update(ids)
        self.named += len(ids)
        self.nameless += sum(each.external_id is None for each in page.unreadable)
        if page.total is not None:
            self.totals.add(page.total)

    @property
    def stood_still(self) -> bool:
        """Nothing left the list or moved within it while it was read."""
        return len(self.totals) <= 1 and self.named == len(self.ids)

    @property
    def is_whole(self) -> bool:
        return self.stood_still and self.named + self.nameless >= max(self.totals, default=0)


async def read_window(ask: AskOrders, window: ChangeSpan) -> AsyncIterator[OrderPage | PartRead | PartCut]:
    """Every page of the window, and after the pages of each part how it was read. Orders may come more than once."""
    parts = [window]
    while parts:
        part, smaller = parts.pop(), list[ChangeSpan]()
        count = _Count()
        for _ in range(_MOST_READINGS):
            count = _Count()
            async with aclosing(ask(part.since, part.until)) as pages:
                async for page in pages:
                    smaller = _smaller(part, page.total)
                    if smaller:
                        yield PartCut(page.total or 0)
                        break
                    count.add(page)
                    yield page
            if smaller or count.stood_still:
                break
        if smaller:
            parts.extend(reversed(smaller))
        else:
            yield PartRead(part, count.is_whole)


def _smaller(part: ChangeSpan, total: int | None) -> list[ChangeSpan]:
    """The parts of one that has too many orders; none where it is small enough, or short."""
    most = (part.until - part.since) // _SHORTEST_PART
    if total is None or total <= _MOST_IN_A_PART or most < 2:  # noqa: PLR2004 - what cannot be halved
        return []
    return part.parts(min(ceil(total / _IN_A_PART), most))
