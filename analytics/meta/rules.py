"""How long Meta keeps which numbers, and when it changed how it counts: tables for checks and warnings; no I/O.

Sources: Meta's Marketing API changelog and its page on Insights limits; the days are those on which a rule took effect.
"""

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from analytics.enums import Breakdown
from analytics.periods import DateRange


class Kept(StrEnum):
    """Kinds of numbers that Meta keeps for different times."""

    NUMBERS = "NUMBERS"
    # Deduplicated people: reach, unique clicks.
    PEOPLE = "PEOPLE"
    PEOPLE_BROKEN_DOWN = "PEOPLE_BROKEN_DOWN"
    HOURS = "HOURS"
    FREQUENCIES = "FREQUENCIES"


MONTHS_KEPT: dict[Kept, int] = {
    Kept.NUMBERS: 37,
    Kept.PEOPLE: 13,
    Kept.PEOPLE_BROKEN_DOWN: 13,
    Kept.HOURS: 13,
    Kept.FREQUENCIES: 6,
}


@dataclass(frozen=True, slots=True)
class Regime:
    """A change of Meta's rules, in force since a day.

    `warning` is for refreshes of a range with days before and after the change; None if there is nothing to warn of.
    The warning of a rule about one `breakdown` is for every refresh by this breakdown.
    """

    since: date
    what: str
    warning: str | None = None
    breakdown: Breakdown | None = None


REGIMES: tuple[Regime, ...] = (
    Regime(
        date(2021, 4, 27),
        "Of what happened away from Meta neither region nor hour is told: such actions are left out of those parts.",
        "Meta does not tell the REGION of conversions: in these parts conversions and their value are null.",
        Breakdown.REGION,
    ),
    Regime(
        date(2025, 6, 10),
        "Conversions count by the ad set's attribution setting, as in Ads Manager; other settings are ignored.",
        "Since 2025-06-10 Meta counts conversions by each ad set's own attribution setting:"
        " conversions of days before it may follow another rule.",
    ),
    Regime(
        date(2026, 1, 12),
        "The windows 7d_view and 28d_view are empty; people and hours are kept for 13 months, frequencies for 6.",
    ),
    Regime(date(2026, 6, 22), "The breakdown dma is refused; comscore_market took its place."),
    Regime(
        date(2026, 8, 6),
        "The breakdown impression_device is for ad accounts that have opted in; others get no rows, and no error.",
        "Meta parts by IMPRESSION_DEVICE only for ad accounts that have opted in to it: others get no rows.",
        Breakdown.IMPRESSION_DEVICE,
    ),
)


def oldest_day(today: date, kept: Kept = Kept.NUMBERS) -> date:
    """The first day that Meta still keeps; one day less than its limit, since midnight may pass before the call."""
    return months_back(today, MONTHS_KEPT[kept]) + timedelta(days=1)


def months_back(today: date, months: int) -> date:
    """The same day in an earlier month, or the last day of a shorter month."""
    number = today.year * 12 + today.month - 1 - months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def regime_warnings(days: DateRange) -> Iterator[str]:
    """The warnings of rules that changed within the range."""
    for regime in REGIMES:
        if regime.warning is not None and regime.breakdown is None and days.start < regime.since <= days.end:
            yield regime.warning


def breakdown_warnings(breakdowns: Collection[Breakdown]) -> Iterator[str]:
    """The warnings of rules about these breakdowns."""
    for regime in REGIMES:
        if regime.warning is not None and regime.breakdown in breakdowns:
            yield regime.warning
