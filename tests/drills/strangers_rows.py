"""What a stranger reads of an account over the sandbox's HTTP, and what we have stored of it, both as plain rows.

Shares no code with the product or with the sandbox's generator: two readings that agree are right twice.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from models.ads.ad_account import AdAccount
from tests.worlds.refreshes import RefreshWorld

FIELDS = "ad_id,adset_id,campaign_id,spend,impressions,clicks,reach,actions,action_values"
WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
# Without it a list leaves out ads that are deleted by now.
EVERY_STATUS = [
    "ACTIVE", "PAUSED", "DELETED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO",
    "CAMPAIGN_PAUSED", "ARCHIVED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES",
]  # fmt: skip

Actions = frozenset[tuple[str, str, Decimal]]


class AdDayRow(NamedTuple):
    day: date
    ad: str
    ad_set: str
    campaign: str
    spend: Decimal
    impressions: int
    clicks: int
    reach: int
    actions: Actions
    action_values: Actions


class Sum(NamedTuple):
    day: date
    campaign: str
    spend: Decimal
    impressions: int


async def reported_rows(world: RefreshWorld, account_id: str, since: date, until: date) -> list[AdDayRow]:
    rows = await world.graph.insights(
        account_id,
        since,
        until,
        level="ad",
        time_increment="1",
        fields=FIELDS,
        action_attribution_windows=json.dumps(WINDOWS),
        filtering=json.dumps([{"field": "ad.effective_status", "operator": "IN", "value": EVERY_STATUS}]),
    )
    return [_reported(row) for row in rows]


def _reported(row: dict[str, Any]) -> AdDayRow:
    return AdDayRow(
        date.fromisoformat(row["date_start"]),
        row["ad_id"],
        row["adset_id"],
        row["campaign_id"],
        Decimal(row.get("spend", "0")),
        int(row.get("impressions", "0")),
        int(row.get("clicks", "0")),
        int(row.get("reach", "0")),
        _actions(row.get("actions")),
        _actions(row.get("action_values")),
    )


def _actions(stats: list[dict[str, Any]] | None) -> Actions:
    return frozenset(
        (stat["action_type"], window, Decimal(str(stat[window])))
        for stat in stats or ()
        for window in ("value", *WINDOWS)
        if Decimal(str(stat.get(window, 0)))
    )


async def stored_rows(world: RefreshWorld, account: AdAccount) -> list[AdDayRow]:
    rows = await world.select(
        "select i.day, ad.external_id, ad_set.external_id, campaign.external_id, i.spend, i.impressions, i.clicks_all,"
        " coalesce(u.reach, 0), i.actions::text, i.action_values::text"
        " from insight i join ad on ad.tenant_id = i.tenant_id and ad.id = i.ad_id"
        " join ad_set on ad_set.tenant_id = i.tenant_id and ad_set.id = i.ad_set_id"
        " join campaign on campaign.tenant_id = i.tenant_id and campaign.id = i.campaign_id"
        " left join unique_insight u on u.tenant_id = i.tenant_id and u.level = 'AD'"
        " and u.ad_account_id = i.ad_account_id and u.entity_id = i.ad_id"
        " and u.period_start = i.day and u.period_end = i.day"
        " where i.tenant_id = :tenant and i.ad_account_id = :id",
        id=account.id,
    )
    return [AdDayRow(*row[:8], *(_actions(json.loads(text or "[]")) for text in row[8:])) for row in rows]


async def stored_sums(world: RefreshWorld, account: AdAccount) -> list[Sum]:
    """The roll-up of campaigns, and that of the account as a campaign without a name."""
    rows = await world.select(
        "select day, campaign.external_id, spend, impressions from insight_campaign_day s"
        " join campaign on campaign.tenant_id = s.tenant_id and campaign.id = s.campaign_id"
        " where s.tenant_id = :tenant and s.ad_account_id = :id"
        " union all select day, '', spend, impressions from insight_account_day"
        " where tenant_id = :tenant and ad_account_id = :id",
        id=account.id,
    )
    return [Sum(*row) for row in rows]


def sums_of(rows: Iterable[AdDayRow]) -> list[Sum]:
    spend: Counter[tuple[date, str]] = Counter()
    impressions: Counter[tuple[date, str]] = Counter()
    for row in rows:
        for campaign in (row.campaign, ""):
            spend[row.day, campaign] += row.spend  # type: ignore[assignment]  # a counter of decimals counts as well
            impressions[row.day, campaign] += row.impressions
    return [Sum(*key, Decimal(spend[key]), impressions[key]) for key in spend]


async def differences(world: RefreshWorld, account: AdAccount, expected: Iterable[AdDayRow]) -> list[object]:
    """Up to three rows that are stored and should not be, or the other way round, or twice; empty when all is exact."""
    wanted = list(expected)
    found = [*await stored_rows(world, account), *await stored_sums(world, account)]
    return _unequal(Counter[object](found), Counter[object]([*wanted, *sums_of(wanted)]))


def _unequal(found: Counter[object], wanted: Counter[object]) -> list[object]:
    more: list[object] = [("stored", row) for row in found - wanted]
    return [*more, *(("missing", row) for row in wanted - found)][:3]


def days(since: date, until: date) -> Iterator[date]:
    for offset in range((until - since).days + 1):
        yield since + timedelta(days=offset)
