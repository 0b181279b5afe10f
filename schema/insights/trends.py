"""What is found of days: ads that are tired, and days that stand out."""

from datetime import date

import strawberry

from analytics.enums import FatigueState, Metric
from resolvers.insights import trends
from resolvers.page import total_count
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.page_info import PageInfo


@strawberry.type(
    description="What is known of an ad or creative over the days that are looked back on. Changes are relative, "
    "fitted from its first day to its last one: -0.3 is a fall by 30 %."
)
class FatigueFinding:
    entity: InsightEntity = field(trends.entity, description="The ad or creative.")
    state: FatigueState = field(description="What the changes amount to.")
    ctr_change: float | None = field(
        description="Of link clicks per impression, measured against the account's other ads on the same days; null "
        "below 7 days or 30 link clicks."
    )
    hook_rate_change: float | None = field(
        description="The same of three-second views per impression; null without a video. It decides nothing."
    )
    frequency_change: float | None = field(
        description="Of impressions per person and day; null where people are not known by the day, as for creatives. "
        "It decides nothing."
    )
    since: date | None = field(
        description="The day on which the fitted fall passed 10 %; null unless the state is FATIGUED or WARNING."
    )
    reasons: list[str] = field(description="Why, in whole sentences for people.", size=trends.REASONS_LENGTH)


@strawberry.type
class FatigueEdge:
    cursor: str
    node: FatigueFinding


@strawberry.type
class FatigueConnection:
    edges: list[FatigueEdge]
    nodes: list[FatigueFinding]
    page_info: PageInfo
    total_count: int = field(total_count, description="Of all ads or creatives that delivered.")


@strawberry.type(description="A day of a metric that was far from what the days before had let expect.")
class Anomaly:
    entity: InsightEntity = field(trends.entity, description="The ad account or campaign.")
    day: date = field(description="In the ad account's time zone.")
    metric: Metric = field(description="What stands out.")
    value: float = field(description="In the unit of the metric, money in the account's currency.")
    expected: float = field(description="What the weekday and the seven days before had let expect, in the same unit.")
    score: float = field(
        description="By how many robust standard deviations of past errors the logarithm of the value is away: above "
        "3.5 for more than expected, below -3.5 for less."
    )
