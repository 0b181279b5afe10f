"""Owns the rows of an insights question and their order; must not make numbers or check parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.breakdown_rules import OPT_IN, instead, kept_months, shown_fields
from sandbox.meta.data.breakdown_tables import Cell, cells
from sandbox.meta.data.counts import Counts, Tally, tally
from sandbox.meta.data.delivery import ad_day
from sandbox.meta.data.objects import Account, AdPlan, GraphObject
from sandbox.meta.insights.breakdowns import bounds, split
from sandbox.meta.insights.fields import FIELDS, Printed, print_row
from sandbox.meta.insights.periods import Period, asked_ranges, increments, is_older, is_past_reach, too_old
from sandbox.meta.insights.query import LEVELS, METRIC_FILTERS, Query, read_query, select_ads
from sandbox.meta.insights.row_cache import Rows
from sandbox.meta.paging import Cursor, Page
from sandbox.meta.state import Sandbox


@dataclass(frozen=True, slots=True)
class Report:
    """A question with what it is about as it was when it was asked."""

    sandbox: Sandbox
    account: Account
    ads: tuple[AdPlan, ...]
    query: Query
    periods: tuple[Period, ...]
    shows_reach: bool = True

    @property
    def whole_period(self) -> Period:
        return min(since for since, _ in self.periods), max(until for _, until in self.periods)

    @property
    def days(self) -> int:
        return sum((until - since).days + 1 for since, until in self.periods)

    @property
    def rows_at_most(self) -> int:
        """Rows if everything delivered in every period: what Meta's limits seem to count."""
        things = len({_group_id(ad, self.query.level) for ad in self.ads})
        return things * len(self.periods) * len(cells(self.query.breakdowns, self.account.plan.currency))

    def page(self, start: Cursor, *, limit: int) -> Page:
        """Periods in order, within a period the things in the order of their creation."""
        rows: list[msgspec.Raw] = []
        for batch in range(start.batch, len(self.periods)):
            first = start.row if batch == start.batch else 0
            found = self._batch(self.periods[batch])[first:]
            room = limit - len(rows)
            if len(found) > room:
                return Page([*rows, *found[:room]], start, Cursor(batch, first + room))
            rows.extend(found)
        return Page(rows, start, None)

    def _batch(self, period: Period) -> Rows:
        if period[1] < self.sandbox.opened_on or period[0] > self.query.today:
            return ()
        if OPT_IN & {*self.query.breakdowns} and not self.sandbox.config.has_opted_in:
            return ()
        key = (self.query, self.shows_reach, period)
        return self.sandbox.rows.rows(key, lambda: tuple(self._print(period)))

    def _print(self, period: Period) -> Iterator[msgspec.Raw]:
        dates = {"date_start": period[0].isoformat(), "date_stop": period[1].isoformat()}
        fields = self.query.fields if self.shows_reach else self.query.without_reach()
        fields, fixed = shown_fields(self.query.breakdowns, fields), instead(self.query.breakdowns, fields)
        for group in _groups(self.ads, self.query.level):
            labels = _labels(self.account, group[0], level=self.query.level)
            for cell, total in self._tallies(group, period):
                printed = Printed(self.account.plan, total, self.query.windows, labels)
                if _passes(printed, self.query):
                    broken_down = dict(zip(self.query.breakdowns, cell, strict=True))
                    yield msgspec.Raw(msgspec.json.encode(print_row(printed, fields) | fixed | dates | broken_down))

    def _tallies(self, ads: list[AdPlan], period: Period) -> Iterator[tuple[Cell, Tally]]:
        """What was delivered, whole or by cell in the order of the table."""
        names, currency = self.query.breakdowns, self.account.plan.currency
        if not names:
            whole = tally(vector for _, vector in self._vectors(ads, period))
            if whole is not None:
                yield (), whole
            return
        found: dict[Cell, list[Counts]] = {cell: [] for cell, _ in cells(names, currency)}
        for ad, vector in self._vectors(ads, period):
            ends = bounds(self.sandbox.config.seed, ad.ad_id, names, currency)
            for cell, part in split(vector, names, ends=ends, currency=currency):
                found[cell].append(part)
        for cell, vectors in found.items():
            total = tally(vectors)
            if total is not None:
                yield cell, total

    def _vectors(self, ads: list[AdPlan], period: Period) -> Iterator[tuple[AdPlan, Counts]]:
        seed, today = self.sandbox.config.seed, self.query.today
        months = kept_months(self.query.breakdowns)
        since, until = max(period[0], self.sandbox.opened_on), min(period[1], today)
        for offset in range((until - since).days + 1):
            day = since + timedelta(days=offset)
            if months is not None and is_older(day, months, today=today):
                continue
            for ad in ads:
                vector = ad_day(seed, self.account.plan, ad=ad, day=day, today=today)
                if vector is not None and not self.sandbox.has_vanished(ad.ad_id, day):
                    yield ad, vector


def open_report(sandbox: Sandbox, call: GraphCall, *, thing: GraphObject) -> Report:
    account = sandbox.dataset.account_of(thing)
    today = sandbox.clock.today(account.zone)
    query = read_query(call, thing, today=today, edition=sandbox.edition)
    ranges = asked_ranges(call, today)
    if sandbox.oldest_day is not None and min(since for since, _ in ranges) < sandbox.oldest_day:
        raise too_old()
    ads = sandbox.selections.ads(query, lambda: select_ads(account.ads, thing, query=query))
    return Report(sandbox, account, ads, query, increments(call, ranges), not _hides_reach(query, ranges, today=today))


def _hides_reach(query: Query, ranges: list[Period], *, today: date) -> bool:
    """People are not broken down for days more than 13 months ago."""
    return bool(query.breakdowns) and query.asks_reach and any(is_past_reach(since, today) for since, _ in ranges)


def _passes(row: Printed, query: Query) -> bool:
    return all(rule.accepts(str(FIELDS[rule.name](row))) for rule in query.filters if rule.name in METRIC_FILTERS)


def _group_id(ad: AdPlan, level: str) -> str:
    return {"account": "", "campaign": ad.campaign_id, "adset": ad.ad_set_id, "ad": ad.ad_id}[level]


def _groups(ads: tuple[AdPlan, ...], level: str) -> list[list[AdPlan]]:
    groups: dict[str, list[AdPlan]] = {}
    for ad in ads:
        groups.setdefault(_group_id(ad, level), []).append(ad)
    return list(groups.values())


def _labels(account: Account, ad: AdPlan, *, level: str) -> dict[str, str]:
    depth = LEVELS.index(level)
    labels = {
        "account_id": account.plan.account_id,
        "account_name": account.plan.name,
        "account_currency": account.plan.currency,
        "attribution_setting": "7d_click_1d_view",
    }
    if depth >= LEVELS.index("campaign"):
        labels |= {"campaign_id": ad.campaign_id, "campaign_name": ad.names[0]}
        labels |= {"objective": ad.objective, "buying_type": "AUCTION"}
    if depth >= LEVELS.index("adset"):
        labels |= {"adset_id": ad.ad_set_id, "adset_name": ad.names[1]}
        labels["optimization_goal"] = ad.optimization_goal
    if depth >= LEVELS.index("ad"):
        labels |= {"ad_id": ad.ad_id, "ad_name": ad.names[2]}
    return labels
