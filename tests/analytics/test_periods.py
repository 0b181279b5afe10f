"""Presets in a time zone, grains, and ranges that are refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.enums import DatePreset, TimeGrain
from analytics.periods import (
    AskedDays,
    DateRange,
    RangeFault,
    count_periods,
    day_end,
    local_day,
    period_end,
    period_of,
    period_start,
    preset_range,
    resolve_range,
    settled_through,
)

SATURDAY = date(2026, 11, 21)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
GRAINS = st.sampled_from([grain for grain in TimeGrain if grain is not TimeGrain.NONE])


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        (DatePreset.TODAY, SATURDAY, SATURDAY),
        (DatePreset.YESTERDAY, date(2026, 11, 20), date(2026, 11, 20)),
        (DatePreset.LAST_7_DAYS, date(2026, 11, 14), date(2026, 11, 20)),
        (DatePreset.LAST_30_DAYS, date(2026, 10, 22), date(2026, 11, 20)),
        (DatePreset.THIS_WEEK, date(2026, 11, 16), SATURDAY),
        (DatePreset.LAST_WEEK, date(2026, 11, 9), date(2026, 11, 15)),
        (DatePreset.THIS_MONTH, date(2026, 11, 1), SATURDAY),
        (DatePreset.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (DatePreset.THIS_QUARTER, date(2026, 10, 1), SATURDAY),
        (DatePreset.LAST_QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (DatePreset.THIS_YEAR, date(2026, 1, 1), SATURDAY),
        (DatePreset.LAST_YEAR, date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_presets(preset: DatePreset, start: date, end: date) -> None:
    assert preset_range(preset, SATURDAY) == DateRange(start, end)


@pytest.mark.parametrize("days", [7, 14, 28, 30, 60, 90, 180, 365])
def test_the_last_days_are_as_many_as_they_say_and_end_yesterday(days: int) -> None:
    found = preset_range(DatePreset(f"LAST_{days}_DAYS"), SATURDAY)
    assert (found.days, found.end) == (days, date(2026, 11, 20))


def test_a_day_is_the_time_zones_own() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert local_day(late, "Asia/Tokyo") == date(2026, 11, 22)
    assert local_day(late, "America/New_York") == SATURDAY


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    fault = resolve_range(AskedDays(SATURDAY, date(2026, 11, 20)), SATURDAY)
    assert isinstance(fault, RangeFault)
    assert "ends before it begins" in fault.message
    with pytest.raises(ValueError, match="lies before"):
        DateRange(SATURDAY, date(2026, 11, 20))


def test_a_range_in_the_future_is_refused_and_one_that_reaches_into_it_is_not() -> None:
    for end in (date(2026, 11, 23), None):
        fault = resolve_range(AskedDays(date(2026, 11, 22), end), SATURDAY)
        assert isinstance(fault, RangeFault)
        assert "future" in fault.message
    assert resolve_range(AskedDays(SATURDAY, date(2026, 11, 23)), SATURDAY) == DateRange(SATURDAY, date(2026, 11, 23))


def test_a_range_without_a_last_day_ends_today() -> None:
    assert resolve_range(AskedDays(date(2026, 11, 20)), SATURDAY) == DateRange(date(2026, 11, 20), SATURDAY)


@given(DAYS, GRAINS)
def test_periods_follow_each_other_without_a_gap(day: date, grain: TimeGrain) -> None:
    start = period_start(day, grain)
    end = period_end(start, grain)
    assert start <= day <= end
    assert period_start(end, grain) == start
    assert period_start(date.fromordinal(end.toordinal() + 1), grain) == date.fromordinal(end.toordinal() + 1)


@given(DAYS, st.integers(0, 1500), GRAINS)
def test_the_number_of_periods_is_that_of_their_starts(first: date, length: int, grain: TimeGrain) -> None:
    days = DateRange(first, date.fromordinal(first.toordinal() + length))
    starts = {
        period_start(date.fromordinal(each), grain) for each in range(first.toordinal(), days.end.toordinal() + 1)
    }
    assert count_periods(days, grain) == len(starts)


def test_a_period_is_cut_to_the_range() -> None:
    within = DateRange(date(2026, 1, 15), date(2026, 3, 10))
    assert period_of(date(2026, 1, 1), TimeGrain.MONTH, within) == DateRange(date(2026, 1, 15), date(2026, 1, 31))
    assert period_of(date(2026, 3, 1), TimeGrain.MONTH, within) == DateRange(date(2026, 3, 1), date(2026, 3, 10))
    assert period_of(within.start, TimeGrain.NONE, within) == within


def test_what_was_read_28_days_later_is_settled() -> None:
    assert settled_through(SATURDAY) == date(2026, 10, 24)


def test_a_range_knows_its_days() -> None:
    days = DateRange(date(2026, 1, 1), date(2026, 1, 31))
    assert days.days == 31
    assert date(2026, 1, 31) in days
    assert date(2026, 2, 1) not in days


@pytest.mark.parametrize(
    ("time_zone", "end"),
    [
        ("Asia/Tokyo", datetime(2026, 11, 21, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 22, 5, tzinfo=UTC)),
        ("US/Pacific-New", datetime(2026, 11, 22, tzinfo=UTC)),
        ("", datetime(2026, 11, 22, tzinfo=UTC)),
        ("../America", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_the_midnight_of_its_zone_and_of_utc_in_an_unknown_one(time_zone: str, end: datetime) -> None:
    assert day_end(SATURDAY, time_zone) == end
    assert local_day(end, time_zone) == date(2026, 11, 22)
    assert local_day(end - timedelta(seconds=1), time_zone) == SATURDAY


def test_a_day_without_a_midnight_of_its_own_ends_when_the_next_one_begins() -> None:
    # The clocks of Santiago go from midnight to one o'clock.
    assert day_end(date(2026, 9, 5), "America/Santiago") == datetime(2026, 9, 6, 4, tzinfo=UTC)
