"""In what slices the days of a refresh are read."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.periods import DateRange
from services.ingestion.slice_plan import LONGEST_SLICE_DAYS, ROWS_PER_SLICE, SlicePlan, missing_ranges

TODAY = date(2026, 11, 21)


def days_of(part: DateRange) -> set[date]:
    return {part.start + timedelta(days=day) for day in range(part.days)}


@st.composite
def some_range(draw: st.DrawFn) -> DateRange:
    start = TODAY - timedelta(days=draw(st.integers(0, 80)))
    return DateRange(start, start + timedelta(days=draw(st.integers(0, 60))))


@given(wanted=some_range(), done=st.lists(some_range(), max_size=5))
def test_missing_and_done_days_make_up_the_wanted_ones(wanted: DateRange, done: list[DateRange]) -> None:
    missing = missing_ranges(wanted, done)
    covered = set().union(*map(days_of, done)) if done else set()
    assert set().union(*map(days_of, missing)) == days_of(wanted) - covered
    assert missing == sorted(missing)
    assert sum(part.days for part in missing) == len(days_of(wanted) - covered)


@given(missing=st.lists(some_range(), max_size=3), rows=st.lists(st.integers(0, 40_000), min_size=1, max_size=40))
def test_every_missing_day_is_handed_out_once(missing: list[DateRange], rows: list[int]) -> None:
    runs = missing_ranges(DateRange(date(2020, 1, 1), date(2027, 12, 31)), missing)
    plan, taken, turn = SlicePlan(list(runs)), list[DateRange](), 0
    while (part := plan.take()) is not None:
        taken.append(part)
        plan.learn(part, rows[turn % len(rows)])
        turn += 1
        assert 1 <= part.days <= LONGEST_SLICE_DAYS
    handed_out = [day for part in taken for day in days_of(part)]
    assert len(handed_out) == len(set(handed_out))
    assert set(handed_out) == set().union(*map(days_of, runs))
    assert taken == sorted(taken, reverse=True)


def test_slices_grow_over_quiet_days_and_shrink_over_busy_ones() -> None:
    plan = SlicePlan([DateRange(TODAY - timedelta(days=999), TODAY)])
    first = plan.take()
    assert first is not None
    plan.learn(first, 0)
    quiet = plan.take()
    assert quiet is not None
    assert quiet.days == 4 * first.days
    plan.learn(quiet, quiet.days * ROWS_PER_SLICE)
    busy = plan.take()
    assert busy is not None
    assert busy.days == 1


def test_a_slice_that_is_given_back_comes_again_in_halves() -> None:
    plan = SlicePlan([DateRange(TODAY - timedelta(days=6), TODAY)])
    whole = plan.take()
    assert whole is not None
    plan.give_back(whole)
    halves = [plan.take(), plan.take(), plan.take(), plan.take()]
    assert [part.days if part else None for part in halves] == [3, 3, 1, None]


@given(age=st.integers(0, 400))
def test_days_that_are_too_old_are_found_by_halves_and_left_out(age: int) -> None:
    plan, oldest = SlicePlan([DateRange(TODAY - timedelta(days=397), TODAY)]), TODAY - timedelta(days=age)
    read, refused = set[date](), 0
    while (part := plan.take()) is not None:
        if part.start < oldest:
            refused += 1
            plan.clamp(part)
        else:
            read |= days_of(part)
            plan.learn(part, 0)
    assert read == {TODAY - timedelta(days=day) for day in range(min(age, 397) + 1)}
    assert refused <= 8


@given(runs=st.lists(some_range(), max_size=3), lone=st.lists(st.integers(0, 80), max_size=5))
def test_days_that_are_set_apart_are_read_once_and_only_with_their_like(runs: list[DateRange], lone: list[int]) -> None:
    missing = missing_ranges(DateRange(date(2020, 1, 1), date(2027, 12, 31)), runs)
    plan, apart = SlicePlan(list(missing)), {TODAY - timedelta(days=age) for age in lone}
    plan.set_apart(apart)
    assert plan.missing == sorted(plan.missing)
    assert sum(part.days for part in plan.missing) == sum(part.days for part in missing)
    assert all(days_of(part) <= apart for part in plan.missing for day in apart if day in part)
    assert len([part for part in plan.missing if days_of(part) <= apart]) <= len(apart)


def test_gap_days_in_a_row_are_one_question() -> None:
    plan = SlicePlan([DateRange(TODAY - timedelta(days=9), TODAY)])
    old = [TODAY - timedelta(days=age) for age in (40, 41, 43)]
    plan.add([*old, TODAY])
    plan.set_apart([*old, *(TODAY - timedelta(days=age) for age in (2, 3, 4))])
    assert [(part.days, (TODAY - part.end).days) for part in plan.missing] == [
        (1, 43),
        (2, 40),
        (5, 5),
        (3, 2),
        (2, 0),
    ]
