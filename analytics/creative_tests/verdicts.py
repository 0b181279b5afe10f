"""The verdict of a creative test, what it says of each arm, and how many more days an open one would take."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import numpy as np

from analytics.creative_tests.always_valid import lift_interval
from analytics.creative_tests.contest import LEAST_DAYS, LEAST_EVENTS, ArmTable, Contest, contest_of
from analytics.creative_tests.contrasts import Contrast, Numbers
from analytics.creative_tests.rates import Outlook, Prior, RateInterval, outlook_of, rate_interval

# Another text whenever the same days may get another verdict.
RULE_VERSION = "2026-11"
_MOST_DAYS_AHEAD = 365
_SEED = 20_261_128


class Verdict(StrEnum):
    """What a test has found; only the first two are final."""

    WINNER = "WINNER"
    NO_DIFFERENCE = "NO_DIFFERENCE"
    KEEP_TESTING = "KEEP_TESTING"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


@dataclass(frozen=True, slots=True)
class ArmFinding:
    """What is found of one arm; rates are outcomes per exposure.

    `days` are those on which it was shown. The lifts are over the other arm with the highest rate: -1 and None are no
    bound. `p` is the largest of the arm beside any other. What needs a comparison is None for an arm that is not in it.
    """

    days: int
    rate: RateInterval | None
    is_compared: bool = False
    shrunken: float | None = None
    chance: float | None = None
    loss: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with what it stands on; arms are told by their places.

    `leader` is ahead of the others day by day, `front` by the rates over all days: most often they are the same arm.
    `least_lead` is the lower bound of a winner's lift over the arm that comes nearest. `common_days` are those on which
    all compared arms were shown, `drift` that of the leader beside the others. `more_days`: None where it is decided,
    where it would take over a year, and before there is enough to tell a pace.
    """

    verdict: Verdict
    arms: tuple[ArmFinding, ...]
    winner: int | None = None
    leader: int | None = None
    front: int | None = None
    least_lead: float | None = None
    common_days: int = 0
    drift: float = 1.0
    more_days: int | None = None
    has_outlook: bool = False


def judge(arms: ArmTable, *, prior: Prior | None, practical: float) -> Judgement:
    """The verdict on the arms; `practical` is the smallest relative difference that matters.

    A winner beats every other arm, each by an interval that holds however often one looks; so no arm is a winner too
    often because there are many.
    """
    contest = contest_of(arms)
    shown = arms.shown.sum(axis=1)
    own = [ArmFinding(int(days), rate_interval(arms.days_of(place))) for place, days in enumerate(shown)]
    # No comparison is of one arm: whoever has enough in common with another one has it too.
    if not contest.arms:
        return Judgement(Verdict.NOT_ENOUGH_DATA, tuple(own))
    rates = np.array([_rate_of(own[place]) for place in contest.arms])
    common = arms.common_days(contest.arms)
    outlook = None
    if common.outcomes.shape[-1] >= LEAST_DAYS and bool((common.outcomes.sum(axis=-1) > 0).all()):
        outlook = outlook_of(common, prior, seed=_SEED)
    leader = _leader(contest, rates)
    ahead, others = contest.low[leader], np.arange(len(rates)) != leader
    is_won = bool((ahead[others] > 0).all())
    is_alike = bool((ahead[others] >= -practical).all() and (contest.high[leader][others] <= practical).all())
    verdict = Verdict.WINNER if is_won else Verdict.NO_DIFFERENCE if is_alike else Verdict.KEEP_TESTING
    return Judgement(
        verdict=verdict,
        arms=_compared(own, contest, rates, outlook),
        winner=contest.arms[leader] if is_won else None,
        leader=contest.arms[leader],
        front=contest.arms[int(rates.argmax())],
        least_lead=float(ahead[others].min()) if is_won else None,
        common_days=common.outcomes.shape[-1],
        drift=float(contest.contrasts.drift[leader][others].max()),
        more_days=_more_days(contest, leader, practical) if verdict is Verdict.KEEP_TESTING else None,
        has_outlook=outlook is not None,
    )


def _rate_of(arm: ArmFinding) -> float:
    assert arm.rate is not None  # what is compared has outcomes
    return arm.rate.rate


def _leader(contest: Contest, rates: Numbers) -> int:
    """The arm whose least lift over any other is the greatest; of such that are equal the one with the best rate.

    Where two arms have too little in common, their rates stand for the days.
    """
    lifts = np.where(contest.is_known, contest.contrasts.ratio, rates[:, None] / rates[None])
    np.fill_diagonal(lifts, np.inf)
    return int(np.lexsort((rates, lifts.min(axis=1)))[-1])


def _compared(
    own: Sequence[ArmFinding], contest: Contest, rates: Numbers, outlook: Outlook | None
) -> tuple[ArmFinding, ...]:
    found = list(own)
    for place, arm in enumerate(contest.arms):
        other = np.where(np.arange(len(rates)) == place, -np.inf, rates).argmax()
        high = float(contest.high[place, other])
        found[arm] = replace(
            own[arm],
            is_compared=True,
            shrunken=None if outlook is None or outlook.shrunken is None else outlook.shrunken[place],
            chance=None if outlook is None else outlook.chance[place],
            loss=None if outlook is None else outlook.loss[place],
            lift_low=float(contest.low[place, other]),
            lift_high=high if np.isfinite(high) else None,
            p=float(np.delete(contest.p[place], place).max()),
        )
    return tuple(found)


def _more_days(contest: Contest, leader: int, practical: float) -> int | None:
    """After how many more days the leader wins, or is as good as the others, if the days to come are like those before.

    None where it takes over a year.
    """
    others = np.arange(len(contest.arms)) != leader
    of = contest.contrasts
    row = Contrast(**{each.name: getattr(of, each.name)[leader][others][:, None] for each in fields(of)})
    days = row.days + np.arange(1.0, _MOST_DAYS_AHEAD + 1)
    pace = np.divide(days, row.days, out=np.zeros_like(days), where=row.days > 0)
    own, beside = contest.events[leader][others][:, None], contest.events[:, leader][others][:, None]
    is_known = (days >= LEAST_DAYS) & (np.minimum(own, beside) * pace >= LEAST_EVENTS) & (row.own > 0) & (row.other > 0)
    then = lift_interval(row.after(days))
    is_won = (is_known & (then.low > 0)).all(axis=0)
    is_alike = (is_known & (then.low >= -practical) & (then.high <= practical)).all(axis=0)
    decided = np.flatnonzero(is_won | is_alike)
    return int(decided[0]) + 1 if len(decided) else None
