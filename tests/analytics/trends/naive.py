"""Fatigue and anomalies once more, by plain loops over one series: what the arrays must agree with."""

from collections.abc import Sequence
from math import ceil, exp, isfinite, log, nan, sqrt
from statistics import mean, median

from scipy import special

Series = Sequence[float]


def trend(events: Series, exposures: Series) -> tuple[float, float]:
    """The slope of the Poisson regression with an intercept, by Newton's steps; and its one-sided chance by HC3."""
    days = [(float(t), x, y) for t, (x, y) in enumerate(zip(exposures, events, strict=True)) if x > 0]
    level, slope = log(sum(y for _, _, y in days) / sum(x for _, x, _ in days)), 0.0
    for _ in range(200):
        fitted = [x * exp(level + slope * t) for t, x, _ in days]
        a, b, c = _moments(days, fitted)
        first = sum(y - f for (_, _, y), f in zip(days, fitted, strict=True))
        second = sum((y - f) * t for (t, _, y), f in zip(days, fitted, strict=True))
        level += (c * first - b * second) / (a * c - b * b)
        slope += (a * second - b * first) / (a * c - b * b)
    fitted = [x * exp(level + slope * t) for t, x, _ in days]
    a, b, c = _moments(days, fitted)
    determinant, meat = a * c - b * b, 0.0
    for (t, _, y), f in zip(days, fitted, strict=True):
        leverage = f * (c - 2 * b * t + a * t * t) / determinant
        influence = (a * t - b) / determinant
        meat += ((y - f) / (1 - leverage) * influence) ** 2
    return slope, float(special.stdtr(len(days) - 2, slope / sqrt(meat)))


def _moments(days: Sequence[tuple[float, float, float]], fitted: Series) -> tuple[float, float, float]:
    weighted = [(f, t) for (t, _, _), f in zip(days, fitted, strict=True)]
    return sum(f for f, _ in weighted), sum(f * t for f, t in weighted), sum(f * t * t for f, t in weighted)


def ctr_change(ads: Sequence[tuple[Series, Series]], number: int) -> tuple[float, float, int]:
    """Of ads as (impressions, clicks): the fitted change of one, its chance, and days until the fall passed 10 %."""
    impressions, clicks = ads[number]
    others = [ad for place, ad in enumerate(ads) if place != number]
    shown = [sum(ad[0][day] for ad in others) for day in range(len(impressions))]
    clicked = [sum(ad[1][day] for ad in others) for day in range(len(impressions))]
    rate = sum(clicked) / sum(shown) if sum(shown) and sum(clicked) else 0
    index = [(c + 1000 * rate) / (x + 1000) / rate if rate else 1.0 for c, x in zip(clicked, shown, strict=True)]
    slope, chance = trend(clicks, [x * i for x, i in zip(impressions, index, strict=True)])
    own = [day for day, x in enumerate(impressions) if x > 0]
    passed = ceil(log(0.9) / slope) if slope < 0 else 0
    return exp(slope * (own[-1] - own[0])) - 1, chance, own[0] + passed


def one_step_ahead(series: Series, day: int) -> tuple[float, float]:
    """What a day of logarithms was expected to be, and its error; nan where too little is known."""
    shape = [_of_weekday(series, day, weekday) for weekday in range(7)]
    level = _median([series[d] - shape[d % 7] for d in range(day - 7, day)], 4)
    expected = level + shape[day % 7]
    return expected, series[day] - expected


def score(series: Series, day: int, *, is_count: bool = False) -> float:
    first = max(0, day - 56)
    if sum(isfinite(each) for each in series[first:day]) < 28:
        return nan
    errors = [one_step_ahead(series, each)[1] for each in range(max(7, first), day)]
    past = [each for each in errors if isfinite(each)]
    if len(past) < 14:
        return nan
    away = [abs(each - median(past)) for each in past]
    scale = median(away) / 0.6744897501960817 or mean(away) * 1.2533141373155003
    expected, error = one_step_ahead(series, day)
    return (error - median(past)) / max(scale, 0.02, exp(expected) ** -0.5 if is_count else 0)


def _of_weekday(series: Series, day: int, weekday: int) -> float:
    found = []
    for each in range(max(0, day - 56), day - 3):
        if each % 7 == weekday:
            around = [series[d] if 0 <= d < len(series) else nan for d in range(each - 3, each + 4)]
            found.append(series[each] - _median(around, 5))
    return _median(found, 1)


def _median(values: Series, least: int) -> float:
    known = [each for each in values if isfinite(each)]
    return median(known) if len(known) >= least else nan
