"""Owns the insights edge: which rows a query has, in which order and in which pages; must not make numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.counts import WINDOWS, Counts, tally
from sandbox.meta.delivery import ad_day
from sandbox.meta.errors import bad_parameter
from sandbox.meta.filters import Filter, read_filters
from sandbox.meta.insight_fields import (
    DEFAULT_FIELDS,
    FIELDS,
    LABELS,
    SILENT_FIELDS,
    Printed,
    print_row,
)
from sandbox.meta.objects import Account, AdPlan, GraphObject, Kind
from sandbox.meta.paging import Cursor, Page, page_limit, start_of
from sandbox.meta.periods import Period, asked_ranges, increments
from sandbox.meta.row_cache import Rows
from sandbox.meta.state import Sandbox

_LEVELS = ("account", "campaign", "adset", "ad")
_OWN_LEVEL = {Kind.ACCOUNT: "account", Kind.CAMPAIGN: "campaign", Kind.AD_SET: "adset", Kind.AD: "ad"}
# Accepted and without a number: dead windows answer empty instead of failing.
_SILENT_WINDOWS = ("default", "1d_ev", "7d_view", "28d_view", "dda", "incrementality")
_DATES = ("date_start", "date_stop")
_METRIC_FILTERS = ("impressions", "clicks", "spend", "reach")


@dataclass(frozen=True, slots=True)
class _Query:
    """Everything that decides what a row says, so that it is a cache key with its period."""

    object_id: str
    level: str
    fields: tuple[str, ...]
    windows: tuple[str, ...]
    filters: tuple[Filter, ...]
    today: date


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the rows of a query come from."""

    sandbox: Sandbox
    account: Account
    ads: tuple[AdPlan, ...]
    query: _Query

    def batch(self, period: Period) -> Rows:
        if period[1] < self.sandbox.opened_on or period[0] > self.query.today:
            return ()
        return self.sandbox.rows.rows((self.query, period), lambda: tuple(self._print(period)))

    def _print(self, period: Period) -> Iterator[msgspec.Raw]:
        for group in _groups(self.ads, self.query.level):
            row = self._row(group, period)
            if row is not None:
                yield msgspec.Raw(msgspec.json.encode(row))

    def _row(self, ads: list[AdPlan], period: Period) -> dict[str, object] | None:
        total = tally(self._vectors(ads, period))
        if total is None:
            return None
        labels = _labels(self.account, ads[0], level=self.query.level)
        printed = Printed(self.account.plan, total, self.query.windows, labels)
        if not _passes(printed, self.query.filters):
            return None
        dates = {"date_start": period[0].isoformat(), "date_stop": period[1].isoformat()}
        return print_row(printed, self.query.fields) | dates

    def _vectors(self, ads: list[AdPlan], period: Period) -> Iterator[Counts]:
        seed, today = self.sandbox.config.seed, self.query.today
        since, until = max(period[0], self.sandbox.opened_on), min(period[1], today)
        for offset in range((until - since).days + 1):
            day = since + timedelta(days=offset)
            for ad in ads:
                vector = ad_day(seed, self.account.plan, ad=ad, day=day, today=today)
                if vector is not None and not self.sandbox.has_vanished(ad.ad_id, day):
                    yield vector


def insights_page(sandbox: Sandbox, call: GraphCall, *, thing: GraphObject) -> Page:
    """One page of rows: periods in order, within a period the things in the order of their creation."""
    if thing.kind not in _OWN_LEVEL:
        raise bad_parameter("Tried accessing nonexisting field (insights)")
    account = sandbox.dataset.account_of(thing)
    today = sandbox.clock.today(account.zone)
    query = _read_query(call, thing, today=today)
    periods = increments(call, asked_ranges(call, today))
    source = _Source(sandbox, account, _selected(account.ads, thing, query=query), query)
    return _page(source, periods, start=start_of(call), limit=page_limit(call))


def _page(source: _Source, periods: tuple[Period, ...], *, start: Cursor, limit: int) -> Page:
    rows: list[msgspec.Raw] = []
    for batch in range(start.batch, len(periods)):
        first = start.row if batch == start.batch else 0
        found = source.batch(periods[batch])[first:]
        room = limit - len(rows)
        if len(found) > room:
            return Page([*rows, *found[:room]], start, Cursor(batch, first + room))
        rows.extend(found)
    return Page(rows, start, None)


def _read_query(call: GraphCall, thing: GraphObject, *, today: date) -> _Query:
    own = _OWN_LEVEL[thing.kind]
    level = call.params.get("level", own)
    if level not in _LEVELS or _LEVELS.index(level) < _LEVELS.index(own):
        raise bad_parameter(f"level must be one of the following values: {', '.join(_LEVELS)}")
    if call.strings("breakdowns"):
        raise bad_parameter("breakdowns[0] must be one of the following values: ")
    return _Query(thing.id, level, _fields(call), _windows(call), read_filters(call), today)


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


def _selected(ads: tuple[AdPlan, ...], thing: GraphObject, *, query: _Query) -> tuple[AdPlan, ...]:
    hidden = _hidden_statuses(thing, query)
    filters = [rule for rule in query.filters if rule.name not in _METRIC_FILTERS]
    return tuple(
        ad
        for ad in ads
        if _is_below(ad, thing)
        and ad.effective_status not in hidden
        and all(rule.accepts(_attribute(ad, rule.name)) for rule in filters)
    )


def _hidden_statuses(thing: GraphObject, query: _Query) -> tuple[str, ...]:
    """A thing's own totals hold all its children. Listing the children hides what is deleted, and hides what
    is archived too when the listing starts below the account; a filter on the status asks for them.
    """
    is_listing = query.level != _OWN_LEVEL[thing.kind]
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


def _passes(row: Printed, filters: tuple[Filter, ...]) -> bool:
    return all(rule.accepts(str(FIELDS[rule.name](row))) for rule in filters if rule.name in _METRIC_FILTERS)


def _group_id(ad: AdPlan, level: str) -> str:
    return {"account": "", "campaign": ad.campaign_id, "adset": ad.ad_set_id, "ad": ad.ad_id}[level]


def _groups(ads: tuple[AdPlan, ...], level: str) -> list[list[AdPlan]]:
    groups: dict[str, list[AdPlan]] = {}
    for ad in ads:
        groups.setdefault(_group_id(ad, level), []).append(ad)
    return list(groups.values())


def _labels(account: Account, ad: AdPlan, *, level: str) -> dict[str, str]:
    depth = _LEVELS.index(level)
    labels = {
        "account_id": account.plan.account_id,
        "account_name": account.plan.name,
        "account_currency": account.plan.currency,
        "attribution_setting": "7d_click_1d_view",
    }
    if depth >= _LEVELS.index("campaign"):
        labels |= {"campaign_id": ad.campaign_id, "campaign_name": ad.names[0]}
        labels |= {"objective": ad.objective, "buying_type": "AUCTION"}
    if depth >= _LEVELS.index("adset"):
        labels |= {"adset_id": ad.ad_set_id, "adset_name": ad.names[1]}
        labels["optimization_goal"] = ad.optimization_goal
    if depth >= _LEVELS.index("ad"):
        labels |= {"ad_id": ad.ad_id, "ad_name": ad.names[2]}
    return labels
