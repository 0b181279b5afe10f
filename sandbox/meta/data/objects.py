"""Owns the shape of a thing of the Graph (account, campaign, ad set, ad, creative); must not know HTTP."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sandbox.meta.data.accounts import AccountPlan


class Kind(StrEnum):
    ACCOUNT = "adaccount"
    CAMPAIGN = "campaign"
    AD_SET = "adset"
    AD = "ad"
    CREATIVE = "adcreative"


@dataclass(frozen=True, slots=True)
class GraphObject:
    """`fields` holds every field that may be asked for; parents are ids, the account's first."""

    id: str
    kind: Kind
    account_id: str
    fields: dict[str, object]
    created_on: date
    effective_status: str = "ACTIVE"
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdPlan:
    """What the generator knows of one ad, fixed for as long as the sandbox lives."""

    ad_id: str
    ad_set_id: str
    campaign_id: str
    names: tuple[str, str, str]
    effective_status: str
    objective: str
    optimization_goal: str
    asset_kind: str
    starts_on: date
    stops_on: date | None
    daily_impressions: float
    # Chances per impression or per earlier step of the funnel.
    link_click_rate: float
    hook_rate: float
    landing_rate: float
    purchase_rate: float
    cpm: float
    order_value: float
    video_seconds: int


@dataclass(frozen=True, slots=True)
class Account:
    plan: AccountPlan
    zone: ZoneInfo
    ads: tuple[AdPlan, ...]
    # Counted once: every answer's headers ask for it.
    active_ads: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "active_ads", sum(ad.effective_status == "ACTIVE" for ad in self.ads))

    @property
    def id(self) -> str:
        return f"act_{self.plan.account_id}"
