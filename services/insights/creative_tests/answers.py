"""Answers creative tests: reads the arms in one session, has them judged, and tells it for the goal that was asked."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from analytics.creative_tests.goals import Goal
from analytics.creative_tests.verdicts import RULE_VERSION, ArmFinding, Judgement, Verdict, judge
from analytics.enums import ArmLevel, EntityLevel, Metric
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database
from models.insights.metric_values import AskedMetrics, MetricSet
from services.insights.creative_tests.arms import ArmsRead, ShownArm, read_arms
from services.insights.creative_tests.notes import notes_of
from services.insights.creative_tests.wish import CreativeTestWish, checked_goal


class Design(StrEnum):
    """How it was decided who sees which arm."""

    OBSERVATIONAL = "OBSERVATIONAL"
    RANDOMISED = "RANDOMISED"


@dataclass(slots=True)
class CreativeArm:
    """One arm as it is told: in the unit of the goal's metric, which for costs is the reciprocal of what is compared.

    Lifts are of what is compared, so that more is better for every goal.
    """

    level: EntityLevel
    entity_id: UUID
    metrics: MetricSet
    is_compared: bool
    days: int
    estimate: float | None
    interval_low: float | None
    interval_high: float | None
    shrunken: float | None
    chance_to_be_best: float | None
    expected_loss: float | None
    lift_low: float | None
    lift_high: float | None
    adjusted_p_value: float | None


@dataclass(slots=True)
class CreativeTestResult:
    """The answer: arms that are compared come first, the best estimate in front. `winner_id` is that of its arm."""

    goal: Metric
    design: Design
    verdict: Verdict
    level: EntityLevel
    winner_id: UUID | None
    arms: list[CreativeArm]
    more_days: int | None
    days_left_out: int
    notes: list[str]
    rule_version: str = RULE_VERSION


async def creative_test(
    db: Database, viewer: Viewer, wish: CreativeTestWish, shown: AskedMetrics, *, now: datetime
) -> CreativeTestResult:
    """Which of several ads or creatives does better, with the metrics that are `shown` of each; needs READ.

    Raises NotFound for ids that are not the tenant's, MixedCurrency where money of several currencies would be
    compared, BadInput, QueryTooComplex.
    """
    require(viewer, Permission.READ)
    goal = checked_goal(wish)
    async with db.read(viewer, is_snapshot=True) as session:
        read = await read_arms(session, wish, goal, shown, now=now)
    # Some tenths of a second for 50 arms over a year, in which others are answered.
    judged = await asyncio.to_thread(judge, read.table, prior=read.prior, practical=wish.practical)
    return _told(wish, read, judged)


def _told(wish: CreativeTestWish, read: ArmsRead, judged: Judgement) -> CreativeTestResult:
    level = EntityLevel.AD if wish.level is ArmLevel.AD else EntityLevel.CREATIVE
    found = sorted(zip(read.arms, judged.arms, strict=True), key=_order)
    return CreativeTestResult(
        goal=wish.goal,
        design=Design.RANDOMISED if wish.is_randomised else Design.OBSERVATIONAL,
        verdict=judged.verdict,
        level=level,
        winner_id=None if judged.winner is None else read.arms[judged.winner].entity_id,
        arms=[_arm(level, shown, finding, read.goal) for shown, finding in found],
        more_days=judged.more_days,
        days_left_out=read.counted.unfinished + read.counted.gaps,
        notes=notes_of(wish, read, judged),
    )


def _order(arm: tuple[ShownArm, ArmFinding]) -> tuple[bool, float, UUID]:
    rate = arm[1].rate
    return not arm[1].is_compared, 0.0 if rate is None else -rate.rate, arm[0].entity_id


def _arm(level: EntityLevel, shown: ShownArm, finding: ArmFinding, goal: Goal) -> CreativeArm:
    rate = finding.rate
    ends = [None, None] if rate is None else [goal.told(rate.low), goal.told(rate.high)]
    low, high = ends if goal.cost_of is None else reversed(ends)
    return CreativeArm(
        level=level,
        entity_id=shown.entity_id,
        metrics=shown.metrics,
        is_compared=finding.is_compared,
        days=finding.days,
        estimate=None if rate is None else _rounded(goal.told(rate.rate)),
        interval_low=_rounded(low),
        interval_high=_rounded(high),
        shrunken=_rounded(goal.told(finding.shrunken)),
        chance_to_be_best=finding.chance,
        expected_loss=_rounded(finding.loss),
        lift_low=_rounded(finding.lift_low),
        lift_high=_rounded(finding.lift_high),
        adjusted_p_value=_rounded(finding.p),
    )


def _rounded(number: float | None) -> float | None:
    """To nine significant digits: those behind differ from one processor to the next."""
    return None if number is None else float(f"{number:.9g}")
