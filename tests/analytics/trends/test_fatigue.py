"""Which ads are called tired, and that the arrays agree with plain loops."""

from datetime import date
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from analytics.enums import EntityLevel, FatigueState
from analytics.trends.fatigue import AdSeries, FatigueFinding, findings
from analytics.trends.loglinear import Floats, fitted_trends
from analytics.trends.significance import adjusted
from tests.analytics.trends.naive import ctr_change, trend

FIRST = date(2026, 10, 1)
DAYS = np.arange(28)
# A market that changes from day to day, the same for all ads.
MARKET = 1 + 0.3 * np.sin(DAYS * 1.7) + 0.01 * DAYS


def ads(*clicks: Any, impressions: float = 5_000, **given: Any) -> AdSeries:
    rows = np.array(clicks, dtype=float)
    unknown = np.full_like(rows, np.nan)
    ids = given.get("ids", [uuid4() for _ in clicks])
    shown, views, reach = np.full_like(rows, impressions), given.get("views", unknown), given.get("reach", unknown)
    return AdSeries(EntityLevel.AD, ids, shown, rows, views, reach)


def steady(rate: float = 50) -> Floats:
    found: Floats = np.round(rate * MARKET * (1 + 0.05 * np.cos(DAYS * 2.3)))
    return found


def tiring(fall: float, rate: float = 50) -> Floats:
    found: Floats = np.round(rate * MARKET * (1 - fall) ** (DAYS / 27))
    return found


def judged(given: AdSeries) -> list[FatigueFinding]:
    return findings(given, FIRST)


def test_trends_agree_with_plain_loops() -> None:
    random = np.random.default_rng(5)
    exposures = random.integers(0, 3_000, (6, 28)).astype(float)
    exposures[0, :9] = 0  # began later
    exposures[1, 4:] = 0  # four days
    events = random.poisson(exposures * 0.004 * np.exp(-0.03 * DAYS)).astype(float)
    found = fitted_trends(events, exposures)
    for row in range(len(events)):
        slope, chance = trend(list(events[row]), list(exposures[row]))
        assert (found.slope[row], found.p_fall[row]) == (
            pytest.approx(slope, abs=1e-9),
            pytest.approx(chance, abs=1e-7),
        )


def test_what_has_no_trend_has_no_number() -> None:
    nothing, once, two_days, exact = np.zeros(28), np.eye(1, 28)[0] * 40, np.zeros(28), np.full(28, 10.0)
    exposures = np.full((4, 28), 1_000.0)
    exposures[2, 2:] = 0
    two_days[:2] = 5
    found = fitted_trends(np.array([nothing, once, two_days, exact]), exposures)
    assert np.isnan(found.slope[[0, 2]]).all()
    assert np.isnan(found.p_fall[[0, 2]]).all()
    # Events on one day alone: the search ends, and what one day says is no proof.
    assert found.slope[1] < -1
    assert found.p_fall[1] > 0.05
    assert found.slope[3] == pytest.approx(0, abs=1e-9)
    assert 0.4 < found.p_fall[3] < 0.6


def test_many_chances_are_adjusted_as_published() -> None:
    """The example of Benjamini and Hochberg (1995): four of fifteen are left at 5 %."""
    given = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    given += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    found = adjusted(np.array(given)[::-1])[::-1]
    assert found[:9] == pytest.approx([0.0015, 0.003, 0.0095, 0.0356, 0.0603, 0.0639, 0.0639, 0.0645, 0.0765], abs=6e-5)
    assert int((found <= 0.05).sum()) == 4
    assert len(adjusted(np.array([]))) == 0


def test_an_ad_that_falls_against_the_others_is_fatigued() -> None:
    clicks = [tiring(0.4), steady(), steady(80), steady(30)]
    tired, *others = judged(ads(*clicks))
    change, chance, passed = ctr_change([([5_000.0] * 28, list(each)) for each in clicks], 0)
    assert chance < 0.001
    assert tired.ctr_change == pytest.approx(change, abs=1e-6)
    assert (tired.state, tired.since) == (FatigueState.FATIGUED, date(2026, 10, 1 + passed))
    fell = f"Link clicks per impression fell by {-change * 100:.0f} % in 28 days"
    assert tired.reasons == [
        f"{fell}, measured against the account's other ads on the same days.",
        "Chance makes such a fall in less than 0.1 % of cases, too few to explain it among the 4 that were judged.",
    ]
    assert {(each.state, each.since) for each in others} == {(FatigueState.HEALTHY, None)}


