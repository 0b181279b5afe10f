"""Owns how good an ad is: its volume, rates and prices; must not know days."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.meta.data.accounts import AccountPlan
from sandbox.meta.data.creatives import Asset
from sandbox.meta.data.dice import normal, spread, throws
from sandbox.meta.data.lifecycle import flight
from sandbox.meta.data.objects import AdPlan

# Impressions of an ad's whole life are log-normal around 51,500; most ads stay small and a few are huge.
_MEDIAN_IMPRESSIONS = 51_500
_SIGMA = 1.7
_LARGEST_IMPRESSIONS = 1_400_000
_TYPICAL_LIFE_DAYS = 45
# Archived and deleted ads count as real spend of the past, so they are never too small to deliver.
_SMALLEST_PER_DAY = 12.0
_PURCHASES_PER_LANDING = {"OUTCOME_SALES": 0.075, "OUTCOME_LEADS": 0.02, "OUTCOME_TRAFFIC": 0.01}


@dataclass(frozen=True, slots=True)
class AdPlace:
    """Where an ad hangs in its account."""

    ad_id: str
    ad_set_id: str
    campaign_id: str
    names: tuple[str, str, str]
    effective_status: str
    objective: str
    optimization_goal: str
    anchored_on: date


def plan_ad(seed: int, plan: AccountPlan, *, asset: Asset, place: AdPlace) -> AdPlan:
    dice = throws(seed, "ad", place.ad_id)
    starts_on, stops_on = flight(place.effective_status, place.anchored_on, dice=dice)
    if plan.is_steady:
        starts_on, stops_on = place.anchored_on - timedelta(days=60), None
    return AdPlan(
        ad_id=place.ad_id,
        ad_set_id=place.ad_set_id,
        campaign_id=place.campaign_id,
        names=place.names,
        effective_status=place.effective_status,
        objective=place.objective,
        optimization_goal=place.optimization_goal,
        asset_kind=asset.kind,
        starts_on=starts_on,
        stops_on=stops_on,
        daily_impressions=_daily_impressions(dice),
        # Link clicks around 1 to 2 % of impressions, the way feed ads behave.
        link_click_rate=min(0.06, 0.013 * math.exp(0.4 * normal(dice[5], dice[6]))),
        hook_rate=spread(0.08, 0.29, throw=dice[7]),
        landing_rate=spread(0.31, 0.68, throw=dice[8]),
        purchase_rate=_PURCHASES_PER_LANDING.get(place.objective, 0.002) * spread(0.4, 1.9, throw=dice[9]),
        cpm=plan.cpm * math.exp(0.3 * normal(dice[10], dice[11])),
        order_value=plan.order_value * spread(0.8, 1.25, throw=dice[12]),
        video_seconds=asset.seconds,
    )


def _daily_impressions(dice: tuple[float, ...]) -> float:
    total = _MEDIAN_IMPRESSIONS * math.exp(_SIGMA * normal(dice[3], dice[4]))
    return max(_SMALLEST_PER_DAY, min(total, _LARGEST_IMPRESSIONS) / _TYPICAL_LIFE_DAYS)
