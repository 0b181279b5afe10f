"""Which days a refresh reads."""

from datetime import date

import pytest

from analytics.meta.rules import oldest_day
from analytics.periods import DateRange, RangeFault
from services.refreshes.ranges import (
    PlannedRange,
    all_history,
    look_back,
    within_history,
)

TODAY = date(2026, 11, 21)


def test_the_look_back_ends_today() -> None:
    assert look_back(TODAY, 28).days == DateRange(date(2026, 10, 25), TODAY)


@pytest.mark.parametrize(
    ("today", "oldest"),
    [
        (date(2026, 11, 21), date(2023, 10, 22)),
        (date(2027, 1, 31), date(2024, 1, 1)),
        (date(2027, 3, 31), date(2024, 3, 1)),
        (date(2026, 1, 5), date(2022, 12, 6)),
    ],
)
def test_history_begins_within_the_months_that_the_platform_keeps(today: date, oldest: date) -> None:
    assert oldest_day(today) == oldest
    assert all_history(today, None).days == DateRange(oldest, today)
    assert all_history(today, None).warnings


def test_a_range_is_cut_with_a_warning_for_each_end() -> None:
    planned = within_history(DateRange(date(2020, 1, 1), date(2027, 1, 1)), TODAY, None)
    assert isinstance(planned, PlannedRange)
    assert planned.days == DateRange(oldest_day(TODAY), TODAY)
    assert ["left out" in warning for warning in planned.warnings] == [True, True, False]


def test_a_range_in_whose_midst_meta_changed_its_rules_says_so() -> None:
    before, since = date(2025, 6, 9), date(2025, 6, 10)
    for start, end, warned in ((before, since, True), (since, TODAY, False), (date(2024, 1, 1), before, False)):
        planned = within_history(DateRange(start, end), TODAY, None)
        assert isinstance(planned, PlannedRange)
        assert any("2025-06-10" in warning for warning in planned.warnings) is warned


def test_a_range_that_can_be_read_is_left_as_it_is() -> None:
    asked = DateRange(date(2025, 6, 10), TODAY)
    planned = within_history(asked, TODAY, None)
    assert isinstance(planned, PlannedRange)
    assert (planned.days, planned.warnings) == (asked, ())


def test_of_a_range_that_is_too_old_nothing_is_left() -> None:
    fault = within_history(DateRange(date(2020, 1, 1), date(2020, 2, 1)), TODAY, None)
    assert isinstance(fault, RangeFault)
    assert "too old" in fault.message
