"""What a day was expected to be: one step ahead, from the days before it alone, for many series at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WEEK = 7
# So many days back are looked at: eight of each weekday.
MEMORY_DAYS = 56
# With fewer known days no day is judged.
FEWEST_DAYS = 28
# Days before the first that could be judged whose own expectation tells how wrong expectations are.
_FEWEST_ERRORS = 14
# A level is the median of the last seven days, of which so many must be known.
_FEWEST_OF_WEEK = 4
# Of the seven days around a day: with two unknown the median is still near the level of a week.
_FEWEST_AROUND = 5
# The median of |error| and the mean of |error| as the standard deviation of a normal distribution.
_BY_MEDIAN, _BY_MEAN = 1 / 0.6744897501960817, 1.2533141373155003
# A series that hardly moves is no reason to report a day that differs by a hair: 3.5 times 2 % is the least.
_LEAST_SCALE = 0.02


@dataclass(frozen=True, slots=True)
class Expectations:
    """By series and day: what was expected, and by how many robust standard deviations the day differs from it.

    Both are nan where the day is unknown, or too little is known of the days before.
    """

    expected: Floats
    score: Floats


def expectations(series: Floats, is_count: npt.NDArray[np.bool_]) -> Expectations:
    """One step ahead for logarithms by series and day, of which nan are unknown and neither judged nor learnt from.

    The shape of the week is the median of each weekday against the seven days around it; the level is the median of the
    last seven days without that shape. The scale is the median deviation of past errors of the same kind, never of how
    well the past fits afterwards: that is always too good. Of what `is_count` it is never below what chance does by
    itself (Poisson): a purchase a day, day after day, does not make two an event.
    """
    errors, expected = np.full_like(series, np.nan), np.full_like(series, np.nan)
    score = np.full_like(series, np.nan)
    against_week = series - _levels_around(series)
    known = np.cumsum(np.isfinite(series), axis=1)
    for day in range(WEEK, series.shape[1]):
        first = max(0, day - MEMORY_DAYS)
        shape = _shape(against_week, first, day)
        last_week = np.arange(day - WEEK, day) % WEEK
        level = _median(series[:, day - WEEK : day] - shape[:, last_week], least=_FEWEST_OF_WEEK)
        expected[:, day] = level + shape[:, day % WEEK]
        errors[:, day] = series[:, day] - expected[:, day]
        before = known[:, day - 1] - (known[:, first - 1] if first else 0)
        # A count of mean m varies by its root, and the logarithm of it by one over that root.
        least = np.where(is_count, np.exp(-expected[:, day] / 2), 0.0)
        scored = _scored(errors[:, day], errors[:, first:day], np.maximum(least, _LEAST_SCALE))
        score[:, day] = np.where(before >= FEWEST_DAYS, scored, np.nan)
    return Expectations(np.where(np.isfinite(score), expected, np.nan), score)


def _levels_around(series: Floats) -> Floats:
    """The median of the seven days around each day, in which every weekday is once."""
    count, days = series.shape
    half = WEEK // 2
    padded = np.full((count, days + 2 * half), np.nan)
    padded[:, half : half + days] = series
    windows = np.lib.stride_tricks.sliding_window_view(padded, WEEK, axis=1)
    return _median(windows, least=_FEWEST_AROUND)


def _shape(against_week: Floats, first: int, day: int) -> Floats:
    """For each series the seven weekdays, counted from the first day of the array; known days before `day` alone."""
    # The seven days around a day end three days later, so the last three days have none yet.
    until = day - WEEK // 2
    shape = np.full((len(against_week), WEEK), np.nan)
    for weekday in range(WEEK):
        start = first + (weekday - first) % WEEK
        shape[:, weekday] = _median(against_week[:, start : max(start, until) : WEEK], least=1)
    return shape


def _scored(error: Floats, past: Floats, least: Floats) -> Floats:
    """By how many times its usual size the error is away from the usual one; that size is at least `least`."""
    middle = _median(past, least=_FEWEST_ERRORS)
    away = np.abs(past - middle[:, None])
    scale = _median(away, least=_FEWEST_ERRORS) * _BY_MEDIAN
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(away, axis=1) / np.isfinite(away).sum(axis=1) * _BY_MEAN
        scale = np.maximum(np.where(scale > 0, scale, mean), least)
        scored: Floats = (error - middle) / scale
    return scored


def _median(values: Floats, *, least: int) -> Floats:
    """The median over the last axis of what is known; nan where fewer than `least` are."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)  # nan comes last
    count = np.isfinite(values).sum(axis=-1)
    low = np.maximum((count - 1) // 2, 0)[..., None]
    high = np.minimum(count // 2, values.shape[-1] - 1)[..., None]
    pair = np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1)
    median: Floats = np.where(count >= least, pair[..., 0] / 2, np.nan)
    return median
