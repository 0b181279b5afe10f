"""Which days a range is compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.comparison import ComparedDays, Comparison, ComparisonPreset, compared_days
from analytics.periods import AskedDays, DateRange, RangeFault

PERIOD, YEAR = ComparisonPreset.PREVIOUS_PERIOD, ComparisonPreset.PREVIOUS_YEAR


def days(first: str, last: str) -> DateRange:
    return DateRange(date.fromisoformat(first), date.fromisoformat(last))


def compared(asked: ComparisonPreset | AskedDays, of: DateRange, *, needs_pairs: bool = True) -> DateRange | None:
    found = compared_days(asked, of, needs_pairs=needs_pairs)
    assert isinstance(found, ComparedDays), found
    return found.days


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert compared(PERIOD, days("2026-03-01", "2026-03-31")) == days("2026-01-29", "2026-02-28")


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (days("2026-11-01", "2026-11-30"), days("2025-11-01", "2025-11-30")),
        # 29 February of the comparison counts to the 28th.
        (days("2025-02-01", "2025-02-28"), days("2024-02-01", "2024-02-29")),
        (days("2025-02-28", "2025-02-28"), days("2024-02-28", "2024-02-29")),
        (days("2025-03-01", "2025-03-02"), days("2024-03-01", "2024-03-02")),
        # 29 February of the range has no day before it.
        (days("2024-02-01", "2024-02-29"), days("2023-02-01", "2023-02-28")),
        (days("2024-02-29", "2024-03-02"), days("2023-03-01", "2023-03-02")),
        (days("2024-02-29", "2024-02-29"), None),
    ],
)
def test_the_year_before_pairs_calendar_dates(of: DateRange, expected: DateRange | None) -> None:
    assert compared(YEAR, of) == expected


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_the_year_before_has_exactly_the_days_whose_date_a_year_later_is_in_the_range(start: date, more: int) -> None:
    of = DateRange(start, start + timedelta(days=more))

    def a_year_later(day: date) -> date:
        return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)

    around = DateRange(date(start.year - 2, 1, 1), of.end)
    expected = [day for day in around.every_day() if a_year_later(day) in of]
    found = compared(YEAR, of)
    assert (found.every_day() if found else []) == expected


def test_days_of_another_number_are_a_fault_only_where_each_day_needs_its_pair() -> None:
    asked = AskedDays(date(2026, 1, 1), date(2026, 1, 31))
    of = days("2026-02-01", "2026-02-28")
    assert compared(asked, of, needs_pairs=False) == days("2026-01-01", "2026-01-31")
    found = compared_days(asked, of, needs_pairs=True)
    assert isinstance(found, RangeFault)
    assert "28 days" in found.message
    assert "31" in found.message


def test_days_that_end_before_they_begin_are_a_fault() -> None:
    found = compared_days(
        AskedDays(date(2026, 1, 2), date(2026, 1, 1)), days("2026-02-01", "2026-02-01"), needs_pairs=False
    )
    assert isinstance(found, RangeFault)


def test_which_day_stands_for_which_is_said() -> None:
    of = days("2026-03-01", "2026-03-31")
    for asked, expected in ((PERIOD, Comparison.DAYS), (YEAR, Comparison.YEAR)):
        found = compared_days(asked, of, needs_pairs=True)
        assert isinstance(found, ComparedDays)
        assert found.comparison is expected
