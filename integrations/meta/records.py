"""The shape in which Meta's rows of insights are decoded, and how they become our facts. Does no I/O."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

import msgspec

from analytics.enums import Breakdown
from analytics.meta.ad_day_facts import UNREAD, base_facts_from_row, is_sound
from analytics.metrics.facts import BASE_FACTS, FactValue
from integrations.ads.spoiled import AD_DAY

# Meta sends numbers as strings; plain JSON numbers are accepted too. Any number may be a fraction, since Meta models
# conversions. UNREAD stands for a number that could not be read, None for null and absent.
Number = int | Decimal | None
# The id of an object at Meta; its length is limited since it is part of keys.
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Code = Annotated[str, msgspec.Meta(max_length=100)]


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
    """An AdDayRow, decoded directly from the page. A field that Meta omitted is None or empty."""

    kind: ClassVar[str] = AD_DAY

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

    @property
    def identity(self) -> tuple[object, ...]:
        return self.ad_external_id, self.day

    @property
    def raw_actions(self) -> str | None:
        return raw_actions(self.actions)

    @property
    def raw_action_values(self) -> str | None:
        return raw_actions(self.action_values)

    def platform_name(self, name: str) -> str:
        return self.__struct_encode_fields__[self.__struct_fields__.index(name)]

    def values(self, breakdowns: Sequence[Breakdown]) -> tuple[str, ...]:  # noqa: ARG002 - a whole day has no parts
        return ()

    def facts(self, *, missing: Collection[str], is_video: bool | None, odd: list[str]) -> dict[str, FactValue]:
        return base_facts_from_row(self, missing=missing, is_video=is_video, odd=odd)

    def with_fields(self, other: Self, names: Sequence[str]) -> Self:
        return msgspec.structs.replace(self, **{name: getattr(other, name) for name in names})


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