def test_a_market_that_falls_tires_nobody() -> None:
    found = judged(ads(*(np.round(each * (0.5 ** (DAYS / 27))) for each in (steady(), steady(80), steady(30)))))
    assert {each.state for each in found} == {FatigueState.HEALTHY}


def test_an_ad_that_is_alone_is_compared_with_itself_before() -> None:
    [tired] = judged(ads(np.round(50 * 0.6 ** (DAYS / 27))))
    assert tired.state is FatigueState.FATIGUED
    assert "too little to compare with" in tired.reasons[0]
    assert tired.reasons[1].endswith("too few to explain it.")


def test_among_many_ads_a_fall_must_be_rarer() -> None:
    """The same ad: alone it is FATIGUED, among forty that are steady the fall is one that chance may make."""
    random = np.random.default_rng(0)
    falling = np.round(50 * 0.7 ** (DAYS / 27) * np.exp(random.normal(0, 0.35, 28)))
    crowd = [np.round(50 * np.exp(random.normal(0, 0.35, 28))) for _ in range(40)]
    [alone] = judged(ads(falling))
    [among, *_] = judged(ads(falling, *crowd))
    assert (alone.state, among.state) == (FatigueState.FATIGUED, FatigueState.WARNING)
    assert "among the 41 that were judged one may look like this" in among.reasons[1]
    assert among.since is not None


def test_a_fall_that_scatter_explains_and_a_small_one_are_healthy() -> None:
    wild = 50 * np.where(DAYS % 2 == 0, 1.9, 0.1) * 0.7 ** (DAYS / 27)
    [uncertain, *_] = judged(ads(np.round(wild), steady(), steady()))
    [small, *_] = judged(ads(tiring(0.12), steady(), steady()))
    assert uncertain.ctr_change is not None
    assert uncertain.ctr_change < -0.2
    assert {uncertain.state, small.state} == {FatigueState.HEALTHY}
    assert uncertain.reasons[1].endswith("since its days differ so much: that is no proof.")
    assert small.reasons[1] == "Only a fall of 20 % or more counts."


def test_what_is_too_little_is_said() -> None:
    clicks = np.array([steady()] * 4)
    given = ads(*clicks)
    given.impressions[0, 6:] = np.nan  # six days
    given.impressions[1, :] = 999
    given.link_clicks[2, :] = np.eye(1, 28)[0] * 29
    given.link_clicks[3, :] = np.nan  # never reported
    found = judged(given)
    assert {each.state for each in found} == {FatigueState.NOT_ENOUGH_DATA}
    assert [each.reasons for each in found] == [
        ["It was shown on 6 whole days of the range: at least 7 are needed."],
        ["It had 999 impressions a day: at least 1,000 are needed on average."],
        ["It had 29 link clicks: at least 30 are needed."],
        ["It was shown on 0 whole days of the range: at least 7 are needed."],
    ]
    assert {each.since for each in found} == {None}


def test_hooks_and_frequency_are_told_where_they_are_known() -> None:
    clicks = [tiring(0.4), steady(), steady()]
    views, reach = np.full((3, 28), np.nan), np.full((3, 28), np.nan)
    views[0], views[1] = np.round(900 * 0.8 ** (DAYS / 27)), 900
    reach[0] = np.round(4_000 * 0.9 ** (DAYS / 27))
    reach[1, :6] = 4_000  # too few days
    first, second, third = judged(ads(*clicks, views=views, reach=reach))
    assert first.hook_rate_change == pytest.approx(-0.2, abs=0.002)
    assert first.frequency_change == pytest.approx(1 / 0.9 - 1, abs=0.002)
    assert first.reasons[2:] == [
        "Three-second views per impression fell by 20 %, measured in the same way.",
        "Impressions per person and day rose by 11 %.",
    ]
    assert (second.frequency_change, third.frequency_change, third.hook_rate_change) == (None, None, None)
    assert second.hook_rate_change is not None
    assert second.hook_rate_change > 0.15  # measured against the other video, which fell


def test_what_has_no_id_counts_for_the_account_alone() -> None:
    clicks = [tiring(0.4), steady(), steady(80)]
    ids = [uuid4(), uuid4()]
    named = judged(ads(*clicks))
    found = judged(ads(*clicks, ids=[*ids, None]))
    assert [each.entity_id for each in found] == ids
    assert found[0].ctr_change == named[0].ctr_change
    assert "among the 2 that were judged" in found[0].reasons[1]
