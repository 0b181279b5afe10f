"""Laws of verdicts for any arms and any days, odd numbers among them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.creative_tests.contest import ArmTable
from analytics.creative_tests.rates import Prior
from analytics.creative_tests.verdicts import Judgement, Verdict, judge

_ODD = (math.nan, 0.0, -3.0, 1e15, 1e-6)


@st.composite
def tables(draw: st.DrawFn) -> ArmTable:
    """Up to five arms over up to thirty days; some numbers are odd, some rows missing, some arms alike."""
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    arms, days = draw(st.integers(0, 5)), draw(st.integers(0, 30))
    exposures = random.gamma(4, 250, (arms, days))
    rates = draw(st.lists(st.sampled_from([0.05, 0.1, 0.2]), min_size=arms, max_size=arms))
    outcomes = random.poisson(np.array(rates).reshape(-1, 1) * exposures).astype(float)
    for table in (exposures, outcomes):
        for _ in range(draw(st.integers(0, 3)) if table.size else 0):
            place = draw(st.tuples(st.integers(0, arms - 1), st.integers(0, days - 1)))
            table[place] = draw(st.sampled_from(_ODD))
    if arms > 1 and draw(st.booleans()):
        outcomes[1], exposures[1] = outcomes[0], exposures[0]
    missing = random.random((arms, days)) < draw(st.sampled_from([0.0, 0.1, 0.5]))
    outcomes[missing] = exposures[missing] = np.nan
    has_spend = np.array([draw(st.booleans()) or place < 2 for place in range(arms)], dtype=bool)
    return ArmTable(outcomes, exposures, np.abs(outcomes), has_spend)


def turned(table: ArmTable) -> ArmTable:
    """The same arms, the last one first."""
    return ArmTable(table.outcomes[::-1], table.exposures[::-1], table.events[::-1], table.has_spend[::-1])


def numbers(found: Judgement) -> list[float]:
    names = ("shrunken", "chance", "loss", "lift_low", "lift_high", "p")
    told = [getattr(arm, name) for arm in found.arms for name in names]
    ends = [end for arm in found.arms if arm.rate is not None for end in (arm.rate.rate, arm.rate.low, arm.rate.high)]
    return [each for each in (*told, *ends) if each is not None]


@settings(max_examples=60)
@given(tables(), st.sampled_from([None, Prior(-2.3, 0.05)]))
def test_a_verdict_is_one_of_its_arms_alone(table: ArmTable, prior: Prior | None) -> None:
    found, other = (judge(each, prior=prior, practical=0.05) for each in (table, turned(table)))
    assert all(map(math.isfinite, numbers(found)))
    compared = [arm for arm in found.arms if arm.is_compared]
    assert (found.verdict is Verdict.NOT_ENOUGH_DATA) is (len(compared) < 2)
    assert (found.winner is not None) is (found.verdict is Verdict.WINNER)
    if found.winner is not None:
        assert (found.arms[found.winner].lift_low or 0) > 0
        assert sum((arm.lift_low or 0) > 0 for arm in compared if arm is not found.arms[found.winner]) == 0
        assert found.arms[found.winner].p == pytest.approx(min(arm.p or 0 for arm in compared)) or len(compared) > 2
    if found.has_outlook:
        assert sum(arm.chance or 0 for arm in compared) == pytest.approx(1)
    # In which order the arms are asked says nothing.
    assert other.verdict is found.verdict
    assert other.more_days == found.more_days
    assert [arm.days for arm in reversed(other.arms)] == [arm.days for arm in found.arms]
    if found.winner is not None:
        assert other.winner == len(found.arms) - 1 - found.winner
