"""The notes of creative tests: each is told where it is true, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.creative_tests.contest import ArmTable
from analytics.creative_tests.goals import GOALS
from analytics.creative_tests.rates import Prior
from analytics.creative_tests.verdicts import ArmFinding, Judgement, Verdict
from analytics.enums import ArmLevel, DatePreset, Metric
from services.insights.creative_tests.arms import ArmsRead, CountedDays
from services.insights.creative_tests.notes import notes_of
from services.insights.creative_tests.wish import CreativeTestWish

TODAY = date(2026, 11, 21)
WISH = CreativeTestWish(DatePreset.LAST_28_DAYS, Metric.CTR_LINK, ArmLevel.AD)
ARM = ArmFinding(20, None, is_compared=True, chance=0.6)
OTHER = replace(ARM, chance=0.4)
COMPARED = Judgement(
    Verdict.KEEP_TESTING, (ARM, OTHER), leader=0, front=0, common_days=20, more_days=9, has_outlook=True
)
READ = ArmsRead(
    goal=GOALS[Metric.CTR_LINK],
    arms=(),
    table=ArmTable(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0, dtype=bool)),
    counted=CountedDays((TODAY - timedelta(days=40), TODAY - timedelta(days=29)), 0, 0, TODAY),
    prior=Prior(-4.0, 0.1),
)


def notes(judged: Judgement = COMPARED, read: ArmsRead = READ, **wish: Any) -> str:
    return " ".join(notes_of(replace(WISH, **wish), read, judged))


def test_without_anything_special_three_notes_are_told() -> None:
    told = notes_of(WISH, READ, COMPARED)
    assert [each.split(" ")[0] for each in told] == ["If", "The", "Two"]
    assert told[0] == "If the days to come are like these, about 9 days more will decide."
    assert told[2].endswith("All compared arms share 20 days.")


SHOWN_ONLY = Judgement(Verdict.NOT_ENOUGH_DATA, (replace(ARM, is_compared=False),) * 3)
LIKELY = replace(COMPARED, arms=(replace(ARM, chance=0.96), replace(ARM, chance=0.04)))
OF_VERDICTS = {
    "over a year": (replace(COMPARED, more_days=None), "over a year"),
    "one more day": (replace(COMPARED, more_days=1), "about 1 day more"),
    "winner": (replace(COMPARED, verdict=Verdict.WINNER, least_lead=0.2), "The winner is better than every other"),
    "no difference": (replace(COMPARED, verdict=Verdict.NO_DIFFERENCE), "by at most 5 %"),
    "not enough": (SHOWN_ONLY, "too little to compare"),
    "small win": (replace(COMPARED, verdict=Verdict.WINNER, least_lead=0.01), "less than the 5 % that matter"),
    "likely": (LIKELY, "In 4 to 10 of 10 tests without a difference it does so too."),
    "left": (SHOWN_ONLY, "3 arms are shown and not compared: each needs 7 days"),
    "front": (replace(COMPARED, front=1), "By the sums over all days another arm looks best"),
    "drift": (replace(COMPARED, drift=4.06), "about 4.1 days say as much as one"),
    "apart": (replace(COMPARED, has_outlook=False), "no chance to be best is told"),
}


@pytest.mark.parametrize("name", OF_VERDICTS)
def test_a_note_is_told_where_it_is_true_alone(name: str) -> None:
    judged, text = OF_VERDICTS[name]
    assert text in notes(judged)
    assert text not in notes()
    if name == "likely":
        # Of a winner the tools say the same.
        assert text not in notes(replace(judged, verdict=Verdict.WINNER, least_lead=0.2))
    if name == "small win":
        assert text not in notes(replace(judged, least_lead=0.2))


OF_DAYS = {
    "today": (replace(READ, counted=replace(READ.counted, unfinished=1)), "Today is left out"),
    "gaps": (replace(READ, counted=replace(READ.counted, gaps=2)), "Left out: 2 days that could not be read"),
    "no prior": (replace(READ, prior=None), "Fewer than 3 ads of the last 90 days"),
    "cost": (replace(READ, goal=GOALS[Metric.CPC_LINK]), "a cost that is a fifth lower"),
}


@pytest.mark.parametrize("name", OF_DAYS)
def test_what_is_special_of_the_days_is_told(name: str) -> None:
    read, text = OF_DAYS[name]
    assert text in notes(read=read)
    assert text not in notes()


def test_conversions_that_may_still_come_are_told_of_goals_that_have_some() -> None:
    young = replace(READ.counted, days=(TODAY - timedelta(days=27),))
    text = "Purchases may still be added to the last 28 days"
    bought = replace(READ, goal=GOALS[Metric.CVR_LINK])
    assert text in notes(read=replace(bought, counted=young))
    assert text not in notes(read=bought)
    assert text not in notes(read=replace(READ, counted=young))


def test_what_was_asked_is_told() -> None:
    assert "chance decided who saw which arm" in notes(is_randomised=True)
    assert "by at most 12.5 %" in notes(replace(COMPARED, verdict=Verdict.NO_DIFFERENCE), practical=0.125)
    assert "and the spend that you asked for" in notes(SHOWN_ONLY, min_spend=5)
    assert "the spend that you asked for" not in notes(SHOWN_ONLY)


def test_there_are_never_more_notes_than_the_list_may_have() -> None:
    everything = replace(LIKELY, arms=(*LIKELY.arms, replace(ARM, is_compared=False)), front=1, drift=3.0)
    read = replace(
        READ,
        goal=GOALS[Metric.CPA_PURCHASE],
        prior=None,
        counted=CountedDays((TODAY - timedelta(days=2),), 1, 1, TODAY),
    )
    assert len(notes_of(WISH, read, everything)) == 12
