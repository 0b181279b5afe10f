"""Owns how the conversions of a day become known over the 28 days after it; must not know ads."""

import math

from sandbox.meta.data.dice import settle

SETTLED_DAYS = 28
_SHARES = (0.62, 0.27, 0.11)
_VIEW_SHARE = 0.14


def _curve(start: float, days: float) -> tuple[float, ...]:
    rising = [1.0 - (1.0 - start) * math.exp(-age / days) for age in range(SETTLED_DAYS)]
    return (*rising, 1.0)


# Share of the final number that is visible at an age in days: same-day clicks first, late ones last.
_WITHIN_1D = _curve(0.45, 1.5)
_WITHIN_7D = _curve(0.05, 5.0)
_WITHIN_28D = _curve(0.0, 11.0)


def visible_conversions(final: int, age_days: int, *, throw: float) -> tuple[int, int, int, int]:
    """1d, 7d and 28d click windows, nested, then the 1d view window, which stands apart.

    Each number only grows with age, and stays from day 28 on.
    """
    age = max(0, min(age_days, SETTLED_DAYS))
    within_1d = settle(final * _SHARES[0], throw)
    within_7d = settle((final - within_1d) * (_SHARES[1] / (1 - _SHARES[0])), throw)
    within_28d = final - within_1d - within_7d
    first = int(within_1d * _WITHIN_1D[age] + throw)
    week = first + int(within_7d * _WITHIN_7D[age] + throw)
    month = week + int(within_28d * _WITHIN_28D[age] + throw)
    viewed = int(settle(final * _VIEW_SHARE, throw) * _WITHIN_1D[age] + throw)
    return first, week, month, viewed
