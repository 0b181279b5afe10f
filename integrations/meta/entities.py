"""Owns which fields of accounts, campaigns, ad sets, ads and creatives are read and how they become records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from integrations.meta.paging import Paging
from integrations.meta.records import AdAccountRecord, AdRecord, AdSetRecord, CampaignRecord, CreativeRecord

T = TypeVar("T")

PAGE_ROWS = 500
_FULL_PAGE = {"limit": str(PAGE_ROWS)}

# Meta's own table of minor units for budgets (Marketing API, "Currencies"); it is not ISO 4217's.
_WHOLE_UNIT_CURRENCIES = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
_MINOR_UNITS = Decimal(100)
# A budget of zero stands for "none: the budget is on the other level".
_NO_BUDGET = "0"

_ACCOUNT_STATUSES: dict[int, str] = {
    1: "ACTIVE",
    2: "DISABLED",
    3: "UNSETTLED",
    7: "PENDING_RISK_REVIEW",
    8: "PENDING_SETTLEMENT",
    9: "IN_GRACE_PERIOD",
    100: "PENDING_CLOSURE",
    101: "CLOSED",
    201: "ACTIVE",
    202: "CLOSED",
}
_DELIVERY_STATUSES: dict[str, str] = {
    "ADSET_PAUSED": "AD_SET_PAUSED",
    **{
        status: status
        for status in (
            "ACTIVE",
            "PAUSED",
            "ARCHIVED",
            "DELETED",
            "IN_PROCESS",
            "WITH_ISSUES",
            "PENDING_REVIEW",
            "DISAPPROVED",
            "PREAPPROVED",
            "PENDING_BILLING_INFO",
            "CAMPAIGN_PAUSED",
        )
    },
}
# An edge hides archived things unless it is asked for them by name; deleted ones answer to their id only. No list of
# statuses is ever asked for: one that Meta retires would refuse the question, one that it adds would be left out.
_ARCHIVED = {"effective_status": '["ARCHIVED"]'}
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A list of the Graph: its name, its parameters, and how a page of it is decoded; `kind` is its name in filters.

    `has_archive`: what is archived is a list of its own.
    """

    name: str
    query: Mapping[str, str]
    decoder: "msgspec.json.Decoder[Listing[T]]"
    kind: str = ""
    has_archive: bool = False

    def queries(self, changed_since: datetime | None = None) -> list[Mapping[str, str]]:
        """The questions that together bring the whole list, or what of it changed at that instant or later."""
        query = self.query if changed_since is None else self.changed_since(changed_since)
        return [query, {**query, **_ARCHIVED}] if self.has_archive else [query]

    def changed_since(self, moment: datetime) -> Mapping[str, str]:
        """The parameters that leave what changed at that instant or later.

        Meta's comparison is strict and knows whole seconds: what changed later in the same second is not to be missed.
        """
        rule = {
            "field": f"{self.kind}.updated_time",
            "operator": "GREATER_THAN",
            "value": int(moment.timestamp()) - 1,
        }
        return {**self.query, "filtering": msgspec.json.encode([rule]).decode()}


class Listing(msgspec.Struct, Generic[T], frozen=True):
    data: list[T]
    paging: Paging | None = None


class AdAccountRow(msgspec.Struct, frozen=True):
    id: str
    currency: str
    timezone_name: str
    name: str = ""
    account_status: int | None = None


class CampaignRow(msgspec.Struct, frozen=True):
    id: str
    name: str
    created_time: str
    updated_time: str
    effective_status: str = UNKNOWN
    objective: str | None = None
    daily_budget: str | None = None
    lifetime_budget: str | None = None
    start_time: str | None = None
    stop_time: str | None = None


class AdSetRow(msgspec.Struct, frozen=True):
    id: str
    campaign_id: str
    name: str
    created_time: str
    updated_time: str
    effective_status: str = UNKNOWN
    optimization_goal: str | None = None
    daily_budget: str | None = None
    lifetime_budget: str | None = None


class CreativeRef(msgspec.Struct, frozen=True):
    id: str


class AdRow(msgspec.Struct, frozen=True):
    id: str
    adset_id: str
    campaign_id: str
    name: str
    created_time: str
    updated_time: str
    effective_status: str = UNKNOWN
    creative: CreativeRef | None = None


class LinkData(msgspec.Struct, frozen=True):
    child_attachments: list[Any] = []
    image_hash: str | None = None


class VideoData(msgspec.Struct, frozen=True):
    video_id: str | None = None


class StorySpec(msgspec.Struct, frozen=True):
    link_data: LinkData | None = None
    video_data: VideoData | None = None


class CreativeRow(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    title: str | None = None
    body: str | None = None
    thumbnail_url: str | None = None
    video_id: str | None = None
    image_hash: str | None = None
    object_type: str | None = None
    effective_object_story_id: str | None = None
    object_story_spec: StorySpec | None = None
    asset_feed_spec: msgspec.Raw | None = None


def _fields(row: type[msgspec.Struct], *, nested: Mapping[str, str] | None = None) -> str:
    """The fields of a row as Meta wants them named; `nested` says what to ask of an object within."""
    wanted = nested or {}
    return ",".join(wanted.get(name, name) for name in row.__struct_encode_fields__)


def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind, strict=False)


AD_ACCOUNT_QUERY = {"fields": _fields(AdAccountRow)}
AD_ACCOUNT: "msgspec.json.Decoder[AdAccountRow]" = _decoder(AdAccountRow)
AD_QUERY = {"fields": _fields(AdRow, nested={"creative": "creative{id}"})}
ADS_BY_ID: "msgspec.json.Decoder[dict[str, AdRow]]" = _decoder(dict[str, AdRow])

