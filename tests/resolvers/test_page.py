"""Pages: how `first` is read, and that nothing is counted unasked."""

import pytest

from errors import BadInput
from models.keyset import KeysetPage, RowCursors
from resolvers.page import Page, after_cursor, page_size


async def never() -> int:
    raise AssertionError("nobody asked for a count")


@pytest.mark.parametrize(("first", "size"), [(None, 50), (1, 1), (1000, 1000), (10_000_000, 1000)])
def test_a_page_has_a_size_within_limits(first: int | None, size: int) -> None:
    assert page_size(first) == size


@pytest.mark.parametrize("first", [0, -1])
def test_a_page_of_nothing_is_refused(first: int) -> None:
    with pytest.raises(BadInput):
        page_size(first)


@pytest.mark.parametrize(("after", "cursor"), [(None, None), ("", None), ("abc", "abc")])
def test_no_cursor_asks_for_the_first_page(after: str | None, cursor: str | None) -> None:
    assert after_cursor(after) == cursor


def test_a_page_shows_its_rows_and_ends() -> None:
    page = Page(KeysetPage(["a", "b"], ["1", "2"], has_next=True, has_previous=False), never)
    assert [(edge.cursor, edge.node) for edge in page.edges] == [("1", "a"), ("2", "b")]
    assert page.nodes == ["a", "b"]
    assert (page.page_info.start_cursor, page.page_info.end_cursor) == ("1", "2")
    assert (page.page_info.has_next_page, page.page_info.has_previous_page) == (True, False)


def test_an_empty_page_has_no_cursors() -> None:
    nothing: KeysetPage[str] = KeysetPage([], [], has_next=False, has_previous=False)
    page = Page(nothing, never)
    assert (page.page_info.start_cursor, page.page_info.end_cursor) == (None, None)


def test_only_the_cursors_that_are_asked_for_are_made() -> None:
    made: list[str] = []

    def cursor_of(row: str) -> str:
        made.append(row)
        return f"after {row}"

    cursors = RowCursors(cursor_of, ["a", "b", "c"])
    page = Page(KeysetPage(["a", "b", "c"], cursors, has_next=True, has_previous=False), never)
    assert page.nodes == ["a", "b", "c"]
    assert made == []
    ends = page.page_info
    assert (ends.start_cursor, ends.end_cursor) == ("after a", "after c")
    assert made == ["a", "c"]
    assert [edge.cursor for edge in page.edges] == ["after a", "after b", "after c"]
