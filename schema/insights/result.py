"""The insights query's answer: rows, totals and what is known of them."""

from datetime import date, datetime

import strawberry

from analytics.enums import AttributionWindow, InsightsWarningCode
from resolvers.insights import charts, inputs, questions
from resolvers.page import total_count
from resolvers.scalars import Currency, TimeZone
from schema.ads.tag import Tag
from schema.field import field
from schema.insights.chart import Chart
from schema.insights.entity import InsightEntity
from schema.insights.metric_value import MetricsChange
from schema.insights.metrics import Metrics
from schema.page_info import PageInfo
from schema.period import Period

# Points of a chart's link: one page of rows is looked at, for whether there is something to draw.
CHART = 10


@strawberry.type(
    description="By what a row is grouped. A breakdown is null where `groupBy` lacks it, and where the platform left "
    "it out of the part."
)
class Dimensions:
    country: str | None
    region: str | None
    age: str | None
    gender: str | None
    publisher_platform: str | None
    platform_position: str | None
    device_platform: str | None
    impression_device: str | None
    tags: list[Tag] = field(
        description="The values of `groupBy.tags`, in its order; null where ads have none.", size=inputs.TAGS_LENGTH
    )


@strawberry.type
class InsightsRow:
    key: str = field(description="Stable for the same group over pages and refreshes.")
    entity: InsightEntity | None = field(
        questions.entity, description="What the row is about; null for the tenant, and for ads of an unknown creative."
    )
    period: Period | None = field(description="The days that the row's numbers hold: its period, cut to the range.")
    dimensions: Dimensions
    metrics: Metrics
    previous: Metrics | None = field(
        description="Of the days that the period is compared with; null without `compareTo`, and for a new group. "
        "A group that has vanished is a row whose `metrics` are empty."
    )
    change: MetricsChange | None = field(
        questions.change, description="From previous to metrics; null without `compareTo`."
    )


@strawberry.type
class InsightsEdge:
    cursor: str
    node: InsightsRow


@strawberry.type
class InsightsConnection:
    edges: list[InsightsEdge]
    nodes: list[InsightsRow]
    page_info: PageInfo
    total_count: int = field(total_count, description="Computed only when it is selected.")
    data_changed: bool = field(
        description="The rows are of other data or days than the page before: a refresh, a rename, new rates, or a "
        "preset that has moved on overnight. Cursors stay valid."
    )


@strawberry.type
class InsightsWarning:
    code: InsightsWarningCode
    message: str
    metrics: list[str] = field(description="Metric keys; empty when it concerns all.")


@strawberry.type
class InsightsMeta:
    range: Period = field(
        description="From the earliest start to the latest end where the accounts' time zones differ."
    )
    comparison_range: Period | None = field(
        description="What the range is compared with; null without `compareTo`, and where no day stands for any."
    )
    time_zone: TimeZone | None = field(
        description="Null when the accounts' time zones differ: each account's days are its own."
    )
    currency: Currency | None = field(description="That of all money here; null when the rows have several.")
    attribution: AttributionWindow
    data_version: str = field(
        description="Changes with everything stored that the answer can show, and with the formulas of custom metrics "
        "asked."
    )
    data_as_of: datetime | None = field(description="Oldest of the accounts' last refreshes.")
    settled_through: date | None = field(description="Days up to here are no longer restated by the platform.")
    warnings: list[InsightsWarning]


@strawberry.type
class InsightsResult:
    rows: InsightsConnection | None = field(
        questions.rows, description="Groups that have at least one stored day, in the order of `sort`."
    )
    totals: Metrics | None = field(
        questions.totals,
        description="Of all rows, after having and before paging; ratios recomputed from sums, people null.",
    )
    comparison_totals: Metrics | None = field(
        questions.comparison_totals,
        description="Of the same rows in the days that the range is compared with; null without `compareTo`.",
    )
    meta: InsightsMeta
    chart: Chart | None = field(
        charts.chart,
        description="A picture of the same question; null where no number of these metrics is known in the range. It "
        "shows 1 to 4 `metrics`, those of each unit on an axis of their own. With a grain each group has a colour, "
        "without one a place of its own. Where there is no room for all groups, it shows the first ones by `sort`, "
        "else those with most of the first metric, and says how many are left out. 320 to 2,000 pixels wide, 200 to "
        "2,000 high. MIXED_CURRENCY where money has several currencies.",
        weight=CHART,
    )
