"""Which fields of accounts, campaigns, ad sets, ads and creatives are read, and how rows of them become records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from integrations.ads.records import AdAccountRecord, AdRecord, AdSetRecord, CampaignRecord
from integrations.ads.spoiled import Spoiled
from integrations.meta.creatives import CreativeRow
from integrations.meta.decoding import UNTOLD, MetaRow, RowPage, Tolerant
from integrations.meta.lists import Things
from integrations.meta.records import Id
from integrations.meta.values import Notes, instant_or_none, major_units

T = TypeVar("T", bound=MetaRow)


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
# A list leaves archived objects out unless it is asked for this status; deleted ones are answered by id only. Lists are
# never asked for a set of statuses: with one that Meta has retired it would refuse the question, and objects with one
# that it has added would be left out.
_ARCHIVED = {"effective_status": '["ARCHIVED"]'}
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class GraphEdge(Generic[T]):
    """A list of the Graph API: its name, its parameters, and the decoder of its pages; `kind` is its name in filters.

    `has_archive`: archived objects are asked for by a question of their own. `things` says how objects are read by id.
    """

    name: str
    query: Mapping[str, str]
    decoder: Tolerant[RowPage[T]]
    things: Things[T]
    kind: str = ""
    has_archive: bool = False

    def queries(self) -> list[Mapping[str, str]]:
        """The parameters of the questions that together bring the whole list."""
        return [self.query, {**self.query, **_ARCHIVED}] if self.has_archive else [self.query]


class AdAccountRow(MetaRow, frozen=True):
    id: Id
    currency: str | None = None
    timezone_name: str | None = None
    name: str | None = None
    account_status: int | None = None


class CampaignRow(MetaRow, frozen=True):
    id: Id
    name: str | None = None
    created_time: str | None = None
    updated_time: str | None = None
    effective_status: str | None = None
    objective: str | None = None
    daily_budget: str | None = None
    lifetime_budget: str | None = None
    start_time: str | None = None
    stop_time: str | None = None


class AdSetRow(MetaRow, frozen=True):
    id: Id
    campaign_id: Id
    name: str | None = None
    created_time: str | None = None
    updated_time: str | None = None
    effective_status: str | None = None
    optimization_goal: str | None = None
    daily_budget: str | None = None
    lifetime_budget: str | None = None


class CreativeRef(msgspec.Struct, frozen=True):
    id: Id


class AdRow(MetaRow, frozen=True):
    id: Id
    adset_id: Id
    campaign_id: Id
    name: str | None = None
    created_time: str | None = None
    updated_time: str | None = None
    effective_status: str | None = None
    creative: CreativeRef | None = None


def _fields(row: type[msgspec.Struct], *, nested: Mapping[str, str] | None = None) -> str:
    """The fields of a row as Meta's parameter `fields`; `nested` replaces a field by one with its own fields."""
    wanted = nested or {}
    return ",".join(wanted.get(name, name) for name in row.__struct_encode_fields__ if name != UNTOLD)


def _edge(
    name: str, singular: str, row: Any, *, kind: str = "", needed: frozenset[str] = frozenset()
) -> GraphEdge[Any]:
    """A list of `row`s. One with a `kind`, which can be asked for by the time of changes, has an archive as well."""
    fields = _fields(row, nested={"creative": "creative{id}"})
    by_id: Tolerant[Any] = Tolerant(singular, row, dict[str, row])
    things: Things[Any] = Things(f"{singular}s", tuple(fields.split(",")), by_id, needed)
    pages: Tolerant[Any] = Tolerant(singular, row, RowPage[row])
    return GraphEdge(name, {"fields": fields}, pages, things, kind, has_archive=bool(kind))


AD_ACCOUNT: Tolerant[AdAccountRow] = Tolerant("ad account", AdAccountRow, AdAccountRow)

