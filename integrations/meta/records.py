"""Owns the shapes in which Meta's things reach the rest of the product: our names, our units, UTC; must not do I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec

# Meta sends numbers as strings; a plain JSON number in their place is understood as well.
Number = str | int | float


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the platform says of a token. `kind` is USER or SYSTEM_USER; None as an expiry means never."""

    app_id: str
    kind: str
    is_valid: bool
    external_user_id: str
    external_user_name: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    # Asked for at sign-in only; Meta does not say whether it was ever verified.
    external_user_email: str | None = None


@dataclass(frozen=True, slots=True)
class AdAccountRecord:
    """`external_id` begins with act_; `status` is the value of an AdAccountStatus."""

    external_id: str
    name: str
    currency: str
    time_zone: str
    status: str


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """Budgets are in the account currency's major unit; `status` is the value of a DeliveryStatus."""

    external_id: str
    name: str
    status: str
    objective: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AdSetRecord:
    external_id: str
    campaign_external_id: str
    name: str
    status: str
    optimization_goal: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AdRecord:
    """`creative_external_id` is the platform's creative id, not the asset key."""

    external_id: str
    ad_set_external_id: str
    campaign_external_id: str
    creative_external_id: str | None
    name: str
    status: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CreativeRecord:
    """`asset_key` names what is shown (video:, image:, story:, else creative:), shared by many platform creatives."""

    external_id: str
    asset_key: str
    name: str
    kind: str
    title: str | None
    body: str | None
    thumbnail_url: str | None
    video_id: str | None
    image_hash: str | None


class ActionStat(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={"click_1d": "1d_click", "click_7d": "7d_click", "click_28d": "28d_click", "view_1d": "1d_view"},
):
    """One action type of an ad on a day; `value` is in the account's own attribution, a window is absent when zero."""

    action_type: str
    value: Number = "0"
    click_1d: Number | None = None
    click_7d: Number | None = None
    click_28d: Number | None = None
    view_1d: Number | None = None


Actions = tuple[ActionStat, ...]


class InsightRecord(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "day": "date_start",
        "last_day": "date_stop",
        "ad_external_id": "ad_id",
        "ad_set_external_id": "adset_id",
        "campaign_external_id": "campaign_id",
        "currency": "account_currency",
    },
):
    """One ad on one day, decoded straight from the page: analytics.actions.base_facts_from_row makes its numbers.

    A field that Meta omitted is None or empty; the raw lists go to storage through `raw_actions`.
    """

    day: date
    ad_external_id: str
    ad_set_external_id: str
    campaign_external_id: str
    currency: str
    last_day: date | None = None
    spend: Decimal | None = None
    impressions: int | None = None
    clicks: int | None = None
    inline_link_clicks: int | None = None
    inline_post_engagement: int | None = None
    reach: int | None = None
    unique_clicks: int | None = None
    actions: Actions = ()
    action_values: Actions = ()
    outbound_clicks: Actions = ()
    video_play_actions: Actions = ()
    video_thruplay_watched_actions: Actions = ()
    video_p25_watched_actions: Actions = ()
    video_p50_watched_actions: Actions = ()
    video_p75_watched_actions: Actions = ()
    video_p95_watched_actions: Actions = ()
    video_p100_watched_actions: Actions = ()
    video_avg_time_watched_actions: Actions = ()


@dataclass(frozen=True, slots=True)
class InsightPage:
    """Rows of one page, rows that an earlier page had already brought left out (`repeated` counts them)."""

    records: Sequence[InsightRecord]
    repeated: int = 0


_encode_actions = msgspec.json.Encoder().encode


def raw_actions(actions: Actions) -> str | None:
    """The list as JSON text under Meta's own keys, None when there was none."""
    return _encode_actions(actions).decode() if actions else None
