"""One arm beside another, day by day: the sums of the days from which everything about the two is computed.

On a common day with exposures x and outcomes y stand p = y_a x_b / (x_a + x_b) and q = y_b x_a / (x_a + x_b). If a's
rate is theta times b's on every day, p - theta q has mean 0, whatever the day, the budgets and the season were: the
contrast of Mantel and Haenszel. Functions take arrays with the days as the last axis, and answer one number for each
place of the axes before it, so that many pairs, or many simulated tests, are one call.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# What is left of an autocorrelation that the days show: at most .8, so that a day counts for a ninth at least.
_MOST_CORRELATED = 0.8
_ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class ArmDays:
    """Outcomes and exposures of an arm by day; a day without exposures is one on which it was not shown."""

    outcomes: Numbers
    exposures: Numbers


@dataclass(frozen=True, slots=True)
class Contrast:
    """The sums over the common days: of p and q, and of their products; `own` is the one arm, `other` the other one.

    `drift` is by how much the difference of a day resembles that of the day before: 1 not at all, 9 at most. So many
    days count as one.
    """

    days: Numbers
    own: Numbers
    other: Numbers
    own_squared: Numbers
    product: Numbers
    other_squared: Numbers
    drift: Numbers

    @property
    def ratio(self) -> Numbers:
        """By what the other arm's rate is multiplied to be this one's; not a number where the other has none."""
        return np.divide(self.own, self.other, out=np.full_like(self.own, np.nan), where=self.other > 0)

    def after(self, days: Numbers) -> "Contrast":
        """The same after so many days, if the days to come are like those that were."""
        pace = np.divide(days, self.days, out=np.zeros_like(days), where=self.days > 0)
        return Contrast(
            days=days,
            own=self.own * pace,
            other=self.other * pace,
            own_squared=self.own_squared * pace,
            product=self.product * pace,
            other_squared=self.other_squared * pace,
            drift=self.drift,
        )


def contrast_of(one: ArmDays, other: ArmDays) -> Contrast:
    """The contrast of `one` with `other`; a day counts where both have exposures, and outcomes that are known."""
    total = one.exposures + other.exposures
    is_common = (one.exposures > 0) & (other.exposures > 0) & np.isfinite(one.outcomes) & np.isfinite(other.outcomes)
    weight = np.where(is_common, total, 1.0)
    own = np.where(is_common, one.outcomes * other.exposures / weight, 0.0)
    others = np.where(is_common, other.outcomes * one.exposures / weight, 0.0)
    # Days in a row are compared with one another, so the common days come first, in their order.
    order = np.argsort(~is_common, axis=-1, kind="stable")
    own, others = (np.take_along_axis(each, order, axis=-1) for each in (own, others))
    days = np.asarray(is_common.sum(axis=-1), dtype=np.float64)
    return _summed(days, own, others)


def _summed(days: Numbers, own: Numbers, other: Numbers) -> Contrast:
    own_sum, other_sum = np.asarray(own.sum(axis=-1)), np.asarray(other.sum(axis=-1))
    ratio = np.divide(own_sum, other_sum, out=np.zeros_like(own_sum), where=other_sum > 0)
    left = own - ratio[..., None] * other
    beside = np.asarray((left[..., 1:] * left[..., :-1]).sum(axis=-1))
    squares = np.asarray((left * left).sum(axis=-1))
    own_squared = np.asarray((own * own).sum(axis=-1))
    # Where one arm is the same multiple of the other every day, what is left is rounding.
    is_left = squares > _ROUNDING * own_squared
    # What is left of n days that are independent resembles what is left of the day before by -1/n.
    resemblance = np.divide(beside, squares, out=np.zeros_like(squares), where=is_left)
    resemblance += np.divide(1.0, days, out=np.zeros_like(days), where=is_left)
    rho = np.clip(resemblance, 0.0, _MOST_CORRELATED)
    return Contrast(
        days=days,
        own=own_sum,
        other=other_sum,
        own_squared=own_squared,
        product=np.asarray((own * other).sum(axis=-1)),
        other_squared=np.asarray((other * other).sum(axis=-1)),
        drift=(1 + rho) / (1 - rho),
    )
