"""CreativeTestResult: the answer to a creative test, with its arms."""

import strawberry

from analytics.creative_tests.verdicts import Verdict
from analytics.enums import Metric
from resolvers.insights import creative_tests
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.insights.metrics import Metrics
from services.insights.creative_tests.answers import Design


@strawberry.type(
    description="An ad or creative of a test. Estimates are in the unit of the goal. Lifts are relative and of what is "
    "good: of a cost they are of results for the same money, so that more than 0 is always better."
)
class CreativeArm:
    entity: InsightEntity = field(creative_tests.arm, description="The ad or creative.")
    metrics: Metrics = field(description="Over the whole range, today and incomplete days included.")
    is_compared: bool = field(description="False: too little data, shown and not in the contest.")
    days: int = field(description="On which it was shown and its results are known, of those that count.")
    estimate: float | None = field(
        description="The goal's metric over these days; null where nothing was counted that it is a share of."
    )
    interval_low: float | None = field(description="The estimate's 95 % interval, from how its days differ.")
    interval_high: float | None = field(description="Its other end; null, as the first, where days are too few.")
    shrunken: float | None = field(
        description="The estimate pulled toward the account's own ads of 90 days, the more the less is known; null for "
        "an arm that is not compared, and where fewer than 3 ads tell what ads are like."
    )
    chance_to_be_best: float | None = field(
        description="Among the compared arms, as of today alone. It decides nothing: looked at every day it is above "
        "95 % sooner or later in most tests without a difference."
    )
    expected_loss: float | None = field(
        description="By how much, on average, the best arm is better than this one, relative to this one."
    )
    lift_low: float | None = field(
        description="Over the other compared arm with the best estimate: the lift's 95 % interval, which stays valid "
        "however often one looks. -1 where nothing bounds it."
    )
    lift_high: float | None = field(description="Its other end; null where nothing bounds it.")
    adjusted_p_value: float | None = field(
        description="Of no difference: the largest over all other compared arms; valid however often one looks."
    )


@strawberry.type(
    description="Which of several ads or creatives does better, so that daily looks make no false winners: in at most "
    "5 of 100 tests without a difference a winner is ever named."
)
class CreativeTestResult:
    goal: Metric = field(description="The metric that is compared.")
    design: Design = field(description="What the input says of who saw which arm.")
    verdict: Verdict = field(description="What the test has found.")
    winner: InsightEntity | None = field(
        creative_tests.winner, description="The arm that is better than every other; null without one."
    )
    more_days: int | None = field(
        description="With KEEP_TESTING: after about how many more days at this pace it is decided; null where that is "
        "over a year, and with any other verdict."
    )
    days_left_out: int = field(
        description="Days of the range that do not count: today, and those that could not be read in full."
    )
    arms: list[CreativeArm] = field(
        description="Those that are compared first, each in order of their estimates, the best in front.",
        size=creative_tests.ARMS_LENGTH,
    )
    notes: list[str] = field(
        description="What the method assumes and what to know of this answer, in words for people who buy ads.",
        size=creative_tests.NOTES_LENGTH,
    )
    rule_version: str = field(description="Another one whenever the same days may get another verdict.")
