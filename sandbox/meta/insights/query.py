"""Owns what an insights call asks for, checked, and which ads it is about; must not read numbers."""

from dataclasses import dataclass
from datetime import date

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.breakdown_rules import check_fields
from sandbox.meta.data.breakdown_tables import known_breakdowns
from sandbox.meta.data.counts import WINDOWS
from sandbox.meta.data.objects import AdPlan, GraphObject, Kind
from sandbox.meta.entities.filters import Filter, read_filters
from sandbox.meta.errors import bad_parameter
from sandbox.meta.insights.fields import DEFAULT_FIELDS, FIELDS, LABELS, SILENT_FIELDS

LEVELS = ("account", "campaign", "adset", "ad")
OWN_LEVEL = {Kind.ACCOUNT: "account", Kind.CAMPAIGN: "campaign", Kind.AD_SET: "adset", Kind.AD: "ad"}
METRIC_FILTERS = ("impressions", "clicks", "spend", "reach")
# Accepted and without a number: dead windows answer empty instead of failing.
_SILENT_WINDOWS = ("default", "1d_ev", "7d_view", "28d_view", "dda", "incrementality")
_DATES = ("date_start", "date_stop")
# What is left out of old rows with breakdowns: people, and what is computed from them.
_REACH_FIELDS = ("reach", "frequency", "cpp")


@dataclass(frozen=True, slots=True)
class Query:
    """Everything that decides what a row says, so that it is a cache key with its period."""

    object_id: str
    level: str
    fields: tuple[str, ...]
    windows: tuple[str, ...]
    filters: tuple[Filter, ...]
    breakdowns: tuple[str, ...]
    today: date
    # Grows with every edit of the structure.
    edition: int

    @property
    def asks_reach(self) -> bool:
        return any(name in _REACH_FIELDS for name in self.fields)

    def without_reach(self) -> tuple[str, ...]:
        return tuple(name for name in self.fields if name not in _REACH_FIELDS)


def read_query(call: GraphCall, thing: GraphObject, *, today: date, edition: int) -> Query:
    if thing.kind not in OWN_LEVEL:
        raise bad_parameter("Tried accessing nonexisting field (insights)")
    own = OWN_LEVEL[thing.kind]
    level = call.params.get("level", own)
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(own):
        raise bad_parameter(f"level must be one of the following values: {', '.join(LEVELS)}")
    breakdowns = known_breakdowns(call.strings("breakdowns"))
    fields = _fields(call)
    if "fields" in call.params:
        check_fields(breakdowns, fields, labels=(*LABELS, *_DATES))
    return Query(thing.id, level, fields, _windows(call), read_filters(call), breakdowns, today, edition)


def _fields(call: GraphCall) -> tuple[str, ...]:
    asked = call.strings("fields") or DEFAULT_FIELDS
    for name in asked:
        if name not in FIELDS and name not in LABELS and name not in SILENT_FIELDS and name not in _DATES:
            raise bad_parameter(f"{name} is not valid for fields param")
    return asked


def _windows(call: GraphCall) -> tuple[str, ...]:
    asked = call.strings("action_attribution_windows")
    for name in asked:
        if name not in WINDOWS and name not in _SILENT_WINDOWS:
            raise bad_parameter(f"action_attribution_windows: {name} is not one of the possible values")
    return tuple(name for name in asked if name in WINDOWS)


def select_ads(ads: tuple[AdPlan, ...], thing: GraphObject, *, query: Query) -> tuple[AdPlan, ...]:
    hidden = _hidden_statuses(thing, query)
    filters = [rule for rule in query.filters if rule.name not in METRIC_FILTERS]
    return tuple(
        ad
        for ad in ads
        if _is_below(ad, thing)
        and ad.effective_status not in hidden
        and all(rule.accepts(_attribute(ad, rule.name)) for rule in filters)
    )


def _hidden_statuses(thing: GraphObject, query: Query) -> tuple[str, ...]:
    """A thing's own totals hold all its children. Listing the children hides what is deleted, and hides what
    is archived too when the listing starts below the account; a filter on the status asks for them.
    """
    is_listing = query.level != OWN_LEVEL[thing.kind]
    if not is_listing or any(rule.name.endswith("effective_status") for rule in query.filters):
        return ()
    return ("DELETED",) if thing.kind is Kind.ACCOUNT else ("DELETED", "ARCHIVED")


def _is_below(ad: AdPlan, thing: GraphObject) -> bool:
    return thing.kind is Kind.ACCOUNT or thing.id in (ad.ad_id, ad.ad_set_id, ad.campaign_id)


def _attribute(ad: AdPlan, name: str) -> str:
    attributes = {
        "ad.id": ad.ad_id,
        "adset.id": ad.ad_set_id,
        "campaign.id": ad.campaign_id,
        "campaign.name": ad.names[0],
        "adset.name": ad.names[1],
        "ad.name": ad.names[2],
        "ad.effective_status": ad.effective_status,
    }
    if name not in attributes:
        raise bad_parameter(f"Filtering field {name} is invalid")
    return attributes[name]
