"""The rates of arms by themselves: intervals, the pull toward other ads, the chance to be best and what is lost if not.

Everything is about the logarithm of a rate, outcomes per exposure, whose error is read from how its days differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analytics.creative_tests.contrasts import ArmDays, Numbers

_ALPHA = 0.05
_DRAWS = 20_000
# Of so many ads at least is said how much ads differ.
FEWEST_ADS = 3
# Ads of which less is known say more about chance than about how ads differ.
FEWEST_EVENTS = 10
FEWEST_DAYS = 7
_LEAST_VARIANCE = 1e-4


@dataclass(frozen=True, slots=True)
class DayMoments:
    """An ad's days as sums: how many they are, outcomes and exposures, and the squares and products of these."""

    days: int
    outcomes: float
    exposures: float
    outcomes_squared: float
    product: float
    exposures_squared: float

    @property
    def log_rate(self) -> float:
        return float(np.log(self.outcomes / self.exposures))

    @property
    def variance(self) -> float:
        """The error of the log rate, squared: of n days n / (n - 1) times the squares of (y - r x) / sum of y."""
        rate = self.outcomes / self.exposures
        squares = self.outcomes_squared - 2 * rate * self.product + rate**2 * self.exposures_squared
        return max(squares, 0.0) / self.outcomes**2 * self.days / (self.days - 1)


@dataclass(frozen=True, slots=True)
class Prior:
    """What log rates of ads are like: their mean, and the variance that is not chance."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class RateInterval:
    """The rate of an arm, and within what it lies with 95 %; without ends where its days say too little."""

    rate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What several arms may be worth together, in their order: `shrunken` rates, `chance` to be best, `loss`.

    `loss` is by how much, on average, the best arm is better than this one, as a fraction of this one's rate. Nothing
    is shrunken without a prior.
    """

    shrunken: tuple[float, ...] | None
    chance: tuple[float, ...]
    loss: tuple[float, ...]


def prior_of(log_rates: Sequence[float], variances: Sequence[float]) -> Prior | None:
    """The prior from the ads of an account; None where they are too few."""
    if len(log_rates) < FEWEST_ADS:
        return None
    between = float(np.var(log_rates, ddof=1)) - float(np.mean(variances))
    return Prior(float(np.mean(log_rates)), max(between, _LEAST_VARIANCE))


def rate_interval(arm: ArmDays) -> RateInterval | None:
    """The rate of one arm over its days; None where it has none."""
    outcomes, exposures = float(arm.outcomes.sum()), float(arm.exposures.sum())
    if exposures <= 0:
        return None
    rate, days = outcomes / exposures, arm.outcomes.shape[-1]
    if days < 2 or outcomes <= 0:  # noqa: PLR2004 - of one day nothing says how days differ
        return RateInterval(rate, None, None)
    deviation = (arm.outcomes - rate * arm.exposures) / outcomes
    width = float(stdtrit(days - 1, 1 - _ALPHA / 2)) * float(np.sqrt(days / (days - 1) * (deviation**2).sum()))
    low, high = float(np.exp(-width)), float(np.exp(min(width, 700.0)))
    return RateInterval(rate, rate * low, rate * high)


def outlook_of(arms: ArmDays, prior: Prior | None, *, seed: int) -> Outlook:
    """What is known of all arms together, from days on which each of them was shown; arms and days are the axes.

    With a prior each is pulled toward it, the more the less is known of the arm. The covariance of the arms is never
    inverted, so that many arms and few days work.
    """
    outcomes, exposures = arms.outcomes.sum(axis=-1), arms.exposures.sum(axis=-1)
    rates, days = outcomes / exposures, arms.outcomes.shape[-1]
    deviation = (arms.outcomes - rates[:, None] * arms.exposures) / outcomes[:, None]
    covariance = days / (days - 1) * deviation @ deviation.T
    mean = np.log(rates)
    if prior is not None:
        unit = prior.variance * np.eye(len(rates))
        pull = np.linalg.solve(covariance + unit, unit)
        mean = prior.mean + pull @ (mean - prior.mean)
        covariance = prior.variance * (np.eye(len(rates)) - pull)
    drawn = np.exp(_draws(mean, covariance, seed))
    best = drawn.max(axis=1)
    chance = np.bincount(drawn.argmax(axis=1), minlength=len(rates)) / _DRAWS
    loss = (best[:, None] / drawn - 1).mean(axis=0)
    return Outlook(
        shrunken=None if prior is None else tuple(map(float, np.exp(mean))),
        chance=tuple(map(float, chance)),
        loss=tuple(map(float, loss)),
    )


def _draws(mean: Numbers, covariance: Numbers, seed: int) -> Numbers:
    """Of a normal distribution whose covariance may be singular.

    By the symmetric root, of which there is one: eigenvectors have either sign, which differs between machines.
    """
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    normal = np.random.default_rng(seed).standard_normal((_DRAWS, len(mean)))
    return np.asarray(mean + normal @ root)
