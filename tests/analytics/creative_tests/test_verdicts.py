"""Verdicts: when a test is decided, which arms are in it, and what is said of arms that are not."""

import math
from typing import Any

import numpy as np
import pytest

from analytics.creative_tests.contest import ArmTable
from analytics.creative_tests.contrasts import ArmDays
from analytics.creative_tests.rates import Prior
from analytics.creative_tests.verdicts import Judgement, Verdict, judge
from tests.analytics.creative_tests.golden import CLICKS, DRIFTING, PURCHASES, VALUE, arm, first_days, table_of

PRACTICAL = 0.05


def judged(*arms: ArmDays, practical: float = PRACTICAL, prior: Prior | None = None, **more: Any) -> Judgement:
    return judge(table_of(*arms, **more), prior=prior, practical=practical)


def steady(rate: float, days: int = 20, *, seed: int = 1, exposures: float = 10_000) -> ArmDays:
    """Days on which as many outcomes come as the rate says, by chance a little more or less."""
    random = np.random.default_rng(seed)
    return arm(random.poisson(rate * exposures, days).tolist(), [exposures] * days)


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(6, Verdict.NOT_ENOUGH_DATA), (7, Verdict.KEEP_TESTING), (14, Verdict.WINNER)],
)
def test_a_clear_lead_is_a_winner_only_when_the_days_are_enough(days: int, verdict: Verdict) -> None:
    found = judged(*(first_days(each, days) for each in CLICKS))
    assert found.verdict is verdict
    assert found.winner == (0 if verdict is Verdict.WINNER else None)
    assert judged(*(first_days(each, days) for each in reversed(CLICKS))).winner == (
        1 if verdict is Verdict.WINNER else None
    )


def test_what_is_said_of_the_arms_of_a_winner() -> None:
    found = judged(*CLICKS)
    best, other = found.arms
    assert (best.days, other.days, found.common_days) == (14, 14, 14)
    assert (f"{best.lift_low:.6f}", f"{best.lift_high:.6f}") == ("0.174416", "0.222705")
    assert (f"{other.lift_low:.6f}", f"{other.lift_high:.6f}") == ("-0.182141", "-0.148513")
    assert [f"{each.p:.6f}" for each in found.arms] == ["0.000100", "0.000100"]
    assert found.least_lead == best.lift_low
    assert (best.chance, best.loss) == (1.0, 0.0)
    assert best.rate is not None
    assert best.rate.rate == pytest.approx(sum(CLICKS[0].outcomes) / sum(CLICKS[0].exposures))
    assert best.shrunken is None
    assert found.more_days is None


def test_arms_that_hardly_differ_end_as_no_difference() -> None:
    one, other = steady(0.05, 40), steady(0.05, 40, seed=2)
    assert judged(one, other).verdict is Verdict.NO_DIFFERENCE
    assert judged(one, other, practical=0.005).verdict is Verdict.KEEP_TESTING


def test_a_winner_beats_every_other_arm() -> None:
    best, twin, worst = steady(0.06), steady(0.06, seed=2), steady(0.04, seed=3)
    assert judged(worst, best).winner == 1
    both = judged(worst, best, twin)
    assert both.verdict is Verdict.NO_DIFFERENCE or both.verdict is Verdict.KEEP_TESTING
    assert both.winner is None
    # Beside the worst arm alone the evidence is overwhelming; the p that is told is the largest.
    assert min(both.arms[1].p or 0, both.arms[2].p or 0) > 0.05
    assert (both.arms[0].p or 1) < 1e-6


def test_an_open_test_says_how_many_more_days_it_would_take() -> None:
    found = judged(*PURCHASES)
    assert found.verdict is Verdict.KEEP_TESTING
    assert found.more_days is not None
    # The days to come are like those before: with so many more copies of them it is decided.
    copies = math.ceil((10 + found.more_days) / 10)
    longer = judged(*(arm(each.outcomes.tolist() * copies, each.exposures.tolist() * copies) for each in PURCHASES))
    assert longer.verdict is Verdict.WINNER
    assert judged(*VALUE).more_days in range(1, 15)
    wild, even = arm([1, 20, 3, 17, 2, 19, 4, 15] * 2, [100] * 16), arm([10] * 16, [100] * 16)
    assert judged(wild, even).more_days is None


def test_a_pair_with_few_events_waits_for_more_of_them() -> None:
    """The third arm has 20 events beside the first one, and more beside the second; at 2 a day it needs 5 more days."""
    days = np.arange(20)
    first = ArmDays(np.where(days < 10, 90.0 + days % 3, math.nan), np.where(days < 10, 1_000.0, math.nan))
    second = arm([50.0 + each % 2 for each in days], [1_000] * 20)
    third = arm([2.0] * 10 + [10.0] * 10, [1_000] * 20)
    found = judged(first, second, third)
    assert [each.is_compared for each in found.arms] == [True] * 3
    assert (found.verdict, found.leader, found.more_days) == (Verdict.KEEP_TESTING, 0, 5)


