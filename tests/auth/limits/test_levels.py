"""Level: a leaky bucket never gives more back than is still in it, whoever gives back when."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from auth.limits.buckets import Bucket, Counted
from auth.limits.levels import SECOND, Level

BUCKET = Bucket("points", 600, Counted.TENANT, window_s=60)  # ten points drain in a second
MOST = Bucket("points", 100_000_000, Counted.TENANT, window_s=60)


@dataclass(frozen=True, slots=True)
class Running:
    """A request that has taken its points: of `requested` it used `actual`."""

    requested: int
    actual: int
    taken: Level


def test_points_drain_evenly_and_no_part_of_one_is_lost() -> None:
    level = Level().drained(BUCKET, 5 * SECOND).plus(BUCKET, 100)
    for tenth in range(1, 51):
        level = level.drained(BUCKET, 5 * SECOND + tenth * SECOND // 10)
        assert level.room(BUCKET) == 500 + tenth
    assert (level.empty_at(BUCKET), level.wait(BUCKET, 600, 10 * SECOND)) == (15 * SECOND, 5 * SECOND)
    assert level.drained(BUCKET, 3 * SECOND) == level, "a clock that goes back restores nothing"
    assert level.drained(BUCKET, 15 * SECOND).held == 0


def test_the_largest_bucket_is_counted_exactly_where_numbers_are_floats() -> None:
    level = Level().drained(MOST, 1_800_000_000 * SECOND).plus(MOST, MOST.amount).plus(MOST, MOST.amount)
    assert float(level.held) == level.held < 2**53
    assert level.wait(MOST, 1, level.at) > 0


def test_what_has_drained_meanwhile_is_not_given_back() -> None:
    taken = Level().drained(BUCKET, 0).plus(BUCKET, 600)
    assert taken.less(BUCKET, 500, of=600, taken=taken).room(BUCKET) == 500
    late = taken.drained(BUCKET, 60 * SECOND).plus(BUCKET, 600)
    assert late.less(BUCKET, 500, of=600, taken=taken) == late
    fresh = Level().drained(BUCKET, SECOND).plus(BUCKET, 50)
    old = replace(taken, given=1)
    assert fresh.less(BUCKET, 500, of=600, taken=old) == fresh, "the count began anew"


def test_a_slow_request_gets_nothing_of_what_a_fast_one_got() -> None:
    """Both took half; the fast one gave all back, so what has drained since was of the slow one."""
    fast = Level().drained(BUCKET, 0).plus(BUCKET, 300)
    slow = fast.plus(BUCKET, 300)
    level = slow.less(BUCKET, 300, of=300, taken=fast).drained(BUCKET, 31 * SECOND).plus(BUCKET, 300)
    assert level.less(BUCKET, 300, of=300, taken=slow) == level


STEP = st.tuples(st.integers(0, 20_000), st.booleans(), st.integers(0, 600), st.integers(0, 600), st.integers(0, 9))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_no_order_of_taking_and_giving_back_makes_more_available_than_what_was_used_leaves(
    steps: list[tuple[int, bool, int, int, int]],
) -> None:
    now, level, used = 0, Level(), Level()
    running: list[Running] = []
    for waited_ms, takes, requested, actual, which in steps:
        now += waited_ms * 1000
        level, used = level.drained(BUCKET, now), used.drained(BUCKET, now)
        if takes and level.wait(BUCKET, requested, now) == 0:
            level, used = level.plus(BUCKET, requested), used.plus(BUCKET, min(actual, requested))
            running.append(Running(requested, min(actual, requested), level))
        elif running:
            done = running.pop(which % len(running))
            level = level.less(BUCKET, done.requested - done.actual, of=done.requested, taken=done.taken)
        assert used.held <= level.held <= BUCKET.amount * BUCKET.window_s * 1000
        assert level.room(BUCKET) <= used.room(BUCKET)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=20))
def test_what_is_given_back_at_once_leaves_exactly_what_was_used(asked: list[tuple[int, int]]) -> None:
    level, running = Level(), []
    for requested, actual in asked:
        if level.wait(BUCKET, requested, 0) == 0:
            level = level.plus(BUCKET, requested)
            running.append(Running(requested, min(actual, requested), level))
    for each in reversed(running):
        level = level.less(BUCKET, each.requested - each.actual, of=each.requested, taken=each.taken)
    assert level.room(BUCKET) == BUCKET.amount - sum(each.actual for each in running)
