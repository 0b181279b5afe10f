"""Owns how each Insights field is printed from a tally; must not select rows."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.meta.data.accounts import AccountPlan
from sandbox.meta.data.counts import Count, Tally
from sandbox.meta.insights.action_stats import (
    Stat,
    action_numbers,
    engagements,
    immediate,
    purchase_values,
    stat,
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One row about to be printed."""

    plan: AccountPlan
    tally: Tally
    windows: tuple[str, ...]
    labels: dict[str, str]

    def count(self, place: Count) -> int:
        return self.tally.counts[place]

    def people(self, place: Count) -> int:
        return self.tally.people[place]

    def money(self, number: int) -> str:
        units = self.plan.minor_units
        return str(number) if units == 1 else f"{number // units}.{number % units:02d}"

    @property
    def spend(self) -> float:
        return self.count(Count.SPEND) / self.plan.minor_units


# Below some hundred impressions Meta has no opinion of an ad's quality.
_RANKED_FROM = 500

Value = str | list[Stat] | None
FieldPrinter = Callable[[Printed], Value]


def _ratio(numerator: float, denominator: float) -> str | None:
    return f"{numerator / denominator:.6f}" if denominator else None


def _count(place: Count) -> FieldPrinter:
    return lambda row: str(row.count(place))


def _nonzero(place: Count) -> FieldPrinter:
    return lambda row: str(row.count(place)) if row.count(place) else None


def _people(place: Count) -> FieldPrinter:
    return lambda row: str(row.people(place))


def _percent(place: Count) -> FieldPrinter:
    return lambda row: _ratio(100 * row.count(place), row.count(Count.IMPRESSIONS))


def _people_percent(place: Count) -> FieldPrinter:
    return lambda row: _ratio(100 * row.people(place), row.people(Count.REACH))


def _cost(place: Count) -> FieldPrinter:
    return lambda row: _ratio(row.spend, row.count(place))


def _cost_per_person(place: Count) -> FieldPrinter:
    return lambda row: _ratio(row.spend, row.people(place))


def _listed(action_type: str, place: Count) -> FieldPrinter:
    def printer(row: Printed) -> list[Stat] | None:
        found = stat(action_type, immediate(row.count(place)), windows=row.windows)
        return [found] if found else None

    return printer


def _listed_ratio(action_type: str, ratio: FieldPrinter) -> FieldPrinter:
    def printer(row: Printed) -> list[Stat] | None:
        value = ratio(row)
        if not isinstance(value, str) or not float(value):
            return None
        return [{"action_type": action_type, "value": value}]

    return printer


def _actions(row: Printed) -> list[Stat] | None:
    stats = [stat(name, numbers, windows=row.windows) for name, numbers in action_numbers(row.plan, row.tally.counts)]
    return [found for found in stats if found] or None


def _action_values(row: Printed) -> list[Stat] | None:
    values = purchase_values(row.plan, row.tally.counts)
    stats = [stat(name, numbers, windows=row.windows, printer=row.money) for name, numbers in values]
    return [found for found in stats if found] or None


def _cost_per_action_type(row: Printed) -> list[Stat] | None:
    costs: list[Stat] = []
    for name, numbers in action_numbers(row.plan, row.tally.counts):
        cost = _ratio(row.spend, numbers[0])
        if cost:
            costs.append({"action_type": name, "value": cost})
    return costs or None


def _roas(action_type: str) -> FieldPrinter:
    def printer(row: Printed) -> list[Stat] | None:
        values = dict(purchase_values(row.plan, row.tally.counts))
        spent = row.count(Count.SPEND)
        if action_type not in values or not spent:
            return None
        return [{"action_type": action_type, "value": f"{values[action_type][0] / spent:.6f}"}]

    return printer


def _engagement(row: Printed) -> str | None:
    return str(engagements(row.tally.counts)) if engagements(row.tally.counts) else None


def _cost_per_engagement(row: Printed) -> str | None:
    return _ratio(row.spend, engagements(row.tally.counts))


def _average_watch(row: Printed) -> list[Stat] | None:
    plays = row.count(Count.VIDEO_PLAYS)
    seconds = round(row.count(Count.WATCH_SECONDS) / plays) if plays else 0
    return [{"action_type": "video_view", "value": str(seconds)}] if seconds else None


def _ranking(row: Printed) -> str:
    return "UNKNOWN" if row.count(Count.IMPRESSIONS) < _RANKED_FROM else "AVERAGE"


