"""Which days stand out, and that the arrays agree with plain loops."""

import numpy as np
import pytest

from analytics.enums import Metric
from analytics.metrics.catalogue import MEASURES
from analytics.trends.anomalies import STANDS_OUT, SeriesKind, judged, kind_of
from analytics.trends.expectation import Floats, expectations
from tests.analytics.trends.naive import one_step_ahead, score

WEEK = np.array([0.94, 0.92, 0.95, 0.99, 1.04, 1.1, 0.6])


def series(days: int = 70, count: int = 1, *, seed: int = 1, noise: float = 0.1) -> Floats:
    random = np.random.default_rng(seed)
    return 100 * WEEK[np.arange(days) % 7] * np.exp(random.normal(0, noise, (count, days)))


def scores(values: Floats, kind: SeriesKind) -> Floats:
    return judged(values, np.array([kind] * len(values))).score


def test_expectations_agree_with_plain_loops() -> None:
    given = np.log(series(75, 4))
    given[1, [5, 20, 21, 40, 66]] = np.nan
    given[2, :30] = np.nan
    for week in (1, 3, 5):  # 28 days are known before the 50th, but hardly any of them could be expected
        given[3, week * 7 : week * 7 + 7] = np.nan
    given[3] -= 3  # some five a day
    is_count = np.array([False, True, False, True])
    found = expectations(given, is_count)
    for row in range(4):
        for day in (27, 28, 35, 41, 49, 60, 66, 74):
            expected = score(list(given[row]), day, is_count=bool(is_count[row]))
            assert found.score[row, day] == pytest.approx(expected, nan_ok=True), (row, day)
            if np.isfinite(expected):
                assert found.expected[row, day] == pytest.approx(one_step_ahead(list(given[row]), day)[0])
    assert np.isfinite(found.score).sum() > 60
    assert np.isnan(found.score[3, 49])


def test_a_day_says_nothing_of_earlier_ones_and_is_judged_by_them_alone() -> None:
    given = np.log(series())
    changed = given.copy()
    changed[0, 60:] += 3
    before, after = (expectations(each, np.array([False])) for each in (given, changed))
    assert np.array_equal(before.score[0, :60], after.score[0, :60], equal_nan=True)
    assert before.expected[0, 60] == after.expected[0, 60]


def test_fewer_than_28_known_days_judge_nothing() -> None:
    assert np.isfinite(scores(series(28), SeriesKind.AMOUNT)).sum() == 0
    assert np.isfinite(scores(series(29), SeriesKind.AMOUNT)).sum() == 1
    with_a_gap = series(29)
    with_a_gap[0, 10] = np.nan
    assert np.isfinite(scores(with_a_gap, SeriesKind.AMOUNT)).sum() == 0


def test_a_doubled_day_stands_out_and_is_told_in_its_own_unit() -> None:
    given = series()
    given[0, 60] *= 2
    found = judged(given, np.array([SeriesKind.AMOUNT]))
    assert found.score[0, 60] > STANDS_OUT
    assert found.expected[0, 60] == pytest.approx(100 * WEEK[60 % 7], rel=0.15)
    assert (np.abs(found.score[0, :60]) > STANDS_OUT).sum() == 0


def test_an_unknown_day_is_neither_judged_nor_learnt_from() -> None:
    whole, holed = series(), series()
    whole[0, 50:53], holed[0, 50:53] = 1e6, np.nan
    assert np.isnan(scores(holed, SeriesKind.AMOUNT)[0, 50:53]).all()
    assert np.abs(scores(holed, SeriesKind.AMOUNT)[0, 53:60]).max() < STANDS_OUT
    assert np.abs(scores(whole, SeriesKind.AMOUNT)[0, 50:60]).max() > STANDS_OUT


def test_nothing_on_a_day_is_found_for_counts_and_amounts_and_is_no_ratio() -> None:
    given = np.concatenate([series(), series(), series()])
    given[:, 60] = 0
    found = judged(given, np.array([SeriesKind.COUNT, SeriesKind.AMOUNT, SeriesKind.RATIO]))
    assert found.score[0, 60] < found.score[1, 60] < -STANDS_OUT
    assert np.isnan(found.score[2, 60])
    assert np.isnan(found.expected[2, 60])


def test_a_weekly_day_off_is_the_shape_of_the_week() -> None:
    given = series()
    given[0, 6::7] = 0
    assert np.abs(scores(given, SeriesKind.AMOUNT)[0, 42:]).max() < STANDS_OUT
    given[0, 62] = 100
    assert scores(given, SeriesKind.AMOUNT)[0, 62] > STANDS_OUT


def test_what_is_mostly_zero_is_not_judged() -> None:
    rare = np.zeros((1, 70))
    rare[0, ::3] = 2
    assert np.isnan(scores(rare, SeriesKind.COUNT)).all()


def test_a_series_that_never_moves_reports_a_jump_and_no_hair() -> None:
    given = np.full((1, 70), 100.0)
    given[0, 50], given[0, 60] = 105, 130
    found = scores(given, SeriesKind.AMOUNT)[0]
    assert abs(found[50]) < STANDS_OUT < found[60]


def test_a_rare_count_is_not_steadier_than_chance() -> None:
    given = np.full((1, 70), 1.0)
    given[0, 50], given[0, 60] = 2, 40
    found = scores(given, SeriesKind.COUNT)[0]
    assert abs(found[50]) < STANDS_OUT < found[60]


@pytest.mark.filterwarnings("error")
def test_odd_values_cost_no_other_series() -> None:
    odd = [np.full(70, each) for each in (np.nan, np.inf, -5.0, 0.0, 1e300, 5e-324)]
    mixed = series()[0].copy()
    mixed[[3, 30, 60]] = (-1, np.inf, 1e308)
    given = np.array([*odd, mixed, series()[0]])
    found = judged(given, np.array([SeriesKind.AMOUNT] * len(given)))
    assert np.array_equal(found.score[-1], scores(series(), SeriesKind.AMOUNT)[0], equal_nan=True)
    assert not np.isinf(found.score).any()
    assert not np.isinf(found.expected).any()
    assert found.score[6, 60] > STANDS_OUT


def test_the_kind_of_a_metric_says_what_its_zero_means() -> None:
    kinds = {metric: kind_of(MEASURES[metric]) for metric in Metric}
    counts = (Metric.IMPRESSIONS, Metric.PURCHASES, Metric.REACH, Metric.VIDEO_VIEWS_3S)
    assert {kinds[each] for each in counts} == {SeriesKind.COUNT}
    assert {kinds[each] for each in (Metric.SPEND, Metric.PURCHASE_VALUE)} == {SeriesKind.AMOUNT}
    assert {kinds[each] for each in (Metric.CTR_LINK, Metric.FREQUENCY, Metric.ROAS)} == {SeriesKind.RATIO}
