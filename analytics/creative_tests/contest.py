"""Which arms of a test can be compared at all, and every one of them beside every other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.creative_tests.always_valid import lift_interval, p_value
from analytics.creative_tests.contrasts import ArmDays, Contrast, Numbers, contrast_of

LEAST_DAYS = 7
LEAST_EVENTS = 30

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ArmTable:
    """All arms of a test by day: arms and days are the axes.

    A number is NaN on a day on which the arm has no row, or the platform told none. `events` are the counts behind the
    outcomes. `has_spend`: the arms that spent as much as was asked for.
    """

    outcomes: Numbers
    exposures: Numbers
    events: Numbers
    has_spend: Flags

    @property
    def shown(self) -> Flags:
        """The days on which an arm was shown, and its outcomes are known."""
        return (np.nan_to_num(self.exposures, nan=0.0) > 0) & np.isfinite(self.outcomes) & np.isfinite(self.events)

    def days_of(self, arm: int) -> ArmDays:
        """The days on which the arm was shown, alone."""
        is_shown = self.shown[arm]
        return ArmDays(self.outcomes[arm, is_shown], self.exposures[arm, is_shown])

    def common_days(self, arms: Sequence[int]) -> ArmDays:
        """The days on which all of these arms were shown, in the order of the arms."""
        is_common = self.shown[list(arms)].all(axis=0)
        return ArmDays(self.outcomes[list(arms)][:, is_common], self.exposures[list(arms)][:, is_common])


@dataclass(frozen=True, slots=True)
class Contest:
    """The arms that are compared, by their places in the test, and what each pair of them says.

    Matrices have a row for each compared arm and a column for each one that it is compared with. `is_known`: both have
    enough days and events in common. Where they have not, nothing is known: `low` is -1, `high` infinite, `p` 1.
    """

    arms: tuple[int, ...]
    contrasts: Contrast
    is_known: Flags
    events: Numbers
    low: Numbers
    high: Numbers
    p: Numbers


def contest_of(arms: ArmTable) -> Contest:
    """The contest of the arms that have 7 days and 30 events in common with another one, and spent enough."""
    shown = arms.shown
    exposures = np.where(shown, arms.exposures, 0.0)
    outcomes, events = np.where(shown, arms.outcomes, 0.0), np.where(shown, arms.events, 0.0)
    beside = shown.astype(np.float64).T
    common_events = events @ beside
    # Of an arm without outcomes in these days, or with fewer than none, no rate can be a multiple.
    is_enough = (common_events >= LEAST_EVENTS) & (outcomes @ beside > 0) & arms.has_spend[:, None]
    is_known = is_enough & is_enough.T & (shown.astype(np.float64) @ beside >= LEAST_DAYS)
    np.fill_diagonal(is_known, val=False)
    compared = np.flatnonzero(is_known.any(axis=1))
    grid = np.ix_(compared, compared)
    of = ArmDays(outcomes[compared], exposures[compared])
    contrasts = contrast_of(
        ArmDays(of.outcomes[:, None], of.exposures[:, None]), ArmDays(of.outcomes[None], of.exposures[None])
    )
    interval, known = lift_interval(contrasts), is_known[grid]
    return Contest(
        arms=tuple(map(int, compared)),
        contrasts=contrasts,
        is_known=known,
        events=common_events[grid],
        low=np.where(known, interval.low, -1.0),
        high=np.where(known, interval.high, np.inf),
        p=np.where(known, p_value(contrasts), 1.0),
    )
