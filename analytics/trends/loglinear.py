"""Log-linear trends: by how much a rate changes per day, and how sure that is, for many series at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

# Newton's steps: the likelihood has one maximum and the start is near, so five are usual.
_MOST_STEPS = 50
_CONVERGED = 1e-10
# No rate changes by more than this factor's logarithm in a day: it ends the search where no maximum exists, as for
# events on one day alone.
_STEEPEST = 2.0
# A day that decides its fitted value by itself says nothing of the scatter around the line.
_MOST_LEVERAGE = 1 - 1e-9
# A line has two numbers; scatter around it needs one day more.
_FEWEST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Trends:
    """One trend per series: `slope` is that of the logarithm of the rate, per day.

    `p_fall` is the chance of such a fall or a deeper one where the rate does not change. Both are nan where fewer than
    three days or no events are known.
    """

    slope: Floats
    p_fall: Floats


def fitted_trends(events: Floats, exposures: Floats) -> Trends:
    """The trends of events per exposure, for arrays of series by days; days without exposure are left out.

    Poisson regression with a logarithmic link: each day weighs by its expected events, and a day without any event
    needs no made-up logarithm. The error of the slope is the sandwich, which holds however much days scatter, in the
    form HC3 for few days (MacKinnon and White 1985); it is judged by Student's t with days - 2 degrees of freedom.
    """
    has_exposure = exposures > 0
    x = np.where(has_exposure, exposures, 0.0)
    y = np.where(has_exposure, events, 0.0)
    days = has_exposure.sum(axis=1)
    total = y.sum(axis=1)
    is_known = (days >= _FEWEST_DAYS) & (total > 0)
    slope = np.full(len(x), np.nan)
    p_fall = np.full(len(x), np.nan)
    if is_known.any():
        slope[is_known], p_fall[is_known] = _fitted(y[is_known], x[is_known], days[is_known])
    return Trends(slope, p_fall)


def _fitted(y: Floats, x: Floats, days: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    time = np.arange(x.shape[1], dtype=np.float64)
    # Around its weighted mean the day is nearly unrelated to the level, so that both are found apart.
    centred = np.where(x > 0, time - ((x * time).sum(1) / x.sum(1))[:, None], 0.0)
    slope = np.zeros(len(x))
    for _ in range(_MOST_STEPS):
        fitted = _expected(y, x, centred, slope)
        middle = (fitted * centred).sum(1) / fitted.sum(1)
        spread = (fitted * (centred - middle[:, None]) ** 2).sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.nan_to_num(((y - fitted) * centred).sum(1) / spread, nan=0.0, posinf=0.0, neginf=0.0)
        moved = np.clip(slope + np.clip(step, -0.5, 0.5), -_STEEPEST, _STEEPEST)
        is_done = np.abs(moved - slope).max() < _CONVERGED
        slope = moved
        if is_done:
            break
    return slope, _chance_of_fall(y, x, centred, slope, days)


def _expected(y: Floats, x: Floats, centred: Floats, slope: Floats) -> Floats:
    """The expected events of each day at this slope; at the best level for it their sum is that of the events."""
    power = slope[:, None] * centred
    shape = x * np.exp(power - np.where(x > 0, power, -np.inf).max(axis=1, keepdims=True))
    fitted: Floats = shape * (y.sum(1) / shape.sum(1))[:, None]
    return fitted


def _chance_of_fall(y: Floats, x: Floats, centred: Floats, slope: Floats, days: npt.NDArray[np.int64]) -> Floats:
    fitted = _expected(y, x, centred, slope)
    away = np.where(x > 0, centred - ((fitted * centred).sum(1) / fitted.sum(1))[:, None], 0.0)
    spread = (fitted * away**2).sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        leverage = fitted / fitted.sum(1)[:, None] + fitted * away**2 / spread[:, None]
        scatter = (y - fitted) / (1 - np.clip(leverage, 0.0, _MOST_LEVERAGE))
        error = np.sqrt((scatter**2 * away**2).sum(1)) / spread
        # Days without any scatter leave no doubt of a slope, and no slope where there is none.
        t = np.where(slope == 0, 0.0, slope / error)
    chance: Floats = np.where(np.isfinite(t) | np.isinf(t), special.stdtr(days - 2, t), 1.0)
    return chance