AD_ACCOUNTS: Edge[AdAccountRow] = Edge("adaccounts", AD_ACCOUNT_QUERY | _FULL_PAGE, _decoder(Listing[AdAccountRow]))
CAMPAIGNS: Edge[CampaignRow] = Edge(
    "campaigns",
    {"fields": _fields(CampaignRow)} | _FULL_PAGE,
    _decoder(Listing[CampaignRow]),
    "campaign",
    has_archive=True,
)
AD_SETS: Edge[AdSetRow] = Edge(
    "adsets",
    {"fields": _fields(AdSetRow)} | _FULL_PAGE,
    _decoder(Listing[AdSetRow]),
    "adset",
    has_archive=True,
)
ADS: Edge[AdRow] = Edge("ads", AD_QUERY | _FULL_PAGE, _decoder(Listing[AdRow]), "ad", has_archive=True)
CREATIVE_QUERY = {"fields": _fields(CreativeRow)}
CREATIVES_BY_ID: "msgspec.json.Decoder[dict[str, CreativeRow]]" = _decoder(dict[str, CreativeRow])
CREATIVES: Edge[CreativeRow] = Edge("adcreatives", CREATIVE_QUERY | _FULL_PAGE, _decoder(Listing[CreativeRow]))


def ad_account_record(row: AdAccountRow) -> AdAccountRecord:
    status = _ACCOUNT_STATUSES.get(row.account_status or 0, UNKNOWN)
    return AdAccountRecord(row.id, row.name or row.id, row.currency, row.timezone_name, status)


def campaign_record(row: CampaignRow, currency: str) -> CampaignRecord:
    return CampaignRecord(
        external_id=row.id,
        name=row.name,
        status=delivery_status(row.effective_status),
        objective=row.objective,
        daily_budget=major_units(row.daily_budget, currency),
        lifetime_budget=major_units(row.lifetime_budget, currency),
        starts_at=_instant_or_none(row.start_time),
        ends_at=_instant_or_none(row.stop_time),
        created_at=instant(row.created_time),
        updated_at=instant(row.updated_time),
    )


def ad_set_record(row: AdSetRow, currency: str) -> AdSetRecord:
    return AdSetRecord(
        external_id=row.id,
        campaign_external_id=row.campaign_id,
        name=row.name,
        status=delivery_status(row.effective_status),
        optimization_goal=row.optimization_goal,
        daily_budget=major_units(row.daily_budget, currency),
        lifetime_budget=major_units(row.lifetime_budget, currency),
        created_at=instant(row.created_time),
        updated_at=instant(row.updated_time),
    )


def ad_record(row: AdRow) -> AdRecord:
    return AdRecord(
        external_id=row.id,
        ad_set_external_id=row.adset_id,
        campaign_external_id=row.campaign_id,
        creative_external_id=row.creative.id if row.creative else None,
        name=row.name,
        status=delivery_status(row.effective_status),
        created_at=instant(row.created_time),
        updated_at=instant(row.updated_time),
    )


def creative_record(row: CreativeRow) -> CreativeRecord:
    spec = row.object_story_spec or StorySpec()
    video_id = row.video_id or (spec.video_data.video_id if spec.video_data else None)
    image_hash = row.image_hash or (spec.link_data.image_hash if spec.link_data else None)
    is_carousel = bool(spec.link_data and spec.link_data.child_attachments)
    return CreativeRecord(
        external_id=row.id,
        asset_key=_asset_key(row, video_id, image_hash),
        name=row.name or row.id,
        kind=_creative_kind(row, video_id, image_hash, is_carousel=is_carousel),
        title=row.title,
        body=row.body,
        thumbnail_url=row.thumbnail_url,
        video_id=video_id,
        image_hash=image_hash,
    )


def _asset_key(row: CreativeRow, video_id: str | None, image_hash: str | None) -> str:
    """What is shown, whichever creative shows it: the video, else the image, else the story."""
    if video_id:
        return f"video:{video_id}"
    if image_hash:
        return f"image:{image_hash}"
    return f"story:{row.effective_object_story_id}" if row.effective_object_story_id else f"creative:{row.id}"


def _creative_kind(row: CreativeRow, video_id: str | None, image_hash: str | None, *, is_carousel: bool) -> str:
    if row.asset_feed_spec is not None:
        return "DYNAMIC"
    if is_carousel:
        return "CAROUSEL"
    if video_id or row.object_type == "VIDEO":
        return "VIDEO"
    return "IMAGE" if image_hash or row.object_type == "PHOTO" else "OTHER"


def major_units(minor: str | None, currency: str) -> Decimal | None:
    """A budget in the currency's major unit; None where there is none."""
    if minor is None or minor == _NO_BUDGET:
        return None
    return Decimal(int(minor)) if currency in _WHOLE_UNIT_CURRENCIES else Decimal(int(minor)) / _MINOR_UNITS


def minor_units(amount: Decimal, currency: str) -> str:
    """A budget as Meta takes it; raises ValueError for an amount with more digits than the currency has."""
    minor = amount if currency in _WHOLE_UNIT_CURRENCIES else amount * _MINOR_UNITS
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has no such amount")
    return str(int(minor))


def instant(text: str) -> datetime:
    """Meta writes 2026-10-01T12:00:00-0700; raises ValueError for a time without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant of Meta's has an offset")
    return moment.astimezone(UTC)


def _instant_or_none(text: str | None) -> datetime | None:
    return instant(text) if text else None


def delivery_status(effective: str) -> str:
    return _DELIVERY_STATUSES.get(effective, UNKNOWN)


def identity(row: Any) -> str:
    """What makes a row one row."""
    return str(row.id)
