"""Lists are read to their true end, and to no other."""

from collections.abc import Mapping, Sequence

import pytest

from integrations.errors import InvalidResponse
from integrations.meta.decoding import RowPage
from integrations.meta.paging import Cursors, Paging, pages, position_after

NEXT = "https://graph.example/v26.0/act_1/ads?limit=2&page=7&access_token=EAAsecret&appsecret_proof=abc"


class Script:
    """Answers page after page, and remembers what it was asked."""

    def __init__(self, *answers: RowPage[int]) -> None:
        self.answers = list(answers)
        self.asked: list[Mapping[str, str]] = []

    async def fetch(self, position: Mapping[str, str]) -> RowPage[int]:
        self.asked.append(position)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    async def read(self, *, most: int = 100) -> list[Sequence[int]]:
        return [rows async for rows in pages(self.fetch, most=most)]


def page(*rows: int, after: str | None = None, url: str | None = NEXT) -> RowPage[int]:
    return RowPage(list(rows), Paging(Cursors(after) if after else None, url))


async def test_an_empty_page_with_a_next_is_followed() -> None:
    script = Script(page(1, 2, after="a"), page(after="b"), page(3, after="c", url=None))
    assert await script.read() == [[1, 2], [], [3]]
    assert script.asked == [{}, {"after": "a"}, {"after": "b"}]


async def test_an_after_without_a_next_is_the_end() -> None:
    assert await Script(page(1, after="a", url=None)).read() == [[1]]


async def test_a_list_without_paging_is_one_page() -> None:
    assert await Script(RowPage([1], None)).read() == [[1]]


def test_a_next_without_cursors_is_taken_apart_and_loses_its_credentials() -> None:
    assert position_after(Paging(None, NEXT)) == {"limit": "2", "page": "7"}


async def test_a_list_that_comes_back_to_a_place_is_an_error() -> None:
    script = Script(page(1, after="a"), page(2, after="b"), page(3, after="a"))
    with pytest.raises(InvalidResponse):
        await script.read()


async def test_a_list_that_does_not_end_is_an_error() -> None:
    script = Script(*(page(number, after=str(number)) for number in range(20)))
    with pytest.raises(InvalidResponse):
        await script.read(most=5)


async def test_who_stops_early_leaves_nothing_running() -> None:
    script = Script(page(1, after="a"), page(2, after="b"), page(3, url=None))
    listing = pages(script.fetch)
    assert await anext(listing) == [1]
    await listing.aclose()
    assert len(script.asked) <= 2


async def test_the_error_of_a_page_reaches_the_reader() -> None:
    async def fetch(position: Mapping[str, str]) -> RowPage[int]:
        if position:
            raise InvalidResponse("broken")
        return page(1, after="a")

    listing = pages(fetch)
    assert await anext(listing) == [1]
    with pytest.raises(InvalidResponse):
        await anext(listing)
