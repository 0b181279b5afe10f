"""Days of two arms with the numbers that are known of them, to the printed digits; they were computed apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.creative_tests.contest import ArmTable
from analytics.creative_tests.contrasts import ArmDays


@dataclass(frozen=True, slots=True)
class Golden:
    """Two arms, and what is printed of the first over the other one."""

    arms: tuple[ArmDays, ArmDays]
    lift: str
    interval: tuple[str, str]
    drift: str
    log_evidence: str
    p: str


def arm(outcomes: Sequence[float], exposures: Sequence[float]) -> ArmDays:
    return ArmDays(np.array(outcomes, dtype=float), np.array(exposures, dtype=float))


def table_of(*arms: ArmDays, events: Sequence[Sequence[float]] | None = None, spent: Sequence[bool] = ()) -> ArmTable:
    """The arms of a test; events are the outcomes unless they are given."""
    outcomes = np.array([each.outcomes for each in arms])
    return ArmTable(
        outcomes=outcomes,
        exposures=np.array([each.exposures for each in arms]),
        events=outcomes if events is None else np.array(events, dtype=float),
        has_spend=np.array(spent or [True] * len(arms)),
    )


def first_days(of: ArmDays, days: int) -> ArmDays:
    return ArmDays(of.outcomes[:days], of.exposures[:days])


CLICKS = (
    arm(
        [121, 110, 140, 122, 119, 150, 139, 118, 121, 131, 119, 122, 149, 138],
        [10000, 9500, 11000, 10400, 9800, 12000, 11500, 10100, 9700, 10900, 10300, 9900, 12100, 11400],
    ),
    arm(
        [98, 101, 112, 99, 103, 121, 118, 101, 97, 113, 99, 104, 117, 120],
        [9900, 10100, 10600, 10200, 10000, 11700, 11800, 10300, 9500, 11100, 10000, 10200, 11800, 11700],
    ),
)
PURCHASES = (
    arm([12, 9, 11, 13, 10, 12, 9, 14, 11, 10], [100] * 10),
    arm([10, 11, 9, 10, 12, 9, 10, 11, 8, 10], [100] * 10),
)
VALUE = (
    arm(
        [210.5, 0, 180.25, 520, 75, 340, 610.4, 120, 95.5, 410, 260, 190, 330, 0, 140, 295, 205, 480, 88, 240, 310],
        [80, 120, 95, 140, 60, 110, 150, 90, 70, 130, 100, 85, 125, 105, 75, 115, 90, 135, 65, 100, 95],
    ),
    arm(
        [150, 95, 0, 310, 120, 150, 260, 180, 90, 210, 145.5, 0, 260, 175, 110, 130, 240, 205, 60, 150, 190],
        [90, 100, 110, 120, 80, 95, 130, 100, 85, 120, 90, 95, 110, 100, 90, 105, 100, 120, 80, 95, 100],
    ),
)
DRIFTING = (
    arm([20 + round(6 * math.sin(day / 3)) for day in range(24)], [1000] * 24),
    arm([20] * 24, [1000] * 24),
)
WEEK = (
    arm([260, 240, 300, 330, 270, 250, 280], [95, 100, 115, 120, 108, 102, 99]),
    arm([210, 260, 150, 250, 190, 205, 300], [100, 120, 90, 110, 105, 98, 130]),
)

_BACK = (CLICKS[1], CLICKS[0])
_SHORT = (first_days(CLICKS[0], 7), first_days(CLICKS[1], 7))
GOLDEN = {
    "clicks": Golden(CLICKS, ".199121", (".174416", ".222705"), "1", "9.214994", ".000100"),
    "clicks, the other way": Golden(_BACK, "-.166056", ("-.182141", "-.148513"), "1", "9.214994", ".000100"),
    "clicks of a week": Golden(_SHORT, ".199183", ("-1.000000", "inf"), "1", "2.896583", ".055212"),
    "purchases": Golden(PURCHASES, ".110000", ("-.194993", ".496941"), "1", ".263709", ".768197"),
    "value": Golden(VALUE, ".525993", ("-.025311", "1.238303"), "1", "2.734731", ".064911"),
    "drifting": Golden(DRIFTING, ".033333", ("-1.000000", "inf"), "9", "-.944572", "1.000000"),
    "value of a week": Golden(WEEK, ".264707", ("-1.000000", "inf"), "1", "2.368841", ".093589"),
}
