"""Intervals of single arms, the prior from other ads, and what arms are worth together."""

import math
from dataclasses import replace

import numpy as np
import pytest

from analytics.creative_tests.contrasts import ArmDays
from analytics.creative_tests.rates import DayMoments, Prior, RateInterval, outlook_of, prior_of, rate_interval
from tests.analytics.creative_tests.golden import CLICKS, PURCHASES, arm

LOG_RATES, VARIANCES = [-2.1, -2.4, -2.0, -2.6, -2.3], [0.01, 0.02, 0.01, 0.03, 0.02]
TOGETHER = ArmDays(*(np.array([getattr(each, name) for each in PURCHASES]) for name in ("outcomes", "exposures")))


def test_the_prior_is_what_differs_between_ads_beyond_chance() -> None:
    prior = prior_of(LOG_RATES, VARIANCES)
    assert prior is not None
    assert (f"{prior.mean:.2f}", f"{prior.variance:.3f}") == ("-2.28", "0.039")
    # Ads that differ by chance alone still are not all the same.
    assert prior_of([-2.0, -2.0, -2.0], [1.0, 1.0, 1.0]) == Prior(-2.0, 1e-4)
    assert prior_of(LOG_RATES[:2], VARIANCES[:2]) is None


def test_arms_are_pulled_toward_the_prior_as_printed() -> None:
    """Four seeds: the numbers that are drawn differ by less than they are told to."""
    prior = prior_of(LOG_RATES, VARIANCES)
    for seed in range(4):
        found = outlook_of(TOGETHER, prior, seed=seed)
        assert found.shrunken is not None
        assert [f"{math.log(each):.6f}" for each in found.shrunken] == ["-2.202781", "-2.301455"]
        assert [f"{each:.6f}" for each in found.shrunken] == ["0.110495", "0.100113"]
        assert found.chance[0] == pytest.approx(0.945, abs=0.005)
        assert sum(found.chance) == pytest.approx(1)
        assert found.loss[0] == pytest.approx(0.0014, abs=2e-4)
        assert found.loss[1] == pytest.approx(0.107, abs=2e-3)


def test_the_same_seed_says_the_same() -> None:
    assert outlook_of(TOGETHER, None, seed=7) == outlook_of(TOGETHER, None, seed=7)


def test_without_a_prior_nothing_is_pulled() -> None:
    found = outlook_of(TOGETHER, None, seed=1)
    assert found.shrunken is None
    # The means are the arms' own, so the better one is better still.
    assert found.chance[0] > 0.94


def test_more_arms_than_days_are_no_trouble() -> None:
    random = np.random.default_rng(3)
    exposures = random.uniform(900, 1100, (50, 7))
    outcomes = random.poisson(0.1 * exposures).astype(float)
    for prior in (None, Prior(math.log(0.1), 0.01)):
        found = outlook_of(ArmDays(outcomes, exposures), prior, seed=1)
        assert sum(found.chance) == pytest.approx(1)
        assert min(found.loss) >= 0
        if prior is not None:
            own = outcomes.sum(axis=1) / exposures.sum(axis=1)
            assert found.shrunken is not None
            assert np.var(found.shrunken) < np.var(own)


def test_an_arm_of_which_less_is_known_is_pulled_further() -> None:
    """Both have a rate of .2; the days of the second one differ more."""
    steady = [20.0, 21, 19, 20, 21, 19, 20, 20]
    wild = [4.0, 36, 20, 2, 38, 20, 35, 5]
    found = outlook_of(ArmDays(np.array([steady, wild]), np.full((2, 8), 100.0)), Prior(math.log(0.1), 0.01), seed=1)
    assert found.shrunken is not None
    assert 0.19 < found.shrunken[0] < 0.2
    assert 0.1 < found.shrunken[1] < 0.15


def test_moments_say_what_the_days_say() -> None:
    for each in CLICKS:
        y, x = each.outcomes, each.exposures
        moments = DayMoments(
            len(y), float(y.sum()), float(x.sum()), float((y * y).sum()), float((y * x).sum()), float((x * x).sum())
        )
        rate = float(y.sum() / x.sum())
        spread = [(one - rate * of) / float(y.sum()) for one, of in zip(y.tolist(), x.tolist(), strict=True)]
        assert moments.log_rate == pytest.approx(math.log(rate))
        assert moments.variance == pytest.approx(14 / 13 * sum(each * each for each in spread), rel=1e-6)
        # Rounding of sums never makes an error below 0.
        assert replace(moments, outcomes_squared=0.0, product=moments.product * 2).variance == 0


def test_an_interval_is_one_of_student_over_the_days() -> None:
    """Of n = 2 days with outcomes 1 -+ d in 10 each: s is d, and t(1) at 97.5 % is 12.706205."""
    found = rate_interval(arm([0.9, 1.1], [10, 10]))
    assert found is not None
    assert (found.low, found.rate, found.high) == pytest.approx(
        (0.1 * math.exp(-1.2706205), 0.1, 0.1 * math.exp(1.2706205)), rel=1e-6
    )


def test_little_is_said_of_an_arm_with_little() -> None:
    one_day = rate_interval(arm([5], [100]))
    assert one_day is not None
    assert (one_day.rate, one_day.low, one_day.high) == (0.05, None, None)
    assert rate_interval(arm([], [])) is None
    assert rate_interval(arm([0, 0], [100, 100])) == RateInterval(0.0, None, None)
    assert rate_interval(arm([-5, 2], [100, 100])) == RateInterval(-0.015, None, None)
    wild = rate_interval(arm([1.0, 1e6], [1e6, 1.0]))
    assert wild is not None
    assert wild.high is not None
    assert math.isfinite(wild.high)