def test_drift_makes_a_test_longer() -> None:
    found = judged(*DRIFTING)
    assert (found.verdict, f"{found.drift:.6g}") == (Verdict.KEEP_TESTING, "9")
    assert (found.arms[0].lift_low, found.arms[0].lift_high) == (-1, None)


def test_arms_with_less_are_shown_and_not_in_the_contest() -> None:
    few_events = arm([2] * 14, [200] * 14)
    enough, other = CLICKS
    late = ArmDays(np.where(np.arange(14) < 9, math.nan, 300.0), np.where(np.arange(14) < 9, math.nan, 9_000.0))
    found = judged(enough, few_events, other, late, spent=[True, True, True, True])
    assert [each.is_compared for each in found.arms] == [True, False, True, False]
    assert [each.days for each in found.arms] == [14, 14, 14, 5]
    assert found.winner == 0, "however good the others are by their own numbers"
    assert found.arms[3].rate is not None
    assert (found.arms[3].p, found.arms[3].chance, found.arms[3].lift_low) == (None, None, None)
    poor = judged(enough, other, spent=[True, False])
    assert poor.verdict is Verdict.NOT_ENOUGH_DATA
    assert [each.is_compared for each in poor.arms] == [False, False]


def test_events_are_counted_and_not_what_they_are_worth() -> None:
    one, other = VALUE
    few = [[1] * 21, [2] * 21]
    assert judged(one, other, events=few).verdict is Verdict.NOT_ENOUGH_DATA
    assert judged(one, other, events=[[2] * 21, [2] * 21]).verdict is Verdict.KEEP_TESTING


def test_arms_that_never_ran_together_are_not_compared() -> None:
    """Two that took turns, and one that ran all the time: it can win over both, they not over each other."""
    half, days = np.arange(40) < 20, 40
    good, bad = steady(0.06, days), steady(0.03, days, seed=2)
    first = ArmDays(np.where(half, bad.outcomes, math.nan), np.where(half, bad.exposures, math.nan))
    second = ArmDays(np.where(half, math.nan, bad.outcomes), np.where(half, math.nan, bad.exposures))
    found = judged(first, good, second)
    assert (found.verdict, found.winner, found.common_days) == (Verdict.WINNER, 1, 0)
    assert [each.chance for each in found.arms] == [None, None, None]
    assert not found.has_outlook
    apart = judged(first, second)
    assert apart.verdict is Verdict.NOT_ENOUGH_DATA
    best = ArmDays(np.where(half, good.outcomes, math.nan), np.where(half, good.exposures, math.nan))
    open_one = judged(best, bad, second)
    assert (open_one.verdict, open_one.more_days) == (Verdict.KEEP_TESTING, None), "no day will bring them together"


def test_the_arm_ahead_day_by_day_may_be_behind_over_all_days() -> None:
    """It was shown most when every ad did badly: whose days are compared leads."""
    good_days = np.arange(20) < 10
    level = np.where(good_days, 0.10, 0.02)
    exposures = np.where(good_days, 1_000.0, 9_000.0)
    noise = 1 + 0.01 * np.random.default_rng(4).standard_normal((2, 20))
    ahead = ArmDays(1.2 * level * exposures * noise[0], exposures)
    behind = ArmDays(level * exposures[::-1] * noise[1], exposures[::-1])
    found = judged(ahead, behind)
    assert (found.winner, found.leader, found.front) == (0, 0, 1)


@pytest.mark.parametrize("odd", [math.nan, 0.0, -1.0, 1e15])
def test_one_odd_number_spoils_nothing(odd: float) -> None:
    one, other = CLICKS
    outcomes = one.outcomes.copy()
    outcomes[3] = odd
    for table in (ArmDays(outcomes, one.exposures), ArmDays(one.outcomes, np.where(np.arange(14) == 3, odd, 1e4))):
        found = judged(table, other, prior=Prior(-4.5, 0.01))
        numbers = [value for each in found.arms for value in (each.lift_low, each.p, each.chance, each.loss)]
        assert all(value is None or math.isfinite(value) for value in numbers)


def test_no_arms_and_empty_ones_are_not_enough() -> None:
    nothing = arm([], [])
    assert judged(nothing, nothing).verdict is Verdict.NOT_ENOUGH_DATA
    empty = judge(
        ArmTable(np.full((2, 3), np.nan), np.full((2, 3), np.nan), np.full((2, 3), np.nan), np.array([True, True])),
        prior=None,
        practical=PRACTICAL,
    )
    assert [each.rate for each in empty.arms] == [None, None]
