"""What delivery costs and how often it leads to a click."""

from analytics.enums import Metric, MetricCategory, MetricUnit
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.formula import Fact

_SPEND = Fact("spend")
_IMPRESSIONS = Fact("impressions")
_CLICKS_ALL = Fact("clicks_all")
_LINK_CLICKS = Fact("link_clicks")
_OUTBOUND_CLICKS = Fact("outbound_clicks")
_LANDING_PAGE_VIEWS = Fact("landing_page_views")

EFFICIENCY: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        metric=Metric.CPP,
        name="Cost per 1,000 people reached",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=1000 * _SPEND / Fact("reach"),
        description="Spend per thousand people. Null where reach is null.",
        platform_field="cpp",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CPM,
        name="Cost per 1,000 impressions",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=1000 * _SPEND / _IMPRESSIONS,
        description="Spend per thousand impressions.",
        platform_field="cpm",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CPC_ALL,
        name="Cost per click (all)",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _CLICKS_ALL,
        description="Spend per click of any kind.",
        platform_field="cpc",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CPC_LINK,
        name="Cost per link click",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _LINK_CLICKS,
        description="Spend per link click.",
        platform_field="cost_per_inline_link_click",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CPC_OUTBOUND,
        name="Cost per outbound click",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _OUTBOUND_CLICKS,
        description="Spend per click that leaves the platform.",
        platform_field="cost_per_outbound_click",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CTR_ALL,
        name="Click-through rate (all)",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.FRACTION,
        expression=_CLICKS_ALL / _IMPRESSIONS,
        description="Clicks of any kind per impression. The platform prints the same number in percent.",
        platform_field="ctr",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CTR_LINK,
        name="Link click-through rate",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.FRACTION,
        expression=_LINK_CLICKS / _IMPRESSIONS,
        description="Link clicks per impression.",
        platform_field="inline_link_click_ctr",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CTR_OUTBOUND,
        name="Outbound click-through rate",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.FRACTION,
        expression=_OUTBOUND_CLICKS / _IMPRESSIONS,
        description="Outbound clicks per impression.",
        platform_field="outbound_clicks_ctr",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.LANDING_PAGE_VIEW_RATE,
        name="Landing page view rate",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.FRACTION,
        expression=_LANDING_PAGE_VIEWS / _LINK_CLICKS,
        description="Landing page views per link click. A low rate points at a slow page.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.COST_PER_LANDING_PAGE_VIEW,
        name="Cost per landing page view",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _LANDING_PAGE_VIEWS,
        description="Spend per landing page view.",
        platform_field="cost_per_action_type[landing_page_view]",
        higher_is_better=False,
    ),
)
