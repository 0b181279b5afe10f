"""How much the ads were shown and clicked."""

from analytics.enums import Metric, MetricCategory, MetricUnit
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.formula import Fact

DELIVERY: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        metric=Metric.SPEND,
        name="Amount spent",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.MONEY,
        expression=Fact("spend"),
        description="What the platform charged for showing the ads.",
        platform_field="spend",
    ),
    MetricDefinition(
        metric=Metric.IMPRESSIONS,
        name="Impressions",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("impressions"),
        description="Times an ad was on screen; one person can see it several times.",
        platform_field="impressions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CLICKS_ALL,
        name="Clicks (all)",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("clicks_all"),
        description='Every click or tap on the ad: links, but also reactions, the profile and "see more".',
        platform_field="clicks",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.LINK_CLICKS,
        name="Link clicks",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("link_clicks"),
        description=("Clicks on links to a destination on or off the platform. Often less than half of clicksAll."),
        platform_field="inline_link_clicks",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.OUTBOUND_CLICKS,
        name="Outbound clicks",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("outbound_clicks"),
        description="Clicks that leave the platform; a part of linkClicks.",
        platform_field="outbound_clicks",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.LANDING_PAGE_VIEWS,
        name="Landing page views",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("landing_page_views"),
        description=("Visits whose page had loaded after a link click. Needs the pixel of the platform on the page."),
        platform_field="actions[landing_page_view]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.REACH,
        name="Reach",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("reach"),
        description=(
            "People who saw an ad at least once, each counted once, as the platform counted them for exactly this "
            "group and period; else null, because a sum would count people twice."
        ),
        platform_field="reach",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.FREQUENCY,
        name="Frequency",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.MULTIPLE,
        expression=Fact("impressions") / Fact("reach"),
        description="Impressions per person reached. Null where reach is null.",
        platform_field="frequency",
    ),
    MetricDefinition(
        metric=Metric.UNIQUE_CLICKS,
        name="Unique clicks (all)",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.COUNT,
        expression=Fact("unique_clicks"),
        description="People who clicked anything on the ad, each counted once. Null where reach is null.",
        platform_field="unique_clicks",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.UNIQUE_CTR,
        name="Unique click-through rate (all)",
        category=MetricCategory.DELIVERY,
        unit=MetricUnit.FRACTION,
        expression=Fact("unique_clicks") / Fact("reach"),
        description="Share of the people reached who clicked. Null where reach is null.",
        platform_field="unique_ctr",
        higher_is_better=True,
    ),
)
