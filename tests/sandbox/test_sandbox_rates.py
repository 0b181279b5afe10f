"""The stand-in of the European Central Bank: its file is like the real one where that matters."""

import csv
from datetime import date
from io import StringIO

from sandbox.rates import history

FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


def test_the_newest_day_comes_first_and_no_weekend() -> None:
    header, *rows = csv.reader(StringIO(history(MONDAY)))
    assert (header[:2], header[-1]) == (["Date", "USD"], "")
    assert [row[0] for row in rows[:2]] == [str(MONDAY), str(FRIDAY)]
    assert all(date.fromisoformat(row[0]).weekday() < 5 for row in rows)
    assert all(len(row) == len(header) for row in rows)


def test_a_day_keeps_its_rates_and_holidays_have_none() -> None:
    assert history(MONDAY).splitlines()[2:] == history(FRIDAY).splitlines()[1:]
    assert "2025-12-25" not in history(MONDAY)


def test_a_currency_that_ended_has_no_rate() -> None:
    header, *rows = csv.reader(StringIO(history(MONDAY)))
    ended = header.index("RUB")
    assert {row[ended] for row in rows if row[0] > "2022-03-01"} == {"N/A"}
    assert {row[ended] for row in rows if row[0] <= "2022-03-01"} == {"117.201"}
