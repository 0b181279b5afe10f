"""The records in which Meta's objects reach the rest of the product: our names, our units, UTC. Does no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from analytics.meta.ad_day_facts import UNREAD, is_sound
from analytics.metrics.facts import BASE_FACTS

# Meta sends numbers as strings; plain JSON numbers are accepted too. Any number may be a fraction, since Meta models
# conversions. UNREAD stands for a number that could not be read, None for null and absent.
Number = int | Decimal | None
# The id of an object at Meta; its length is limited since it is part of keys.
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=100)]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the platform says of a token. `kind` is USER or SYSTEM_USER; an expiry of None means never."""

    app_id: str
    kind: str
    is_valid: bool
    external_user_id: str
    external_user_name: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    # Asked for at sign-in only; Meta does not say whether the address was verified.
    external_user_email: str | None = None


@dataclass(frozen=True, slots=True)
class AdAccountRecord:
    """`external_id` begins with act_; `status` is the value of an AdAccountStatus.

    An account that is not set up has no currency or no time zone, and we may not know the one it has. `untold` is as in
    CampaignRecord. `refusal` says why Meta does not tell of the account, or of its currency or time zone.
    """

    external_id: str
    name: str
    currency: str | None
    time_zone: str | None
    status: str
    untold: frozenset[str] = frozenset()
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """Budgets are in the account currency's major unit; `status` is the value of a DeliveryStatus.

    The name of a campaign without one is its id. `untold` names the attributes that Meta did not tell in this answer:
    stored values of these stay, and the values in the record are only for a campaign that is not stored yet.
    """

    external_id: str
    name: str
    status: str
    objective: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AdSetRecord:
    """The attributes are as in CampaignRecord."""

    external_id: str
    campaign_external_id: str
    name: str
    status: str
    optimization_goal: str | None
    daily_budget: Decimal | None
    lifetime_budget: Decimal | None
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AdRecord:
    """`creative_external_id` is the platform's id of the creative, not the key of its asset."""

    external_id: str
    ad_set_external_id: str
    campaign_external_id: str
    creative_external_id: str | None
    name: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CreativeRecord:
    """`asset_key` is the asset that is shown (video:, image:, story:, else creative:), which creatives may share.

    `untold` is as in CampaignRecord; with `asset_key` in it, it is not known what the creative shows.
    """

    external_id: str
    asset_key: str
    name: str
    kind: str
    title: str | None
    body: str | None
    thumbnail_url: str | None
    video_id: str | None
    image_hash: str | None
    untold: frozenset[str] = frozenset()


class ActionStat(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    rename={"click_1d": "1d_click", "click_7d": "7d_click", "click_28d": "28d_click", "view_1d": "1d_view"},
):
    """One action type of an ad on a day; `value` is the number by the default window; a window is absent when zero."""

    action_type: str
    value: Number = 0
    click_1d: Number = None
    click_7d: Number = None
    click_28d: Number = None
    view_1d: Number = None


Actions = tuple[ActionStat, ...] | None


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
    """One ad on one day, decoded directly from the page; analytics/meta/ad_day_facts.py computes its facts.

    A field that Meta omitted is None or empty. `raw_actions` makes the stored text of the raw lists.
    """

    day: date
    ad_external_id: Id
    # '' where a row does not tell them: they are known from the account and its lists.
    ad_set_external_id: Code = ""
    campaign_external_id: Code = ""
    currency: Code = ""
    last_day: date | None = None
    spend: Number = None
    impressions: Number = None
    clicks: Number = None
    inline_link_clicks: Number = None
    inline_post_engagement: Number = None
    reach: Number = None
    unique_clicks: Number = None
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


def _unread_list(field: str) -> tuple[ActionStat, ...]:
    """The value of a list that could not be read: every action type that facts are made of, with unread numbers."""
    types = dict.fromkeys(tier for fact in BASE_FACTS if fact.source.field == field for tier in fact.source.tiers)
    return tuple(ActionStat(action_type, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD) for action_type in types)


_LISTS = tuple(dict.fromkeys(fact.source.field for fact in BASE_FACTS if fact.source.tiers))
_NUMBERS = tuple(fact.source.field for fact in BASE_FACTS if not fact.source.tiers)
# The values that fields get when they could not be read: without a value they would count as zero.
UNREAD_IN_ROWS: Mapping[type, Mapping[str, Any]] = {
    InsightRecord: {**dict.fromkeys(_NUMBERS, UNREAD), **{field: _unread_list(field) for field in _LISTS}},
    ActionStat: dict.fromkeys(("value", "click_1d", "click_7d", "click_28d", "view_1d"), UNREAD),
}


@dataclass(frozen=True, slots=True)
class InsightPage:
    """The rows of one page. Rows that an earlier page has brought are left out; `repeated` is their number."""

    records: Sequence[InsightRecord]
    repeated: int = 0


_encode_actions = msgspec.json.Encoder().encode
# How numbers are written that must not be summed. The name of an action type may contain the same letters, so a list
# with one of these is only looked at more closely.
_SUSPICIOUS = (b"NaN", b"Infinity", b"E+", b"E-")
# A list of more bytes is looked at too, whatever is in it.
_LONGEST_SOUND = 20_000


def raw_actions(actions: Actions) -> str | None:
    """The list as JSON text with Meta's own keys; None for an empty list.

    Entries whose number cannot be summed are left out, and so are such windows of other entries.
    """
    if not actions:
        return None
    encoded = _encode_actions(actions)
    if len(encoded) > _LONGEST_SOUND or any(mark in encoded for mark in _SUSPICIOUS):
        encoded = _encode_actions([_sound(entry) for entry in actions if is_sound(entry.value)])
    return encoded.decode()


def _sound(entry: ActionStat) -> ActionStat:
    odd = [name for name in UNREAD_IN_ROWS[ActionStat] if not is_sound(getattr(entry, name))]
    return msgspec.structs.replace(entry, **dict.fromkeys(odd)) if odd else entry
