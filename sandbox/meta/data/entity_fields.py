"""Owns the field values of accounts, campaigns, ad sets and ads as the Graph shows them; must not nest them."""

from datetime import date, datetime, time, timedelta

from sandbox.meta.data.accounts import AccountPlan, AdSetPlan, CampaignPlan
from sandbox.meta.data.dice import throws
from sandbox.meta.data.objects import AdPlan

_ACTIVE_ACCOUNT = 1
_HOUR_S = 3600
_FORM = "%Y-%m-%dT%H:%M:%S%z"


def stamp(plan: AccountPlan, day: date, *, hour: int) -> str:
    """The Graph's form of an instant: no colon in the offset."""
    return datetime.combine(day, time(hour), plan.zone).strftime(_FORM)


def _times(plan: AccountPlan, created_on: date, thing_id: str) -> dict[str, object]:
    """No two of a list in the same second, as people work."""
    hour = datetime.combine(created_on + timedelta(days=1), time(15), plan.zone)
    updated_at = hour + timedelta(seconds=int(thing_id) % _HOUR_S)
    return {"created_time": stamp(plan, created_on, hour=9), "updated_time": updated_at.strftime(_FORM)}


def _statuses(own: str, effective: str) -> dict[str, object]:
    return {"status": own, "configured_status": own, "effective_status": effective}


def account_fields(seed: int, plan: AccountPlan, *, anchored_on: date) -> dict[str, object]:
    dice = throws(seed, "account", plan.account_id)
    offset = datetime.combine(anchored_on, time(12), plan.zone).utcoffset() or timedelta()
    return {
        "id": f"act_{plan.account_id}",
        "account_id": plan.account_id,
        "name": plan.name,
        "account_status": _ACTIVE_ACCOUNT,
        "disable_reason": 0,
        "currency": plan.currency,
        "timezone_name": plan.zone.key,
        "timezone_id": plan.zone_id,
        "timezone_offset_hours_utc": offset.total_seconds() / 3600,
        "amount_spent": str(int((20_000 + 90_000 * dice[0]) * plan.minor_units)),
        "balance": str(int(900 * dice[1] * plan.minor_units)),
        "spend_cap": "0",
        "min_daily_budget": plan.minor_units,
        "created_time": stamp(plan, anchored_on - timedelta(days=400), hour=10),
        "business_name": plan.name,
        "business": {"id": f"77{plan.account_id}", "name": plan.name},
        "owner": f"77{plan.account_id}",
        "user_tasks": ["ANALYZE", "ADVERTISE", "MANAGE"],
    }


def campaign_fields(
    plan: AccountPlan, campaign: CampaignPlan, *, campaign_id: str, created_on: date
) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": campaign_id,
        "account_id": plan.account_id,
        "name": campaign.name,
        "objective": campaign.objective,
        "buying_type": "AUCTION",
        "special_ad_categories": [],
        "start_time": stamp(plan, created_on + timedelta(days=2), hour=0),
    }
    if campaign.daily_budget is not None:
        fields["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
        fields["daily_budget"] = str(campaign.daily_budget * plan.minor_units)
        fields["budget_remaining"] = str(campaign.daily_budget * plan.minor_units // 3)
    return fields | _statuses(campaign.status, campaign.status) | _times(plan, created_on, campaign_id)


def ad_set_fields(plan: AccountPlan, ad_set: AdSetPlan, *, ad_set_id: str, created_on: date) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": ad_set_id,
        "account_id": plan.account_id,
        "name": ad_set.name,
        "billing_event": "IMPRESSIONS",
        "targeting": {"age_min": 18, "age_max": 65, "geo_locations": {"countries": ["DE"]}},
        "promoted_object": {"pixel_id": f"55{plan.account_id}", "custom_event_type": "PURCHASE"},
        "start_time": stamp(plan, created_on + timedelta(days=1), hour=0),
        "learning_stage_info": {"status": "SUCCESS"},
    }
    return fields | _statuses(ad_set.status, ad_set.status) | _times(plan, created_on, ad_set_id)


def ad_fields(plan: AccountPlan, ad: AdPlan, *, own_status: str, creative_id: str) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": ad.ad_id,
        "account_id": plan.account_id,
        "name": ad.names[2],
        "campaign_id": ad.campaign_id,
        "campaign": {"id": ad.campaign_id},
        "adset_id": ad.ad_set_id,
        "adset": {"id": ad.ad_set_id},
        "creative": {"id": creative_id},
        "conversion_specs": [{"action.type": ["offsite_conversion"]}],
    }
    created_on = ad.starts_on - timedelta(days=1)
    return fields | _statuses(own_status, ad.effective_status) | _times(plan, created_on, ad.ad_id)
