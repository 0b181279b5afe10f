"""Owns the shapes in which Meta's things reach the rest of the product: our names, our units, UTC; must not do I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from analytics.meta.ad_day_facts import UNREAD, is_sound
from analytics.metrics.facts import BASE_FACTS

# Meta sends numbers as strings; a plain JSON number in their place is understood as well. Any may be a fraction where
# conversions are modelled. UNREAD stands for one that could not be read; null and absent are nothing.
Number = int | Decimal | None
# Of an object at Meta: it stands in keys.
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=100)]


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
    """`external_id` begins with act_; `status` is the value of an AdAccountStatus.

    An account that is not set up has no currency or no time zone, and neither has to be one that we know.
    `untold` as of campaigns; `refusal` is why Meta does not tell of it, or of its currency or time zone.
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

    A thing without a name is called by its id. `untold` names what of the record Meta did not say, now: where something
    is stored it stays, and what stands in the record is for the case that nothing is.
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
    """`creative_external_id` is the platform's creative id, not the asset key."""

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
    """`asset_key` names what is shown (video:, image:, story:, else creative:), shared by many platform creatives.

    `untold` as of campaigns; with the asset's key in it nobody knows what the creative shows.
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
    """One action type of an ad on a day; `value` is in the account's own attribution, a window is absent when zero."""

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
    """One ad on one day, decoded straight from the page: analytics.actions.base_facts_from_row makes its numbers.

    A field that Meta omitted is None or empty; the raw lists go to storage through `raw_actions`.
    """

    day: date
    ad_external_id: Id
    # Empty where a row does not say it: the account and its lists do.
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
    """A list that could not be read: of every type that counts, nobody knows how often it happened."""
    types = dict.fromkeys(tier for fact in BASE_FACTS if fact.source.field == field for tier in fact.source.tiers)
    return tuple(ActionStat(action_type, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD) for action_type in types)


_LISTS = tuple(dict.fromkeys(fact.source.field for fact in BASE_FACTS if fact.source.tiers))
_NUMBERS = tuple(fact.source.field for fact in BASE_FACTS if not fact.source.tiers)
# What the fields of a row hold that could not be read: what is only left out would be taken for zero.
UNREAD_IN_ROWS: Mapping[type, Mapping[str, Any]] = {
    InsightRecord: {**dict.fromkeys(_NUMBERS, UNREAD), **{field: _unread_list(field) for field in _LISTS}},
    ActionStat: dict.fromkeys(("value", "click_1d", "click_7d", "click_28d", "view_1d"), UNREAD),
}


@dataclass(frozen=True, slots=True)
class InsightPage:
    """Rows of one page, rows that an earlier page had already brought left out (`repeated` counts them)."""

    records: Sequence[InsightRecord]
    repeated: int = 0


_encode_actions = msgspec.json.Encoder().encode
# How numbers are written that a sum must not meet; a type may contain the same letters.
_SUSPICIOUS = (b"NaN", b"Infinity", b"E+", b"E-")
_LONGEST_SOUND = 20_000


def raw_actions(actions: Actions) -> str | None:
    """The list as JSON text under Meta's own keys, None when there was none.

    An entry without a number that can be added up is left out, and so is such a window of one.
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
