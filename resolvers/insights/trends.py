"""creativeFatigue and anomalies: their inputs, and the entities that their findings are about."""

from typing import Annotated, TypeVar

import strawberry

from analytics.enums import ArmLevel, EntityLevel, Metric
from analytics.trends.fatigue import FatigueFinding
from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.insights.by_day.ranked_pages import RankedPage
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given_ids, given_list
from resolvers.insights.metrics import Entity
from resolvers.insights.questions import entity_of
from resolvers.page import Page, window
from services.insights.trends import anomalies as standing_out
from services.insights.trends import fatigue
from services.insights.trends.anomalies import DEFAULT_METRICS, Anomaly, AnomalyRequest
from services.insights.trends.fatigue import FatigueRequest

T = TypeVar("T")

# What was found, how far chance explains it, what hooks and frequency did; or up to three things that are too little.
REASONS_LENGTH = ListLength(5)

_ACCOUNTS = "All connected accounts when absent; disconnected ones only by id."


@strawberry.input(description="Whose ads are looked at, and over how many days.")
class FatigueInput:
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description=_ACCOUNTS)
    level: ArmLevel = strawberry.field(
        default=ArmLevel.AD, description="AD judges each ad, CREATIVE each creative over all the ads that use it."
    )
    lookback_days: int = strawberry.field(
        default=fatigue.DEFAULT_LOOKBACK,
        description="14 to 90: the last days that are over in each account's time zone, today not among them.",
    )


@strawberry.input(description="Whose days are judged, by which metrics.")
class AnomalyInput:
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description=_ACCOUNTS)
    metrics: list[Metric] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 20; SPEND, IMPRESSIONS, CPM, CTR_LINK, PURCHASES, CPA_PURCHASE and ROAS when absent. Each "
        "more finds more, by chance too.",
    )
    range: DateRangeInput = strawberry.field(
        description="The days that are judged, at most 92, by the 84 before. Today never is, nor a conversion younger "
        "than 3 days."
    )
    level: EntityLevel = strawberry.field(
        default=EntityLevel.AD_ACCOUNT,
        description="AD_ACCOUNT or CAMPAIGN: of an account with more than 50 campaigns those 50 that spent the most.",
    )


async def creative_fatigue(
    info: Info,
    input_: Annotated[FatigueInput, strawberry.argument(name="input")],
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[FatigueFinding]:
    accounts = given_ids(input_.ad_account_ids, "adAccountIds", of="AdAccount")
    asked = FatigueRequest(accounts, input_.level, input_.lookback_days)
    now = info.context.tools.clock()
    found = await fatigue.creative_fatigue(info.context.db, signed_in(info), asked, window(first, after), now=now)
    return _page(found)


async def anomalies(
    info: Info,
    input_: Annotated[AnomalyInput, strawberry.argument(name="input")],
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[Anomaly]:
    metrics = given_list(input_.metrics, "metrics")
    asked = AnomalyRequest(
        ad_account_ids=given_ids(input_.ad_account_ids, "adAccountIds", of="AdAccount"),
        metrics=DEFAULT_METRICS if metrics is None else metrics,
        days=asked_range(input_.range),
        level=input_.level,
    )
    now = info.context.tools.clock()
    found = await standing_out.anomalies(info.context.db, signed_in(info), asked, window(first, after), now=now)
    return _page(found)


def _page(found: RankedPage[T]) -> Page[T]:
    async def count() -> int:
        return found.total

    return Page(found, count)


entity = loaded(lambda loaders, row: entity_of(loaders, row.level, row.entity_id), shows=Entity)
