"""Reads the site's lists page by page to the end that the site tells; what rows mean is not known here.

The pages of a stage are asked for together, so that one lease of the extension holds as many as it can. A page may be
shorter than asked for, or empty, and does not end a list thereby.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from integrations.errors import Misshapen
from integrations.selling.values import Fields
from integrations.vinted.markets import VENDOR
from integrations.vinted.relay import RelayOperation, StepWish
from integrations.vinted.steps import Steps
from integrations.vinted.values import id_in, instant_in, rows_in

PER_PAGE = 96
_MOST_PAGES = 1_000
# A site may put more on a page than was asked for; a list of more is no page.
_MOST_ROWS = 1_000
_MOST_READINGS = 3
_SAME_PAGE = "{vendor} tells the same page of {rows} whichever is asked for."
_NO_PAGE = "The extension's answer is no page of {vendor}'s {rows}."


@dataclass(frozen=True, slots=True)
class ListAsk:
    """`rows` is what the answer calls them, `key` names the reading within the job."""

    operation: RelayOperation
    rows: str
    key: str

    def page(self, number: int, again: str = "") -> StepWish:
        arguments = {"page": number, "perPage": PER_PAGE}
        return StepWish(self.operation, arguments, f"{self.key}-page-{number}{again}")


@dataclass(frozen=True, slots=True)
class ListPage:
    """`is_other`: the site tells another number than that of the page that was asked for."""

    rows: Sequence[Fields]
    pages: int
    is_other: bool = False

    @property
    def shape(self) -> tuple[int, list[str | None]]:
        """By what it is told whether the list has moved."""
        return self.pages, [id_in(row, "id") for row in self.rows]

    def is_older_than(self, since: datetime) -> bool:
        """Whether no later page has newer changes: rows tell when they changed, and are in the order of that."""
        moments = [each for row in self.rows if (each := instant_in(row, "updatedAt")) is not None]
        is_ordered = len(moments) == len(self.rows) and moments == sorted(moments, reverse=True)
        return bool(moments) and is_ordered and moments[-1] < since


@dataclass(slots=True)
class ReadList:
    """All rows, of those with an id the last of each; `is_whole` is False where rows may be missing."""

    rows: list[Fields] = field(default_factory=list)
    is_whole: bool = True

    @classmethod
    def of(cls, pages: Sequence[ListPage], *, is_whole: bool = True) -> "ReadList":
        rows = [row for page in pages for row in page.rows]
        named = {row_id: row for row in rows if (row_id := id_in(row, "id")) is not None}
        return cls([*named.values(), *(row for row in rows if id_in(row, "id") is None)], is_whole)


async def read_list(steps: Steps, ask: ListAsk, is_last: Callable[[ListPage], bool] = lambda _: False) -> ReadList:
    """The list to its end; no more than its first page where `is_last` says so of it.

    A row that moves to the front meanwhile may be missing: it is told as changed by the next reading.
    """
    [first] = await _pages(steps, ask, [ask.page(1)])
    if is_last(first):
        return ReadList.of([first])
    others = await _pages(steps, ask, [ask.page(number) for number in range(2, first.pages + 1)])
    if not _are_pages_of_one_list([first, *others]):
        raise Misshapen(_SAME_PAGE.format(vendor=VENDOR, rows=ask.rows))
    return ReadList.of([first, *others])


async def read_whole_list(steps: Steps, ask: ListAsk) -> ReadList:
    """The list, read again while it moves: what is not in it is not there, as long as it `is_whole`.

    What is put in front of a list changes its first page, and what leaves it changes its last one.
    """
    seen: list[ListPage] = []
    for reading in range(_MOST_READINGS):
        again = f"-again-{reading}" if reading else ""
        [first] = await _pages(steps, ask, [ask.page(1, again)])
        if first.pages < 2:  # noqa: PLR2004 - one page is told at one moment
            return ReadList.of([first], is_whole=not first.is_other)
        between = [ask.page(number, again) for number in range(2, first.pages)]
        ends = [ask.page(first.pages, f"{again}-checked"), ask.page(1, f"{again}-checked")]
        last, *found = await _pages(steps, ask, [ask.page(first.pages, again), *between, *ends])
        is_still = (found[-1].shape, found[-2].shape) == (first.shape, last.shape)
        if is_still and _are_pages_of_one_list([first, last, *found[:-2]]):
            return ReadList.of([first, last, *found])
        seen += [first, last, *found]
    return ReadList.of(seen, is_whole=False)


async def _pages(steps: Steps, ask: ListAsk, wishes: Sequence[StepWish]) -> list[ListPage]:
    answers = await steps.results(wishes)
    return [_page_of(raw, ask, wish.arguments["page"]) for wish, raw in zip(wishes, answers, strict=True)]


def _are_pages_of_one_list(pages: Sequence[ListPage]) -> bool:
    """Not where a site answers one page to several numbers: then what it does not tell is there all the same."""
    told = [{row_id for row in page.rows if (row_id := id_in(row, "id")) is not None} for page in pages]
    seen = Counter(row_id for ids in told for row_id in ids)
    is_new = (not ids or any(seen[each] == 1 for each in ids) for ids in told)
    return all(is_new) and not any(page.is_other for page in pages)


def _page_of(raw: Fields, ask: ListAsk, number: int) -> ListPage:
    """Raises Misshapen for what is no page."""
    rows, pages = rows_in(raw, ask.rows), raw.whole("totalPages")
    if rows is None or len(rows) > _MOST_ROWS or pages is None or pages > _MOST_PAGES:
        raise Misshapen(_NO_PAGE.format(vendor=VENDOR, rows=ask.rows))
    return ListPage(rows, pages, raw.whole("page") not in (None, number))
