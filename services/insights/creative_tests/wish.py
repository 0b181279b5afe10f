"""What somebody wants tested, and whether it can be."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from analytics.creative_tests.goals import GOALS, Goal
from analytics.enums import ArmLevel, Metric
from analytics.periods import AskedRange
from errors import BadInput

MOST_ARMS = 50
MOST_DAYS = 400
_FEWEST_ARMS = 2


@dataclass(frozen=True, slots=True)
class CreativeTestWish:
    """A question for a creative test.

    Ids narrow what counts; those of the tested level are the arms, also where they were not shown. `practical` is the
    smallest relative difference that matters.
    """

    days: AskedRange
    goal: Metric
    level: ArmLevel
    ad_account_ids: tuple[UUID, ...] | None = None
    ad_ids: tuple[UUID, ...] | None = None
    creative_ids: tuple[UUID, ...] | None = None
    min_spend: Decimal | None = None
    practical: float = 0.05
    is_randomised: bool = False

    @property
    def named_arms(self) -> tuple[UUID, ...] | None:
        """The arms that are named, each once; None where whatever was shown is tested."""
        named = self.ad_ids if self.level is ArmLevel.AD else self.creative_ids
        return None if named is None else tuple(dict.fromkeys(named))


def checked_goal(wish: CreativeTestWish) -> Goal:
    """The goal of the wish; raises BadInput for a wish that no test can be made of."""
    goal = GOALS.get(wish.goal)
    if goal is None:
        raise BadInput(f"{wish.goal} cannot be tested. What can: {', '.join(GOALS)}.")
    # Written so that what is no number is refused too.
    if not 0 <= wish.practical <= 1:
        raise BadInput("The smallest difference that matters is a fraction from 0 to 1: 0.05 is 5 %.")
    if wish.min_spend is not None and not (wish.min_spend.is_finite() and wish.min_spend >= 0):
        raise BadInput("The least spend of an arm is an amount of 0 or more.")
    named = wish.named_arms
    if named is not None and not _FEWEST_ARMS <= len(named) <= MOST_ARMS:
        raise BadInput(f"A test compares {_FEWEST_ARMS} to {MOST_ARMS} arms, and {len(named)} were named.")
    return goal
