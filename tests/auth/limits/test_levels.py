"""Level: a leaky bucket never has more than what was really spent leaves, whoever settles when."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auth.limits.buckets import Bucket, Counted
from auth.limits.levels import SECOND, Level

BUCKET = Bucket("points", 600, Counted.TENANT, window_s=60)  # ten points drain in a second
MOST = Bucket("points", 100_000_000, Counted.TENANT, window_s=60)


@dataclass(frozen=True, slots=True)
class Running:
    """A request that has reserved its points: of `requested` it will spend `actual`."""

    requested: int
    actual: int
    window: int

    def end(self, level: Level) -> Level:
        return level.spending(BUCKET, self.actual, reserved=self.requested, window=self.window)


def test_points_drain_evenly_and_no_part_of_one_is_lost() -> None:
    level = Level().drained(BUCKET, 5 * SECOND).spending(BUCKET, 100)
    for tenth in range(1, 51):
        level = level.drained(BUCKET, 5 * SECOND + tenth * SECOND // 10)
        assert level.room(BUCKET) == 500 + tenth
    assert (level.empty_at(BUCKET), level.wait(BUCKET, 600, 10 * SECOND)) == (15 * SECOND, 5 * SECOND)
    assert level.drained(BUCKET, 3 * SECOND) == level, "a clock that goes back restores nothing"
    assert level.drained(BUCKET, 15 * SECOND).room(BUCKET) == 600


def test_the_largest_bucket_is_counted_exactly_where_numbers_are_floats() -> None:
    level = Level().drained(MOST, 1_800_000_000 * SECOND).spending(MOST, MOST.amount).spending(MOST, MOST.amount)
    assert float(level.spent) == level.spent < 2**53
    assert level.wait(MOST, 1, level.at) > 0


def test_the_wait_is_as_if_all_that_is_reserved_were_spent() -> None:
    level = Level().drained(BUCKET, 0).spending(BUCKET, 100).reserving(400)
    assert (level.room(BUCKET), level.wait(BUCKET, 200, 0)) == (100, 10 * SECOND)
    assert level.spending(BUCKET, 400, reserved=400).drained(BUCKET, 10 * SECOND).wait(BUCKET, 200, 10 * SECOND) == 0


def test_a_smaller_plan_has_none_left_and_a_larger_one_the_rest() -> None:
    level = Level().drained(BUCKET, 0).spending(BUCKET, 600)
    smaller = Bucket("points", 60, Counted.TENANT, window_s=60)
    assert level.room(smaller) == 0
    assert level.drained(smaller, 30 * SECOND).room(smaller) == 30
    assert level.room(Bucket("points", 1000, Counted.TENANT, window_s=60)) == 400


STEP = st.tuples(st.integers(0, 20_000), st.booleans(), st.integers(0, 600), st.integers(0, 600), st.integers(0, 9))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_no_order_of_reserving_and_settling_makes_more_available_than_what_was_spent_leaves(
    steps: list[tuple[int, bool, int, int, int]],
) -> None:
    """What was spent is counted from the moment at which its request began."""
    now, level, spent = 0, Level(), Level()
    running: list[Running] = []
    for waited_ms, begins, requested, actual, which in steps:
        now += waited_ms * 1000
        level, spent = level.drained(BUCKET, now), spent.drained(BUCKET, now)
        if begins and level.wait(BUCKET, requested, now) == 0:
            level, spent = level.reserving(requested), spent.spending(BUCKET, min(actual, requested))
            running.append(Running(requested, min(actual, requested), level.window))
        elif running:
            level = running.pop(which % len(running)).end(level)
        assert level.room(BUCKET) <= spent.room(BUCKET)
        assert min(level.spent, level.reserved, level.reserved_before) >= 0


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=20), st.randoms())
def test_when_all_have_ended_exactly_what_they_spent_is_gone(asked: list[tuple[int, int]], rng: Any) -> None:
    level, running = Level(), []
    for requested, actual in asked:
        if level.wait(BUCKET, requested, 0) == 0:
            level = level.reserving(requested)
            running.append(Running(requested, min(actual, requested), level.window))
    rng.shuffle(running)
    for each in running:
        level = each.end(level)
    assert level.room(BUCKET) == BUCKET.amount - sum(each.actual for each in running)
