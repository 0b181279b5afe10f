"""What people did with the post behind an ad."""

from analytics.enums import Metric, MetricCategory, MetricUnit
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.formula import Fact

ENGAGEMENT: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        metric=Metric.POST_ENGAGEMENTS,
        name="Post engagements",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.COUNT,
        expression=Fact("post_engagements"),
        description=(
            "Everything people did with the post of the ad: reactions, comments, shares, clicks, video plays."
        ),
        platform_field="actions[post_engagement]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.REACTIONS,
        name="Reactions",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.COUNT,
        expression=Fact("reactions"),
        description="Likes and other reactions.",
        platform_field="actions[post_reaction]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.COMMENTS,
        name="Comments",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.COUNT,
        expression=Fact("comments"),
        description="Comments on the post of the ad.",
        platform_field="actions[comment]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.SHARES,
        name="Shares",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.COUNT,
        expression=Fact("shares"),
        description="Times the post of the ad was shared.",
        platform_field="actions[post]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.SAVES,
        name="Saves",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.COUNT,
        expression=Fact("saves"),
        description="Times the post of the ad was saved.",
        platform_field="actions[onsite_conversion.post_save]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.ENGAGEMENT_RATE,
        name="Engagement rate",
        category=MetricCategory.ENGAGEMENT,
        unit=MetricUnit.FRACTION,
        expression=Fact("post_engagements") / Fact("impressions"),
        description="Post engagements per impression.",
        higher_is_better=True,
    ),
)
