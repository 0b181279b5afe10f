"""Owns the vector of numbers that one ad collects in one day, and how vectors add up; must not name API fields."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, auto

WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
CONVERSIONS = ("view_content", "add_to_cart", "checkout", "purchase", "lead", "registration")


class Count(IntEnum):
    """Places in the vector. Conversions and purchase value follow behind, one place per window."""

    IMPRESSIONS = 0
    CLICKS = auto()
    # Money in the smallest unit that Insights prints, so that sums stay exact.
    SPEND = auto()
    SOCIAL_SPEND = auto()
    LINK_CLICKS = auto()
    OUTBOUND_CLICKS = auto()
    LANDING_PAGE_VIEWS = auto()
    REACTIONS = auto()
    COMMENTS = auto()
    SHARES = auto()
    SAVES = auto()
    REACH = auto()
    UNIQUE_CLICKS = auto()
    UNIQUE_LINK_CLICKS = auto()
    VIDEO_PLAYS = auto()
    VIDEO_2S = auto()
    VIDEO_3S = auto()
    VIDEO_6S = auto()
    VIDEO_15S = auto()
    VIDEO_30S = auto()
    THRUPLAYS = auto()
    VIDEO_P25 = auto()
    VIDEO_P50 = auto()
    VIDEO_P75 = auto()
    VIDEO_P95 = auto()
    VIDEO_P100 = auto()
    WATCH_SECONDS = auto()


VIDEO_COUNTS = len(Count) - Count.VIDEO_PLAYS
_CONVERSIONS_AT = len(Count)
PURCHASE_VALUE_AT = _CONVERSIONS_AT + len(CONVERSIONS) * len(WINDOWS)
PEOPLE = (Count.REACH, Count.UNIQUE_CLICKS, Count.UNIQUE_LINK_CLICKS)
# The same person met by several ads or on several days counts once, and the more often the wider the look.
_OVERLAP = 0.9

Counts = tuple[int, ...]


def conversion_at(kind: str) -> int:
    """Where the windows of a conversion start."""
    return _CONVERSIONS_AT + CONVERSIONS.index(kind) * len(WINDOWS)


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of any set of ad-days: sums, except people, who are fewer than their sum."""

    counts: Counts
    people: dict[Count, int]


def tally(vectors: Iterable[Counts]) -> Tally | None:
    """None when nothing was delivered."""
    parts = list(vectors)
    if not parts:
        return None
    if len(parts) == 1:
        return Tally(parts[0], {place: parts[0][place] for place in PEOPLE})
    sums = tuple(map(sum, zip(*parts, strict=True)))
    people = {place: max(_met(sums[place]), *(part[place] for part in parts)) for place in PEOPLE}
    return Tally(sums, people)


def _met(total: int) -> int:
    """People behind a sum of people. Concave, so that any whole has at least as many as each of its parts and
    fewer than their sum, whichever way it is cut: into days, ads, campaigns or months.
    """
    return min(total, int(total**_OVERLAP) + 1)
