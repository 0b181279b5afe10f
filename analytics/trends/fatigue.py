"""Fatigue: which ads of an account get fewer link clicks per impression than they did, beyond the market and chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from analytics.enums import EntityLevel, FatigueState
from analytics.trends.evidence import (
    FEWEST_DAILY_IMPRESSIONS,
    FEWEST_DAYS,
    FEWEST_EVENTS,
    Evidence,
    reasons_of,
    state_of,
)
from analytics.trends.loglinear import Floats, fitted_trends
from analytics.trends.significance import adjusted

# The fall from which fatigue is dated.
_SINCE = 0.1
# More of a fitted change would be noise, and differ from processor to processor.
_DIGITS = 6
# Added to each day of the other ads at their own mean rate: a day on which they hardly delivered is an ordinary one.
_ORDINARY = 1_000.0


@dataclass(frozen=True, slots=True)
class AdSeries:
    """What was measured of all ads of an account, or of its creatives, in arrays of them by days; nan: not known.

    An id is None for ads of which it is not known what they show: they count for the account alone. `views` are
    three-second views, nan without a video; `reach` is known where people were counted by the day.
    """

    level: EntityLevel
    ids: Sequence[UUID | None]
    impressions: Floats
    link_clicks: Floats
    views: Floats
    reach: Floats


@dataclass(frozen=True, slots=True)
class FatigueFinding:
    """What is found of one ad or creative.

    Changes are relative, from its first day to its last one, and negative for a fall.
    They are None where there are too few days or events. `since`: the day on which the fitted fall passed 10 %, told
    of what is FATIGUED or a WARNING.
    """

    level: EntityLevel
    entity_id: UUID
    state: FatigueState
    ctr_change: float | None
    hook_rate_change: float | None
    frequency_change: float | None
    since: date | None
    reasons: list[str]


def findings(ads: AdSeries, first_day: date) -> list[FatigueFinding]:
    """What is found of each ad or creative of one account that has an id; `first_day` is that of the first column.

    Each is measured against the account's others on the same days: one that is most of its account would else be
    measured against itself. Benjamini and Hochberg's rule is over those that are judged.
    """
    clicks = _against_others(ads.link_clicks, ads.impressions)
    hooks = _against_others(ads.views, ads.impressions)
    frequency = _changes(ads.impressions, ads.reach)
    shown = np.where(clicks.is_day, ads.impressions, 0.0)
    daily = shown.sum(1) / np.maximum(clicks.days, 1)
    has_id = np.array([each is not None for each in ads.ids])
    is_judged = clicks.is_enough & (daily >= FEWEST_DAILY_IMPRESSIONS) & has_id
    over_all = np.ones(len(is_judged))
    over_all[is_judged] = adjusted(clicks.chance[is_judged])
    has_others = _others(shown).sum(1) >= FEWEST_DAILY_IMPRESSIONS * clicks.days
    judged, told = int(is_judged.sum()), [each.told() for each in (clicks, hooks, frequency)]
    found: list[FatigueFinding] = []
    for ad, entity_id in enumerate(ads.ids):
        if entity_id is None:
            continue
        evidence = Evidence(
            days=int(clicks.days[ad]),
            span=int(clicks.last[ad] - clicks.first[ad]) + 1,
            daily_impressions=float(daily[ad]),
            link_clicks=int(clicks.events[ad]),
            ctr_change=told[0][ad],
            hook_rate_change=told[1][ad],
            frequency_change=told[2][ad],
            chance=float(clicks.chance[ad]),
            over_all=float(over_all[ad]),
            judged=judged,
            has_others=bool(has_others[ad]),
        )
        passed = clicks.passed(ad)
        since = None if passed is None else first_day + timedelta(days=passed)
        found.append(_finding(ads.level, entity_id, evidence, since))
    return found


def _finding(level: EntityLevel, entity_id: UUID, evidence: Evidence, since: date | None) -> FatigueFinding:
    state = state_of(evidence)
    return FatigueFinding(
        level=level,
        entity_id=entity_id,
        state=state,
        ctr_change=evidence.ctr_change,
        hook_rate_change=evidence.hook_rate_change,
        frequency_change=evidence.frequency_change,
        since=since if state in (FatigueState.FATIGUED, FatigueState.WARNING) else None,
        reasons=list(reasons_of(evidence)),
    )


@dataclass(frozen=True, slots=True)
class _Fits:
    """Of each ad: the fitted change over its own days, its slope a day and the chance of such a fall; which days of the
    array are its own, their number, the first and the last of them; and all events.
    """

    change: Floats
    slope: Floats
    chance: Floats
    is_day: npt.NDArray[np.bool_]
    days: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    events: Floats

    @property
    def is_enough(self) -> npt.NDArray[np.bool_]:
        """Whether the days and events of each ad make a change that can be told."""
        enough: npt.NDArray[np.bool_] = (self.days >= FEWEST_DAYS) & (self.events >= FEWEST_EVENTS)
        return enough & np.isfinite(self.change)

    def told(self) -> list[float | None]:
        pairs = zip(self.change.tolist(), self.is_enough.tolist(), strict=True)
        return [round(change, _DIGITS) if is_enough else None for change, is_enough in pairs]

    def passed(self, ad: int) -> int | None:
        """The column of the day on which the fitted fall passed 10 %."""
        if not self.slope[ad] < 0:
            return None
        return int(self.first[ad]) + int(np.ceil(np.log(1 - _SINCE) / self.slope[ad]))


def _against_others(events: Floats, impressions: Floats) -> _Fits:
    """The trends of events per impression over the index of the day: the rate of all other ads on that day over their
    rate of all days.
    """
    shown = np.where(np.isfinite(events), impressions, np.nan)
    others, other_shown = _others(np.where(np.isfinite(shown), events, np.nan)), _others(shown)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = (others.sum(1) / other_shown.sum(1))[:, None]
        index = (others + _ORDINARY * rate) / (other_shown + _ORDINARY) / rate
    return _changes(events, shown * np.where(np.isfinite(index), index, 1.0))


def _others(values: Floats) -> Floats:
    """For each ad the sum of all others by day."""
    known = np.nan_to_num(values)
    # A sum without its largest part may be a hair below zero.
    others: Floats = np.maximum(known.sum(axis=0, keepdims=True) - known, 0.0)
    return others


def _changes(events: Floats, exposures: Floats) -> _Fits:
    is_day = np.isfinite(events) & np.isfinite(exposures) & (exposures > 0)
    x, y = np.where(is_day, exposures, 0.0), np.where(is_day, events, 0.0)
    fitted = fitted_trends(y, x)
    first, last = is_day.argmax(axis=1), is_day.shape[1] - 1 - is_day[:, ::-1].argmax(axis=1)
    change = np.exp(fitted.slope * (last - first)) - 1
    return _Fits(change, fitted.slope, fitted.p_fall, is_day, is_day.sum(axis=1), first, last, y.sum(axis=1))
