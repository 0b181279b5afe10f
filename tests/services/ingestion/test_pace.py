"""What an account is known to answer: the cheapest way that works, never one that was refused, until that is old."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from integrations.ads.questions import PAGE_ROWS
from services.ingestion.pace import REFUSALS_KEPT_FOR, Pace, Tried, Way
from tests.worlds.refreshes import NOON

ways = some.builds(
    Way, some.booleans(), some.sampled_from((500, 250, 125, 62)), some.sampled_from((0.25, 0.5, 1, 7, 28))
)
slices = some.lists(some.builds(Tried, ways, some.booleans()), min_size=1, max_size=4)


def at_once(size: float) -> Way:
    return Way(by_report=False, page_rows=PAGE_ROWS, size=size)


@given(lessons=some.lists(slices, max_size=6), rows_each=some.sampled_from((0, 3, 25, 700)))
def test_what_was_refused_is_not_asked_again_by_the_next_refresh(lessons: list[list[Tried]], rows_each: float) -> None:
    pace = Pace()
    for tried in lessons:
        pace.learn(tried, now=NOON)
    assert not any(known.is_at_least(refused) for known in pace.worked for refused in pace.refused)
    pace.recall(NOON + timedelta(days=1))
    asked = pace.way(28, rows_each)
    assert 0 < asked.size <= 28
    if pace.worked:
        assert not any(asked.is_at_least(refused) for refused in pace.refused)
    if pace.refused and pace.worked:
        assert asked.calls(rows_each) <= min(way.fitted(28, rows_each).calls(rows_each) for way in pace.worked) * 1.1


def test_refusals_hold_for_a_week_and_what_works_instead_is_not_forgotten() -> None:
    pace, run = Pace(), Way(by_report=True, page_rows=PAGE_ROWS, size=28)
    pace.learn([Tried(at_once(28), has_worked=False), Tried(run, has_worked=True)], now=NOON)
    pace.recall(NOON + REFUSALS_KEPT_FOR - timedelta(seconds=1))
    assert (pace.way(28, 25), pace.is_on_trial) == (run, False)
    pace.recall(NOON + REFUSALS_KEPT_FOR)
    assert (pace.way(28, 25), pace.is_on_trial, pace.worked) == (at_once(28), True, [run])


def test_within_a_refresh_the_size_is_searched_for_between_what_worked_and_what_was_refused() -> None:
    pace = Pace()
    for size in (7, 28, 17):
        pace.learn([Tried(at_once(size), has_worked=size == 7)], now=NOON)
    assert pace.way(28, 10) == at_once(12)
    pace.recall(NOON)
    assert pace.way(28, 10) == at_once(7)


def test_questions_are_as_long_as_it_takes_to_fill_their_pages() -> None:
    assert at_once(9).fitted(28, 60).size == 7
    assert at_once(28).fitted(28, 0).size == 28