# The fields without which an ad account is of no use: they are asked of each account, however many are refused.
NEEDED = frozenset({"currency", "timezone_name"})
AD_ACCOUNTS: GraphEdge[AdAccountRow] = _edge("adaccounts", "ad account", AdAccountRow, needed=NEEDED)
CAMPAIGNS: GraphEdge[CampaignRow] = _edge("campaigns", "campaign", CampaignRow, kind="campaign")
AD_SETS: GraphEdge[AdSetRow] = _edge("adsets", "ad set", AdSetRow, kind="adset")
ADS: GraphEdge[AdRow] = _edge("ads", "ad", AdRow, kind="ad")
CREATIVES: GraphEdge[CreativeRow] = _edge("adcreatives", "creative", CreativeRow)


def ad_account_record(row: AdAccountRow, _spoiled: list[Spoiled]) -> AdAccountRecord:
    status = _ACCOUNT_STATUSES.get(row.account_status or 0, UNKNOWN)
    untold = {*row.untold}
    untold.update(name for name in ("name", "account_status") if not getattr(row, name))
    return AdAccountRecord(row.id, row.name or row.id, row.currency, row.timezone_name, status, _columns(untold))


def refused_ad_account(external_id: str) -> AdAccountRecord:
    """The record of an account of which Meta tells only the id."""
    return ad_account_record(AdAccountRow(external_id, untold=(*NEEDED,)), [])


def campaign_record(row: CampaignRow, spoiled: list[Spoiled], *, currency: str) -> CampaignRecord:
    notes, budget = Notes("campaign", row.id, spoiled, {*row.untold}), partial(major_units, currency=currency)
    notes.expect(row.objective, "objective")
    return CampaignRecord(
        **_common(row, notes),
        objective=row.objective,
        daily_budget=notes.value(budget, row.daily_budget, "daily_budget"),
        lifetime_budget=notes.value(budget, row.lifetime_budget, "lifetime_budget"),
        starts_at=notes.value(instant_or_none, row.start_time, "start_time"),
        ends_at=notes.value(instant_or_none, row.stop_time, "stop_time"),
        untold=_columns(notes.untold),
    )


def ad_set_record(row: AdSetRow, spoiled: list[Spoiled], *, currency: str) -> AdSetRecord:
    notes, budget = Notes("ad set", row.id, spoiled, {*row.untold}), partial(major_units, currency=currency)
    notes.expect(row.optimization_goal, "optimization_goal")
    return AdSetRecord(
        **_common(row, notes),
        campaign_external_id=row.campaign_id,
        optimization_goal=row.optimization_goal,
        daily_budget=notes.value(budget, row.daily_budget, "daily_budget"),
        lifetime_budget=notes.value(budget, row.lifetime_budget, "lifetime_budget"),
        untold=_columns(notes.untold),
    )


def ad_record(row: AdRow, spoiled: list[Spoiled]) -> AdRecord:
    notes = Notes("ad", row.id, spoiled, {*row.untold})
    return AdRecord(
        **_common(row, notes),
        ad_set_external_id=row.adset_id,
        campaign_external_id=row.campaign_id,
        creative_external_id=row.creative.id if row.creative else None,
        untold=_columns(notes.untold),
    )


def _common(row: CampaignRow | AdSetRow | AdRow, notes: Notes) -> dict[str, Any]:
    notes.expect(row.name, "name")
    notes.expect(row.effective_status, "effective_status")
    created_at = notes.value(instant_or_none, row.created_time, "created_time")
    updated_at = notes.value(instant_or_none, row.updated_time, "updated_time")
    # Every object has these instants: an absent one is as little known as one that cannot be read.
    notes.untold.update(name for name, at in (("created_time", created_at), ("updated_time", updated_at)) if at is None)
    return {
        "external_id": row.id,
        "name": row.name or row.id,
        "status": delivery_status(row.effective_status),
        "created_at": created_at,
        "updated_at": updated_at,
    }


# Attributes of records by Meta's names, where the two differ.
_COLUMNS = {
    "account_status": "status",
    "effective_status": "status",
    "start_time": "starts_at",
    "stop_time": "ends_at",
    "created_time": "created_at",
    "updated_time": "updated_at",
    "timezone_name": "time_zone",
}


def _columns(names: Iterable[str]) -> frozenset[str]:
    return frozenset(_COLUMNS.get(name, name) for name in names)


def delivery_status(effective: str | None) -> str:
    return _DELIVERY_STATUSES.get(effective or "", UNKNOWN)
