"""Formulas over arrays of days, against the formulas of single groups."""

from decimal import Decimal

import numpy as np
import pytest

from analytics.enums import Metric
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.formula import Constant, Fact, evaluate
from analytics.trends.daily_values import daily_values


@pytest.mark.filterwarnings("error")
def test_every_metric_is_what_it_is_of_a_single_day() -> None:
    random = np.random.default_rng(2)
    for metric in Metric:
        measure = MEASURES[metric]
        arrays = {
            name: np.where(random.random(40) < 0.2, 0, random.integers(0, 9_999, 40) / 4) for name in measure.facts
        }
        for values in arrays.values():
            values[random.random(40) < 0.1] = np.nan
        found = daily_values(measure.expression, arrays)
        for day in range(40):
            facts = {name: None if np.isnan(each[day]) else Decimal(str(each[day])) for name, each in arrays.items()}
            expected = evaluate(measure.expression, facts)
            if expected is None:
                assert np.isnan(found[day])
            else:
                assert found[day] == pytest.approx(float(expected)), metric


@pytest.mark.filterwarnings("error")
def test_what_a_float_does_not_hold_is_no_value() -> None:
    facts = {"spend": np.array([1e300, 5.0]), "clicks_all": np.array([2.0, 0.0])}
    assert np.isnan(daily_values(Fact("spend") * 10**9, facts)[0])
    assert daily_values((Fact("spend") - 1) * 2 + Fact("clicks_all"), facts)[1] == 8
    assert np.isnan(daily_values(Constant(3) / Fact("clicks_all"), facts)[1])
