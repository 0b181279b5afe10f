"""The query `creativeTest`: what clients write, and the entities of its answer."""

from decimal import Decimal
from typing import Annotated

import strawberry

from analytics.enums import ArmLevel, Metric
from execution.limits.list_sizes import ListLength
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_ids
from resolvers.insights.custom_measures import custom_measures
from resolvers.insights.metrics import Entity
from resolvers.insights.questions import entity_of
from resolvers.insights.selection import metrics_below
from services.insights.creative_tests.answers import CreativeTestResult
from services.insights.creative_tests.answers import creative_test as tested
from services.insights.creative_tests.wish import MOST_ARMS, CreativeTestWish

ARMS_LENGTH = ListLength(MOST_ARMS)
NOTES_LENGTH = ListLength(12)


@strawberry.input(description="What is compared, and by which metric; ids must be the tenant's.")
class CreativeTestInput:
    range: DateRangeInput = strawberry.field(
        description="At most 400 days; today is left out, in the time zone of the ad account."
    )
    goal: Metric = strawberry.field(
        description="CTR_LINK, CTR_ALL, HOOK_RATE, HOLD_RATE, CVR_LINK, CPA_PURCHASE, CPC_LINK, CPM or ROAS."
    )
    level: ArmLevel = strawberry.field(default=ArmLevel.AD, description="What an arm of the test is.")
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Absent: the accounts of the ads or creatives that are named, else all connected ones.",
    )
    ad_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only these ads count. At the level AD they are the arms, 2 to 50; absent: all that were shown.",
    )
    creative_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only ads of these creatives count. At the level CREATIVE they are the arms, 2 to 50; absent: all "
        "that were shown.",
    )
    min_spend: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="An arm that spent less, in its account's currency, is shown and not compared.",
    )
    practical_difference: float = strawberry.field(
        default=0.05, description="The smallest relative difference that matters: 0.05 is 5 %."
    )
    randomised: bool = strawberry.field(
        default=False, description="True only for cells of a split test, where chance decides who sees which ad."
    )


Input = Annotated[CreativeTestInput, strawberry.argument(name="input")]


async def creative_test(info: Info, input_: Input) -> CreativeTestResult:
    viewer = signed_in(info)
    shown = metrics_below(info, await custom_measures(info), ("arms", "metrics"))
    return await tested(info.context.db, viewer, _wish(input_), shown, now=info.context.tools.clock())


def _wish(asked: CreativeTestInput) -> CreativeTestWish:
    return CreativeTestWish(
        days=asked_range(asked.range),
        goal=asked.goal,
        level=asked.level,
        ad_account_ids=given_ids(asked.ad_account_ids, "adAccountIds", of="AdAccount"),
        ad_ids=given_ids(asked.ad_ids, "adIds", of="Ad"),
        creative_ids=given_ids(asked.creative_ids, "creativeIds", of="Creative"),
        min_spend=given(asked.min_spend),
        practical=asked.practical_difference,
        is_randomised=asked.randomised,
    )


arm = loaded(lambda loaders, arm: entity_of(loaders, arm.level, arm.entity_id), shows=Entity)
winner = loaded(
    lambda loaders, result: None if result.winner_id is None else entity_of(loaders, result.level, result.winner_id),
    shows=Entity,
)
