"""How videos hold attention."""

from analytics.enums import Metric, MetricCategory, MetricUnit
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.formula import Fact

_IMPRESSIONS = Fact("impressions")
_STARTS = Fact("video_starts")
_VIEWS_3S = Fact("video_views_3s")
_THRUPLAYS = Fact("thruplays")
_COMPLETED = Fact("video_p100")

VIDEO: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        metric=Metric.VIDEO_STARTS,
        name="Video plays",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=_STARTS,
        description="Times the video began to play, replays left out. Null for ads without a video.",
        platform_field="video_play_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_VIEWS_3S,
        name="3-second video plays",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=_VIEWS_3S,
        description=("Plays of at least 3 seconds, or to the end of a shorter video. Null for ads without a video."),
        platform_field="actions[video_view]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.THRUPLAYS,
        name="ThruPlays",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=_THRUPLAYS,
        description=("Plays of at least 15 seconds, or to the end of a shorter video. Null for ads without a video."),
        platform_field="video_thruplay_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_P25,
        name="Video plays at 25 %",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=Fact("video_p25"),
        description=("Plays that reached 25 % of the video, skipped parts included. Null for ads without a video."),
        platform_field="video_p25_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_P50,
        name="Video plays at 50 %",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=Fact("video_p50"),
        description=("Plays that reached 50 % of the video, skipped parts included. Null for ads without a video."),
        platform_field="video_p50_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_P75,
        name="Video plays at 75 %",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=Fact("video_p75"),
        description=("Plays that reached 75 % of the video, skipped parts included. Null for ads without a video."),
        platform_field="video_p75_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_P95,
        name="Video plays at 95 %",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=Fact("video_p95"),
        description=("Plays that reached 95 % of the video, skipped parts included. Null for ads without a video."),
        platform_field="video_p95_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VIDEO_P100,
        name="Video plays at 100 %",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.COUNT,
        expression=_COMPLETED,
        description=("Plays that reached 100 % of the video, skipped parts included. Null for ads without a video."),
        platform_field="video_p100_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.AVG_WATCH_SECONDS,
        name="Average play time",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.SECONDS,
        expression=Fact("watch_seconds") / _STARTS,
        description=(
            "Seconds watched per play, weighted by plays and not averaged over ads or days. Null for ads "
            "without a video."
        ),
        platform_field="video_avg_time_watched_actions",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.FIRST_FRAME_RATE,
        name="First frame rate",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.FRACTION,
        expression=_STARTS / _IMPRESSIONS,
        description="Video plays per impression; impressions of ads without a video count as well.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.HOOK_RATE,
        name="Hook rate",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.FRACTION,
        expression=_VIEWS_3S / _IMPRESSIONS,
        description=(
            "3-second plays per impression, also called thumb-stop rate; impressions of ads without a video "
            "count as well."
        ),
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.HOLD_RATE,
        name="Hold rate",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.FRACTION,
        expression=_THRUPLAYS / _VIEWS_3S,
        description="ThruPlays per 3-second play: of those who were hooked, how many stayed.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.HOLD_RATE_IMPRESSIONS,
        name="Hold rate by impressions",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.FRACTION,
        expression=_THRUPLAYS / _IMPRESSIONS,
        description="ThruPlays per impression: the other definition of hold rate that is in use.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.COMPLETION_RATE,
        name="Completion rate",
        category=MetricCategory.VIDEO,
        unit=MetricUnit.FRACTION,
        expression=_COMPLETED / _STARTS,
        description="Plays to the end per play.",
        higher_is_better=True,
    ),
)
