"""Owns what one ad did on one day, a pure function of seed, day and clock; must not aggregate or print."""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sandbox.meta.data.accounts import AccountPlan
from sandbox.meta.data.counts import CONVERSIONS, VIDEO_COUNTS, WINDOWS, Counts
from sandbox.meta.data.dice import normal, settle, spread, throws
from sandbox.meta.data.maturity import visible_conversions
from sandbox.meta.data.objects import AdPlan

_WEEKDAYS = (0.94, 0.92, 0.95, 0.99, 1.04, 1.1, 1.08)
_IDLE_SHARE = 0.03
# Today has run for part of the day only when somebody looks.
_TODAY_SHARE = 0.55
_FATIGUE_DAYS = 160.0
_THRUPLAY_S = 15
_NO_VIDEO = (0,) * VIDEO_COUNTS
_NO_CONVERSION = (0,) * len(WINDOWS)
# Of landing page views, unless the ad's own purchase rate decides.
_FUNNEL = {"view_content": 0.55, "add_to_cart": 3.2, "checkout": 1.7, "purchase": 1.0}


@dataclass(frozen=True, slots=True)
class _Traffic:
    impressions: int
    link_clicks: int
    landing_page_views: int


# Every level, period and page adds up the same days; a vector is about 2 KB.
@lru_cache(maxsize=16_384)
def ad_day(seed: int, plan: AccountPlan, *, ad: AdPlan, day: date, today: date) -> Counts | None:
    """None on a day without delivery."""
    if not _is_running(ad, day, today=today):
        return None
    dice = throws(seed, ad.ad_id, day.toordinal())
    age = (today - day).days
    impressions = _impressions(ad, day, dice=dice, age_days=age)
    if plan.is_steady:
        impressions = max(1, impressions)
    elif dice[0] < _IDLE_SHARE:
        return None
    if not impressions:
        return None
    traffic = _traffic(ad, impressions, dice=dice, running_days=(day - ad.starts_on).days)
    late = throws(seed, ad.ad_id, day.toordinal(), "late")
    return (
        *_delivery(plan, ad, traffic=traffic, dice=dice),
        *(_video(ad, impressions, dice=dice) if ad.asset_kind == "VIDEO" else _NO_VIDEO),
        *_conversions(plan, ad, traffic=traffic, late=late, age_days=age),
    )


def _is_running(ad: AdPlan, day: date, *, today: date) -> bool:
    return ad.starts_on <= day <= today and (ad.stops_on is None or day <= ad.stops_on)


def _impressions(ad: AdPlan, day: date, *, dice: tuple[float, ...], age_days: int) -> int:
    expected = ad.daily_impressions * _WEEKDAYS[day.weekday()] * math.exp(0.28 * normal(dice[1], dice[2]))
    return settle(expected * (1.0 if age_days else _TODAY_SHARE), dice[3])


def _traffic(ad: AdPlan, impressions: int, *, dice: tuple[float, ...], running_days: int) -> _Traffic:
    tired = 0.45 + 0.55 * math.exp(-running_days / _FATIGUE_DAYS)
    rate = ad.link_click_rate * tired * spread(0.8, 1.2, throw=dice[4])
    link_clicks = min(impressions, settle(impressions * rate, dice[5]))
    return _Traffic(impressions, link_clicks, settle(link_clicks * ad.landing_rate, dice[6]))


def _delivery(plan: AccountPlan, ad: AdPlan, *, traffic: _Traffic, dice: tuple[float, ...]) -> Counts:
    impressions, link_clicks = traffic.impressions, traffic.link_clicks
    clicks = link_clicks + settle(impressions * 0.009, dice[7])
    spend = settle(impressions * ad.cpm * spread(0.85, 1.2, throw=dice[8]) / 1000 * plan.minor_units, dice[9])
    reach = max(1, int(impressions * spread(0.7, 0.93, throw=dice[10])))
    reactions = settle(impressions * 0.003, dice[11])
    return (
        impressions,
        clicks,
        spend,
        settle(spend * 0.02, 0.0),
        link_clicks,
        settle(link_clicks * 0.9, dice[12]) if link_clicks else 0,
        traffic.landing_page_views,
        reactions,
        settle(reactions * 0.08, dice[13]),
        settle(reactions * 0.06, dice[14]),
        settle(reactions * 0.11, dice[15]),
        reach,
        min(reach, settle(clicks * 0.94, dice[6])),
        min(reach, settle(link_clicks * 0.95, dice[6])),
    )


def _video(ad: AdPlan, impressions: int, *, dice: tuple[float, ...]) -> Counts:
    plays = int(impressions * spread(0.82, 0.97, throw=dice[12]))
    three = min(plays, settle(impressions * ad.hook_rate * spread(0.9, 1.1, throw=dice[13]), dice[14]))
    # How viewers fall away: a longer video keeps fewer to its end.
    loss = math.exp(-ad.video_seconds / 30.0)
    after = {seconds: three * 0.72 ** (seconds / 6) for seconds in (6, _THRUPLAY_S, 30)}
    kept = [plays * (0.42 * loss + 0.04) * share for share in (1.0, 0.6, 0.42, 0.3, 0.26)]
    # A thruplay is the end of a short video, or 15 seconds of a long one.
    thruplays = min(three, kept[-1] if ad.video_seconds <= _THRUPLAY_S else after[_THRUPLAY_S])
    watched = plays * min(ad.video_seconds, 2.0 + 9.0 * ad.hook_rate)
    six, fifteen, thirty = (after[seconds] if ad.video_seconds >= seconds else 0.0 for seconds in (6, _THRUPLAY_S, 30))
    falling = (six, fifteen, thirty, thruplays, *kept, watched)
    return (plays, min(plays, settle(three * 1.25, 0.0)), three, *(int(value) for value in falling))


def _conversions(plan: AccountPlan, ad: AdPlan, *, traffic: _Traffic, late: tuple[float, ...], age_days: int) -> Counts:
    final = _final_conversions(ad, traffic, late=late)
    values: list[int] = []
    purchases = _NO_CONVERSION
    for number, kind in enumerate(CONVERSIONS):
        found = visible_conversions(final[kind], age_days, throw=late[8 + number]) if final[kind] else _NO_CONVERSION
        values.extend(found)
        if kind == "purchase":
            purchases = found
    order_value = ad.order_value * math.exp(0.35 * normal(late[14], late[15]))
    each = max(1, round(order_value * plan.minor_units))
    return (*values, *(each * number for number in purchases))


def _final_conversions(ad: AdPlan, traffic: _Traffic, *, late: tuple[float, ...]) -> dict[str, int]:
    landings = traffic.landing_page_views
    lift = spread(0.6, 1.4, throw=late[0])
    final = {"view_content": settle(landings * _FUNNEL["view_content"], late[1])}
    for number, kind in enumerate(("add_to_cart", "checkout", "purchase")):
        final[kind] = settle(landings * ad.purchase_rate * lift * _FUNNEL[kind], late[2 + number])
    is_lead_ad = ad.objective == "OUTCOME_LEADS"
    final["lead"] = settle(landings * 0.14 * lift, late[5]) if is_lead_ad else 0
    final["registration"] = settle(landings * 0.05 * lift, late[6]) if is_lead_ad else 0
    return final
