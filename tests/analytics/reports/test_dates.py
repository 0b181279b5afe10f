"""Days as files write them: which order they show, which day they are, and what is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.dates import DayOrder, day_of, order_shown
from analytics.reports.numbers import Unclear

DAY, MONTH = DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2026-01-02", None),
        ("13/01/2026", DAY),
        ("01/13/2026", MONTH),
        ("01/02/2026", Unclear.UNCLEAR),
        ("1-2-2026", Unclear.UNCLEAR),
        ("03/03/2026", None),
        ("01.02.2026", DAY),
        ("Jan 2, 2026", None),
        ("rubbish", None),
    ],
    ids=str,
)
def test_a_day_shows_in_which_order_it_is_written(text: str, order: object) -> None:
    assert order_shown(text) == order


def test_days_are_read_in_the_order_of_the_file() -> None:
    assert day_of("01/02/2026", DAY) == date(2026, 2, 1)
    assert day_of("01/02/2026", MONTH) == date(2026, 1, 2)
    second = date(2026, 2, 2)
    for text in (
        *("2026-02-02", "2026/2/2", "2026-02-02 00:00:00", "2026-02-02T00:00", "2.2.2026", "Feb 2, 2026"),
        *("2 February 2026", "2 févr. 2026", "2 février 2026", "February 02 2026"),
    ):
        assert day_of(text, MONTH) == second, text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "31/02/2026",
        "13/13/2026",
        "2026-02-02 10:00",
        "1/2/26",
        "2 brumaire 2026",
        "46023",
        "2" * 99,
        "0001-01-01",
        "31.12.9999",
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text, DAY) is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_whatever_is_written_is_read_again(day: date) -> None:
    assert day_of(day.isoformat(), DAY) == day
    assert day_of(day.strftime("%d/%m/%Y"), DAY) == day
    assert day_of(day.strftime("%m-%d-%Y"), MONTH) == day
    assert order_shown(day.strftime("%m-%d-%Y")) is not DAY
