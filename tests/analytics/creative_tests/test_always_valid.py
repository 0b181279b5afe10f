"""Contrast, evidence and interval: golden numbers, a second computation by plain loops, and laws for any days."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.creative_tests.always_valid import lift_interval, log_evidence, p_value
from analytics.creative_tests.contrasts import ArmDays, Numbers, contrast_of
from tests.analytics.creative_tests.golden import CLICKS, GOLDEN, VALUE, Golden, arm


def printed(number: float) -> str:
    """To six places, without the zero before the point: as the golden numbers are printed."""
    return f"{number:.6f}".replace("0.", ".", 1) if abs(number) < 1 else f"{number:.6f}"


def the_other_way(lift: float) -> float:
    """The lift of the other arm over this one."""
    return math.inf if lift == -1 else 1 / (1 + lift) - 1


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_numbers_come_out_to_the_printed_digits(name: str) -> None:
    known: Golden = GOLDEN[name]
    contrast = contrast_of(*known.arms)
    interval = lift_interval(contrast)
    assert printed(float(contrast.ratio) - 1) == known.lift
    assert (printed(float(interval.low)), printed(float(interval.high))) == known.interval
    assert f"{float(contrast.drift):.6g}" == known.drift
    assert printed(float(log_evidence(contrast))) == known.log_evidence
    assert printed(float(p_value(contrast))) == known.p


@pytest.mark.parametrize("name", GOLDEN)
def test_swapping_the_arms_gives_the_reciprocal(name: str) -> None:
    known = GOLDEN[name]
    there, back = contrast_of(*known.arms), contrast_of(*reversed(known.arms))
    assert math.isclose(float(there.ratio) * float(back.ratio), 1)
    assert float(log_evidence(there)) == pytest.approx(float(log_evidence(back)))
    interval, other = lift_interval(there), lift_interval(back)
    assert float(other.low) == pytest.approx(the_other_way(float(interval.high)))
    assert float(other.high) == pytest.approx(the_other_way(float(interval.low)))


KAPPA = {7: 6.955098, 8: 7.053664, 10: 7.215541, 14: 7.462125, 28: 8.013546, 60: 8.697643}


@pytest.mark.parametrize("days", KAPPA)
def test_how_far_a_difference_must_stand_out_depends_on_the_days(days: int) -> None:
    """Of days that are alike but for one: the interval touches "no difference" where t squared is kappa's."""
    # Differences with the mean m and the squares s: their square of a sum over that of squares is n m^2 / (m^2 + v).
    part = KAPPA[days] / days
    spread = math.sqrt(1 / part - 1)
    signs = [1.0, -1.0] * (days // 2) + ([0.0] if days % 2 else [])
    wide = spread * math.sqrt(days / (days - days % 2))
    outcomes = [10_000.0 + 0.01 * (1 + wide * sign) for sign in signs]
    for more, is_above in ((1.02, True), (0.98, False)):
        shifted = arm([each + 0.01 * (more - 1) for each in outcomes], [1.0] * days)
        contrast = contrast_of(shifted, arm([10_000.0] * days, [1.0] * days))
        assert (float(lift_interval(contrast).low) > 0) is is_above


def naive(one: ArmDays, other: ArmDays) -> tuple[float, float, float]:
    """Ratio, drift and evidence, by loops over the days."""
    pairs = [
        (ya * xb / (xa + xb), yb * xa / (xa + xb))
        for ya, xa, yb, xb in zip(*(each.tolist() for each in _columns(one, other)), strict=True)
        if xa > 0 and xb > 0 and not math.isnan(ya) and not math.isnan(yb)
    ]
    days = len(pairs)
    ratio = sum(p for p, _ in pairs) / sum(q for _, q in pairs)
    left = [p - ratio * q for p, q in pairs]
    squares = sum(e * e for e in left)
    if squares < 1e-24 * sum(p * p for p, _ in pairs):
        raise ZeroDivisionError
    rho = sum(e * before for before, e in pairwise(left)) / squares + 1 / days
    rho = min(max(rho, 0), 0.8)
    drift = (1 + rho) / (1 - rho)
    difference = sum(p - q for p, q in pairs) ** 2 / drift
    spread = sum((p - q) ** 2 for p, q in pairs)
    evidence = 0.5 * math.log(4 / (days + 4)) - days / 2 * math.log(1 - difference / ((days + 4) * spread))
    return ratio, drift, evidence


def _columns(one: ArmDays, other: ArmDays) -> list[Numbers]:
    return [one.outcomes, one.exposures, other.outcomes, other.exposures]


counts = st.integers(0, 400).map(float)
exposures = st.one_of(st.integers(1, 100_000).map(float), st.just(0.0), st.just(math.nan))
days_of_two = st.lists(st.tuples(st.one_of(counts, st.just(math.nan)), exposures, counts, exposures), max_size=30)


@given(days_of_two)
def test_any_days_come_out_as_by_plain_loops_and_both_ways(days: list[tuple[float, ...]]) -> None:
    ya, xa, yb, xb = np.array(days, dtype=float).reshape(-1, 4).T
    one, other = ArmDays(ya, xa), ArmDays(yb, xb)
    there, back = contrast_of(one, other), contrast_of(other, one)
    interval, reverse = lift_interval(there), lift_interval(back)
    low, high = float(interval.low), float(interval.high)
    assert -1 <= low <= high
    if float(there.own) <= 0 or float(there.other) <= 0:
        return  # such arms are in no contest
    evidence = float(log_evidence(there))
    # Beyond rounding the two say the same: evidence of 20 to 1 is an interval without "no difference".
    if abs(evidence - math.log(20)) > 1e-6:
        assert (evidence > math.log(20)) is not (low <= 0 <= high)
    assert evidence == pytest.approx(float(log_evidence(back)), rel=1e-6, abs=1e-6)
    assert float(reverse.low) == pytest.approx(the_other_way(high), rel=1e-6, abs=1e-6)
    ratio, left = float(there.ratio), float(there.own_squared)
    if left and len(days) > 1:
        assert low - 1e-9 <= ratio - 1 <= high + 1e-9
    try:
        expected = naive(one, other)
    except ZeroDivisionError:
        return  # days that are all alike
    if abs(float(there.own) - float(there.other)) > 1e-9 * float(there.own):
        assert (ratio, float(there.drift), evidence) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_two_arms_that_are_alike_every_day_do_not_differ() -> None:
    same = arm([5.0] * 9, [100.0] * 9)
    contrast = contrast_of(same, same)
    interval = lift_interval(contrast)
    assert (float(interval.low), float(interval.high)) == pytest.approx((0, 0), abs=1e-12)
    assert float(p_value(contrast)) == 1


def test_nothing_is_known_of_arms_without_a_common_day() -> None:
    one, other = arm([5, 0], [100, 0]), arm([math.nan, 5], [100, 100])
    contrast = contrast_of(one, other)
    interval = lift_interval(contrast)
    assert (float(contrast.days), float(interval.low), float(interval.high)) == (0, -1, math.inf)
    assert math.isnan(float(contrast.ratio))
    assert float(p_value(contrast)) == 1


def test_a_day_on_which_one_arm_rests_is_no_day_of_the_other() -> None:
    one, other = VALUE
    resting = ArmDays(np.insert(one.outcomes, 9, 50.0), np.insert(one.exposures, 9, 0.0))
    longer = ArmDays(np.insert(other.outcomes, 9, 5_000.0), np.insert(other.exposures, 9, 100.0))
    found, known = contrast_of(resting, longer), contrast_of(one, other)
    assert float(log_evidence(found)) == float(log_evidence(known))
    assert float(found.drift) == float(known.drift)


def test_many_pairs_at_once_are_each_pair_by_itself() -> None:
    pairs = [CLICKS, tuple(reversed(CLICKS))]
    stacked = contrast_of(*(ArmDays(*(np.array(each) for each in zip(*arms, strict=True))) for arms in _sides(pairs)))
    for place, (one, other) in enumerate(pairs):
        assert float(log_evidence(stacked)[place]) == float(log_evidence(contrast_of(one, other)))


def _sides(pairs: list[tuple[ArmDays, ...]]) -> list[list[tuple[Numbers, Numbers]]]:
    return [[(pair[side].outcomes, pair[side].exposures) for pair in pairs] for side in (0, 1)]