LABELS = (
    "account_id",
    "account_name",
    "account_currency",
    "campaign_id",
    "campaign_name",
    "adset_id",
    "adset_name",
    "ad_id",
    "ad_name",
    "objective",
    "optimization_goal",
    "buying_type",
    "attribution_setting",
)
_VIDEO_LISTS = {
    "video_play_actions": Count.VIDEO_PLAYS,
    "video_continuous_2_sec_watched_actions": Count.VIDEO_2S,
    "video_6_sec_watched_actions": Count.VIDEO_6S,
    "video_15_sec_watched_actions": Count.VIDEO_15S,
    "video_30_sec_watched_actions": Count.VIDEO_30S,
    "video_thruplay_watched_actions": Count.THRUPLAYS,
    "video_p25_watched_actions": Count.VIDEO_P25,
    "video_p50_watched_actions": Count.VIDEO_P50,
    "video_p75_watched_actions": Count.VIDEO_P75,
    "video_p95_watched_actions": Count.VIDEO_P95,
    "video_p100_watched_actions": Count.VIDEO_P100,
    "video_time_watched_actions": Count.WATCH_SECONDS,
}

FIELDS: dict[str, FieldPrinter] = {
    "impressions": _count(Count.IMPRESSIONS),
    "clicks": _count(Count.CLICKS),
    "spend": lambda row: row.money(row.count(Count.SPEND)),
    "social_spend": lambda row: row.money(row.count(Count.SOCIAL_SPEND)),
    "reach": _people(Count.REACH),
    "frequency": lambda row: _ratio(row.count(Count.IMPRESSIONS), row.people(Count.REACH)),
    "cpm": lambda row: _ratio(1000 * row.spend, row.count(Count.IMPRESSIONS)),
    "cpp": lambda row: _ratio(1000 * row.spend, row.people(Count.REACH)),
    "cpc": _cost(Count.CLICKS),
    "ctr": _percent(Count.CLICKS),
    "inline_link_clicks": _nonzero(Count.LINK_CLICKS),
    "inline_link_click_ctr": _percent(Count.LINK_CLICKS),
    "cost_per_inline_link_click": _cost(Count.LINK_CLICKS),
    "inline_post_engagement": _engagement,
    "cost_per_inline_post_engagement": _cost_per_engagement,
    "unique_clicks": _people(Count.UNIQUE_CLICKS),
    "unique_ctr": _people_percent(Count.UNIQUE_CLICKS),
    "cost_per_unique_click": _cost_per_person(Count.UNIQUE_CLICKS),
    "unique_inline_link_clicks": _people(Count.UNIQUE_LINK_CLICKS),
    "unique_inline_link_click_ctr": _people_percent(Count.UNIQUE_LINK_CLICKS),
    "cost_per_unique_inline_link_click": _cost_per_person(Count.UNIQUE_LINK_CLICKS),
    "outbound_clicks": _listed("outbound_click", Count.OUTBOUND_CLICKS),
    "outbound_clicks_ctr": _listed_ratio("outbound_click", _percent(Count.OUTBOUND_CLICKS)),
    "cost_per_outbound_click": _listed_ratio("outbound_click", _cost(Count.OUTBOUND_CLICKS)),
    "website_ctr": _listed_ratio("link_click", _percent(Count.LINK_CLICKS)),
    "actions": _actions,
    "action_values": _action_values,
    "cost_per_action_type": _cost_per_action_type,
    "purchase_roas": _roas("omni_purchase"),
    "website_purchase_roas": _roas("offsite_conversion.fb_pixel_purchase"),
    "cost_per_thruplay": _listed_ratio("video_view", _cost(Count.THRUPLAYS)),
    "video_avg_time_watched_actions": _average_watch,
    "quality_ranking": _ranking,
    "engagement_rate_ranking": _ranking,
    "conversion_rate_ranking": _ranking,
    **{name: _listed("video_view", place) for name, place in _VIDEO_LISTS.items()},
}
# Fields that Meta knows and that stay empty here.
SILENT_FIELDS = frozenset(
    (
        "conversions",
        "conversion_values",
        "unique_actions",
        "created_time",
        "updated_time",
        "full_view_reach",
        "full_view_impressions",
        "estimated_ad_recallers",
        "catalog_segment_value",
        "canvas_avg_view_time",
        "canvas_avg_view_percent",
        "cost_per_unique_action_type",
        "unique_link_clicks_ctr",
        "unique_outbound_clicks",
        "video_play_curve_actions",
    )
)
DEFAULT_FIELDS = ("account_id", "campaign_id", "adset_id", "ad_id", "impressions", "spend")


def print_row(row: Printed, fields: tuple[str, ...]) -> dict[str, object]:
    """The asked fields that have something to say, in the order asked."""
    printed: dict[str, object] = {}
    for name in fields:
        value = FIELDS[name](row) if name in FIELDS else row.labels.get(name)
        if value is not None:
            printed[name] = value
    return printed
