"""What the days of two arms say however often one looks: evidence against "no difference", and an interval.

A sequential t-test with a normal mixture over the standardised mean (Lai 1976; Wang and Ramdas, arXiv 2310.03722, the
scale-invariant martingale). Interval and evidence agree, and swapping the arms gives the reciprocal interval.
"""

from dataclasses import dataclass

import numpy as np

from analytics.creative_tests.contrasts import Contrast, Numbers

# The share of tests without a difference in which one may be found, over all looks together.
ALPHA = 0.05
# The weight of the mixture, in days: how large a difference, by the spread of days, the test is tuned to.
_MIXTURE = 4.0


@dataclass(frozen=True, slots=True)
class LiftInterval:
    """Within what the lift lies: 0.2 is a rate a fifth higher; -1 and infinity are no bounds."""

    low: Numbers
    high: Numbers


def log_evidence(contrast: Contrast) -> Numbers:
    """The logarithm of the e-value against no difference: its exponential is 1 on average where there is none."""
    days = contrast.days
    square = (contrast.own - contrast.other) ** 2 / contrast.drift
    spread = contrast.own_squared - 2 * contrast.product + contrast.other_squared
    # Rounding can leave a spread just below 0 where both arms are alike every day.
    part = np.divide(square, (days + _MIXTURE) * spread, out=np.zeros_like(square), where=spread > 0)
    # A sum of n days has at most n times the squares of the days; more is rounding.
    part = np.minimum(part, days / (days + _MIXTURE))
    return np.asarray(0.5 * np.log(_MIXTURE / (days + _MIXTURE)) - days / 2 * np.log1p(-part))


def p_value(contrast: Contrast) -> Numbers:
    """The always-valid p of no difference: at most alpha in a share of alpha of such tests, over all looks together."""
    return np.asarray(np.minimum(1.0, np.exp(-log_evidence(contrast))))


def lift_interval(contrast: Contrast, alpha: float = ALPHA) -> LiftInterval:
    """The always-valid interval of the lift, to 1 - alpha.

    Fieller's form: where the other arm's rate may be 0, the interval has no upper end.
    """
    kappa = contrast.drift * _kappa(contrast.days, alpha)
    a = contrast.other**2 - kappa * contrast.other_squared
    b = contrast.own * contrast.other - kappa * contrast.product
    c = contrast.own**2 - kappa * contrast.own_squared
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    # (b - root) / a, written so that swapping the arms swaps and inverts the ends to the last bit.
    low = np.divide(c, b + root, out=np.zeros_like(c), where=(c > 0) & (b + root > 0))
    high = np.divide(b + root, a, out=np.full_like(a, np.inf), where=a > 0)
    return LiftInterval(low - 1, high - 1)


def _kappa(days: Numbers, alpha: float) -> Numbers:
    """The square of the t-value, by days, beyond which a difference counts."""
    shrink = np.where(days > 0, (_MIXTURE * alpha**2 / (days + _MIXTURE)) ** (1 / np.maximum(days, 1)), 0.0)
    return np.asarray((days + _MIXTURE) * (1 - shrink))
