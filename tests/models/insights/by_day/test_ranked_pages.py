"""Pages of lists that are computed as a whole."""

import json

import pytest

from errors import BadInput
from models.cursor_text import bytes_of_cursor
from models.insights.by_day.ranked_pages import Ranking, ranked_page
from models.insights.cursor import Mark, encode_cursor
from models.keyset import Window

RANKING: Ranking[tuple[int, str]] = Ranking(("a list",), lambda row: row, (int, str))
ROWS = [(number % 3, f"row {number}") for number in range(10)]


def test_pages_follow_one_another_though_rows_come_and_go() -> None:
    first = ranked_page(ROWS, RANKING, Window(4))
    assert (list(first.rows), first.total, first.has_next, first.has_previous) == (sorted(ROWS)[:4], 10, True, False)
    # The row of the cursor is gone, one came before it, and one behind it.
    changed = [row for row in ROWS if row != first.rows[-1]] + [(0, "row 00"), (2, "row 99")]
    second = ranked_page(changed, RANKING, Window(40, first.cursors[-1]))
    assert list(second.rows) == [*sorted(ROWS)[4:], (2, "row 99")]
    assert (second.has_next, second.has_previous, second.total) == (False, True, 11)
    assert ranked_page(changed, RANKING, Window(5, second.cursors[-1])).rows == []


@pytest.mark.parametrize("values", [[None, "row 1"], [1], [1, "row 1", 1], ["one", "row 1"], [2**70, "row 1"]])
def test_a_cursor_that_somebody_made_is_refused(values: list[object]) -> None:
    own = ranked_page(ROWS, RANKING, Window(1)).cursors[0]
    other: Ranking[tuple[int, str]] = Ranking(("another list",), lambda row: row, (int, str))
    with pytest.raises(BadInput):
        ranked_page(ROWS, other, Window(1, own))
    for signature in ("", "another"):
        with pytest.raises(BadInput):
            ranked_page(ROWS, RANKING, Window(1, encode_cursor(Mark(signature, ""), values)))
    with pytest.raises(BadInput):
        ranked_page(ROWS, RANKING, Window(1, encode_cursor(Mark(_signature(own), ""), values)))


def _signature(cursor: str) -> str:
    found: str = json.loads(bytes_of_cursor(cursor))[0]
    return found
