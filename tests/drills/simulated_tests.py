"""Worlds in which two arms are tested for 60 days, many times at once, and the rules by which a winner may be named.

Rates share a market day and the weekday, each arm has a day of its own, counts are Poisson, orders are worth a
lognormal amount. Budgets differ from day to day, and may follow the rate that was seen so far.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, stdtrit

from analytics.creative_tests.always_valid import lift_interval
from analytics.creative_tests.contest import LEAST_DAYS, LEAST_EVENTS, Flags
from analytics.creative_tests.contrasts import ArmDays, Numbers, contrast_of

DAYS = 60
_WEEKDAYS = np.array([0.94, 0.92, 0.95, 0.99, 1.04, 1.1, 1.08])
_MARKET, _BUDGET = 0.2, 0.25
_FOLLOWING = 0.8


@dataclass(frozen=True, slots=True)
class SimulatedWorld:
    """`events` an arm and day, `own` how much an arm's own days differ, `drifts` how much a day is like the one before.

    `worth` is the sigma of an order's value, None where events are counted; `share` the first arm's of the budget.
    """

    events: float
    own: float
    drifts: float = 0.0
    worth: float | None = None
    share: float = 0.5
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Runs:
    """Tests of one world; runs, arms and days are the axes."""

    outcomes: Numbers
    exposures: Numbers
    events: Numbers


WORLDS = {
    "120 clicks a day": SimulatedWorld(120, 0.12),
    "120 clicks a day, ads differ more": SimulatedWorld(120, 0.25),
    "120 clicks a day, ads drift": SimulatedWorld(120, 0.15, drifts=0.3),
    "50 purchases a day": SimulatedWorld(50, 0.12),
    "20 purchases a day": SimulatedWorld(20, 0.15),
    "8 purchases a day, budget follows": SimulatedWorld(8, 0.15, follows=True),
    "2 purchases a day": SimulatedWorld(2, 0.15),
    "ROAS, 100 orders a day": SimulatedWorld(100, 0.12, worth=0.8),
    "ROAS, 20 orders a day": SimulatedWorld(20, 0.15, worth=0.8),
    "ROAS, 5 orders a day": SimulatedWorld(5, 0.15, worth=1.2),
    "ROAS, 5 orders a day, budget 85 to 15": SimulatedWorld(5, 0.15, worth=1.2, share=0.85),
}


def simulated(world: SimulatedWorld, runs: int, *, seed: int, lift: float = 0.0, arms: int = 2) -> Runs:
    """So many tests; the first arm's rate is by `lift` higher than that of each other."""
    random = np.random.default_rng(seed)
    shape = (runs, arms, DAYS)
    rates = np.where(np.arange(arms) == 0, 1 + lift, 1.0)[:, None] * _days(random, world, shape)
    budget = _gamma(random, _BUDGET, (runs, 1, DAYS)) * _gamma(random, _BUDGET, shape) * arms * world.events
    if not world.follows:
        shares = np.where(np.arange(arms) == 0, world.share, (1 - world.share) / (arms - 1))
        exposures = budget * (np.full(arms, 1 / arms) if world.share == 1 / 2 else shares)[:, None]
        events = random.poisson(rates * exposures).astype(float)
        return Runs(_worth(random, world, events), exposures, events)
    return _following(random, world, rates, budget)


def _days(random: np.random.Generator, world: SimulatedWorld, shape: tuple[int, int, int]) -> Numbers:
    """The factors of days: that of the market, of the weekday, and each arm's own."""
    market = _gamma(random, _MARKET, (shape[0], 1, DAYS)) * np.resize(_WEEKDAYS, DAYS)
    if not world.drifts:
        return market * _gamma(random, world.own, shape)
    log = random.standard_normal(shape)
    for day in range(1, DAYS):
        log[..., day] = world.drifts * log[..., day - 1] + np.sqrt(1 - world.drifts**2) * log[..., day]
    return np.asarray(market * np.exp(world.own * log - world.own**2 / 2))


