"""Numbers as files write them: which mark they show, what they come to, and what is no number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.numbers import DecimalMark, Unclear, mark_shown, number_of

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA
SEEN = [
    ("12", None, None),
    ("1 234", None, None),
    ("12.5", POINT, POINT),
    ("12,56", COMMA, COMMA),
    ("0,123", COMMA, COMMA),
    ("1234.567", POINT, POINT),
    ("1,234.56", POINT, POINT),
    ("1.234,5", COMMA, COMMA),
    ("1\u202f234,567", COMMA, COMMA),
    ("1,234,567", POINT, POINT),
    ("1.234.567", COMMA, COMMA),
    # Of things that have no halves it is a thousand and more.
    ("1,234", Unclear.UNCLEAR, POINT),
    ("-1.234", Unclear.UNCLEAR, COMMA),
    ("abc", None, None),
    ("1,23,456", None, None),
]


@pytest.mark.parametrize(("text", "mark", "of_things"), SEEN, ids=[each[0] for each in SEEN])
def test_a_number_shows_which_mark_its_decimals_have(text: str, mark: object, of_things: object) -> None:
    assert (mark_shown(text, is_whole=False), mark_shown(text, is_whole=True)) == (mark, of_things)


def test_numbers_are_read_exactly_by_either_mark() -> None:
    assert [number_of(text, POINT) for text in ("1,234.50", "1 234.5", "1'234.5", "-3", "\u22123", "007")] == [
        Decimal(each) for each in ("1234.50", "1234.5", "1234.5", "-3", "-3", "7")
    ]
    assert [number_of(text, COMMA) for text in ("1.234,5", "1\u00a0234,5", "12")] == [
        Decimal(each) for each in ("1234.5", "1234.5", "12")
    ]


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "inf", "1e5", "1,5", "1.2.3", "12 %", "$5", "--1", "1 23", "1234,567.8", "\u0661\u0662", "²", "9" * 41],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_of(text, POINT) is None


@given(st.decimals(min_value=0, max_value=10**12, places=2), st.sampled_from(["", " ", "\u00a0", "\u202f", "m"]))
def test_whatever_is_written_is_read_again(value: Decimal, gap: str) -> None:
    for mark, thousands in ((POINT, ","), (COMMA, ".")):
        text = f"{value:,.2f}".replace(",", "T").replace(".", "." if mark is POINT else ",")
        told = text.replace("T", thousands if gap == "m" else gap)
        assert number_of(told, mark) == value
        assert mark_shown(told, is_whole=False) is mark
