"""Anomalies: values of days turned into logarithms that can be compared, and the scores that stand out."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from analytics.enums import Additivity, MetricUnit
from analytics.metrics.measure import Measure
from analytics.trends.expectation import MEMORY_DAYS, Expectations, Floats, expectations

# Iglewicz and Hoaglin (1993): a robust z beyond this is an outlier.
STANDS_OUT = 3.5
# Where more days are zero than not, a day with something is the rare event, and no expectation has a meaning.
_MOST_ZEROS = 0.5
# A day without any event, in logarithms: less than one event, and the usual half.
_NO_EVENT = 0.5


class SeriesKind(StrEnum):
    """What a zero means: a COUNT of none, an AMOUNT of nothing, a RATIO that has no logarithm."""

    COUNT = "COUNT"
    AMOUNT = "AMOUNT"
    RATIO = "RATIO"


def kind_of(measure: Measure) -> SeriesKind:
    if measure.additivity is Additivity.RATIO:
        return SeriesKind.RATIO
    return SeriesKind.COUNT if measure.unit is MetricUnit.COUNT else SeriesKind.AMOUNT


def judged(values: Floats, kinds: npt.NDArray[np.str_]) -> Expectations:
    """What each day was expected to be, in the unit of its series, and its score; `kinds` has one SeriesKind a series.

    nan in `values` is a day of which nothing is known. Negative values and ratios of zero have no logarithm, so they
    are neither judged nor learnt from; nor is a series judged that was zero on most of the days before.
    """
    logs = _logarithms(values, kinds)
    found = expectations(logs, kinds == SeriesKind.COUNT)
    score = np.where(_is_mostly_zero(values), np.nan, found.score)
    with np.errstate(over="ignore"):
        expected = np.exp(found.expected)
    is_told = np.isfinite(score) & np.isfinite(expected)
    return Expectations(np.where(is_told, expected, np.nan), np.where(is_told, score, np.nan))


def _logarithms(values: Floats, kinds: npt.NDArray[np.str_]) -> Floats:
    least = np.where((kinds == SeriesKind.COUNT)[:, None], _NO_EVENT, _least_before(values) / 2)
    none = np.where((kinds == SeriesKind.RATIO)[:, None], np.nan, least)
    with np.errstate(divide="ignore", invalid="ignore"):
        counted = np.where((kinds == SeriesKind.COUNT)[:, None], np.maximum(values, _NO_EVENT), values)
        logs: Floats = np.log(np.where(values == 0, none, np.where(values > 0, counted, np.nan)))
    return logs


def _least_before(values: Floats) -> Floats:
    """The least positive value of the days before each day, as far back as is looked; nan where there is none."""
    count, days = values.shape
    positive = np.where(values > 0, values, np.inf)
    padded = np.concatenate([np.full((count, MEMORY_DAYS), np.inf), positive[:, : days - 1]], axis=1)
    least = np.lib.stride_tricks.sliding_window_view(padded, MEMORY_DAYS, axis=1).min(axis=2)
    return np.where(np.isfinite(least), least, np.nan)


def _is_mostly_zero(values: Floats) -> npt.NDArray[np.bool_]:
    """Whether of the known days before each day, as far back as is looked, more are zero than not."""
    zeros, known = _sums_before(values == 0), _sums_before(np.isfinite(values))
    return zeros > known * _MOST_ZEROS


def _sums_before(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How many of the days before each day have the flag, as far back as is looked."""
    count, days = flags.shape
    sums = np.concatenate([np.zeros((count, 1), dtype=np.int64), np.cumsum(flags, axis=1)], axis=1)
    first = np.maximum(np.arange(days) - MEMORY_DAYS, 0)
    found: npt.NDArray[np.int64] = sums[:, :days] - sums[:, first]
    return found