def _gamma(random: np.random.Generator, cv: float, shape: tuple[int, ...]) -> Numbers:
    return random.gamma(1 / cv**2, cv**2, shape)


def _worth(random: np.random.Generator, world: SimulatedWorld, events: Numbers) -> Numbers:
    if world.worth is None:
        return events
    counts = events.ravel().astype(int)
    orders = random.lognormal(-(world.worth**2) / 2, world.worth, counts.sum())
    of = np.repeat(np.arange(counts.size), counts)
    return np.asarray(np.bincount(of, weights=orders, minlength=counts.size), dtype=float).reshape(events.shape)


def _following(random: np.random.Generator, world: SimulatedWorld, rates: Numbers, budget: Numbers) -> Runs:
    """Day by day: most of the budget goes by the square of the rate that was seen so far."""
    exposures, events = np.zeros_like(budget), np.zeros_like(budget)
    arms = budget.shape[1]
    for day in range(DAYS):
        seen = (events.sum(axis=-1) + 1) / (exposures.sum(axis=-1) + 1)
        by_rate = seen**2 / (seen**2).sum(axis=1, keepdims=True)
        exposures[..., day] = budget[..., day] * (_FOLLOWING * by_rate + (1 - _FOLLOWING) / arms)
        events[..., day] = random.poisson(rates[..., day] * exposures[..., day])
    return Runs(_worth(random, world, events), exposures, events)


# For each run, whether the rule names the one arm a winner over the other one on the days that are there.
Rule = Callable[[Runs, int, int], Flags]


def first_days(runs: Runs, days: int) -> Runs:
    return Runs(runs.outcomes[..., :days], runs.exposures[..., :days], runs.events[..., :days])


def ours(runs: Runs, one: int, other: int) -> Flags:
    """The rule of the product, with its gates."""
    contrast = contrast_of(_arm(runs, one), _arm(runs, other))
    events = runs.events.sum(axis=-1)
    is_enough = (events[:, one] >= LEAST_EVENTS) & (events[:, other] >= LEAST_EVENTS)
    return np.asarray(is_enough & (lift_interval(contrast).low > 0))


def t_test(runs: Runs, one: int, other: int) -> Flags:
    """Student's t of the same contrast, as if today were the only look."""
    contrast, days = contrast_of(_arm(runs, one), _arm(runs, other)), runs.outcomes.shape[-1]
    difference = contrast.own - contrast.other
    spread = contrast.own_squared - 2 * contrast.product + contrast.other_squared - difference**2 / days
    return np.asarray(difference > stdtrit(days - 1, 0.975) * np.sqrt(np.maximum(spread, 0) * days / (days - 1)))


def chance_to_be_best(runs: Runs, one: int, other: int) -> Flags:
    """A chance of 95 % that the rate is higher, by counts alone (gamma and Poisson)."""
    events, exposures = runs.events.sum(axis=-1), runs.exposures.sum(axis=-1)
    x = exposures[:, one] / (exposures[:, one] + exposures[:, other])
    chance = 1 - betainc(events[:, one] + 1, events[:, other] + 1, x)
    return np.asarray(chance >= 0.95)


def _arm(runs: Runs, place: int) -> ArmDays:
    return ArmDays(runs.outcomes[:, place], runs.exposures[:, place])


def named_by(runs: Runs, rule: Rule, *, through: int = DAYS) -> Numbers:
    """By arm the share of runs in which the rule has named it over all others on some day from the 7th on."""
    arms = range(runs.outcomes.shape[1])
    named = np.zeros((runs.outcomes.shape[0], len(arms)), dtype=bool)
    is_open = np.ones(runs.outcomes.shape[0], dtype=bool)
    for day in range(LEAST_DAYS, through + 1):
        seen = first_days(runs, day)
        today = np.array([np.all([rule(seen, one, other) for other in arms if other != one], axis=0) for one in arms])
        named |= today.T & is_open[:, None]
        is_open &= ~today.any(axis=0)
    return np.asarray(named.mean(axis=0))
