"""Questions for insights: which accounts and days a question means, what it must not mix, how its parts are read."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from analytics.enums import AttributionWindow, EntityLevel, Metric, MetricUnit, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import (
    FIRST_DAY,
    LAST_DAY,
    AskedDays,
    AskedRange,
    DateRange,
    RangeFault,
    count_periods,
    local_day,
    resolve_range,
)
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput, MixedCurrency, NotFound
from models.ads.ad_account import AdAccount
from models.database import Database, ReadSession
from models.insights.accounts import accounts_for_insights, tenant_currency
from models.insights.days import stored_currencies
from models.insights.filter import InsightsFilter, check_filter
from models.insights.metric_values import AskedMetrics, MetricSet
from models.insights.question import AccountDays, InsightsQuestion, InsightsRow, RowKey, SortKey
from models.insights.rows import check_size, count_groups, load_rows, load_totals
from models.keyset import KeysetPage, Window

# Points of a series: a year of days fits.
MOST_POINTS = 400
# The time zone in which a new day begins first on Earth, UTC+14: a tenant without accounts may ask for that day.
_EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class InsightsRequest:
    """What a client asks for. `shown` are all metrics that it reads; `has_rows`: it reads some of them by row."""

    days: AskedRange
    shown: AskedMetrics
    has_rows: bool = True
    ad_account_ids: tuple[UUID, ...] | None = None
    level: EntityLevel = EntityLevel.TENANT
    grain: TimeGrain = TimeGrain.NONE
    wanted: InsightsFilter | None = None
    sort: tuple[SortKey, ...] = ()
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT


@dataclass(frozen=True, slots=True)
class Insights:
    """A question that was checked; each part of its answer is read when a client asks for it."""

    question: InsightsQuestion
    sort: tuple[SortKey, ...]
    shown: AskedMetrics
    accounts: Sequence[AdAccount]


async def ask(db: Database, viewer: Viewer, request: InsightsRequest, *, now: datetime) -> Insights:
    """Checks a question and fixes its accounts, days and currency; needs READ.

    Raises NotFound for accounts that are not the tenant's, MixedCurrency, BadInput, QueryTooComplex.
    """
    require(viewer, Permission.READ)
    _check(request)
    async with db.read(viewer) as session:
        accounts = await _load_accounts(session, request.ad_account_ids)
        question = InsightsQuestion(
            spans=_spans(accounts, request.days, now),
            currency=await _load_currency(session, accounts),
            level=request.level,
            grain=request.grain,
            wanted=request.wanted,
            attribution=request.attribution,
        )
        await _check_money(session, request, question)
        await check_size(session, question)
    return Insights(question, request.sort, request.shown, accounts)


async def rows(
    db: Database, viewer: Viewer, insights: Insights, asked: AskedMetrics, *, window: Window
) -> KeysetPage[InsightsRow]:
    """One page of the answer's rows; raises BadInput for a cursor of another question."""
    async with db.read(viewer) as session:
        return await load_rows(session, insights.question, asked, sort=insights.sort, window=window)


async def number_of_rows(db: Database, viewer: Viewer, insights: Insights) -> int:
    """How many rows the answer has."""
    async with db.read(viewer) as session:
        return await count_groups(session, insights.question)


async def totals(db: Database, viewer: Viewer, insights: Insights, asked: AskedMetrics) -> MetricSet:
    """The metrics of all rows together, computed from sums."""
    async with db.read(viewer) as session:
        return await load_totals(session, insights.question, asked)


def entity_days(account: AdAccount, asked: AskedRange, now: datetime) -> DateRange:
    """The days that a range means for one account; raises BadInput."""
    return _days(asked, local_day(now, account.time_zone))


def check_points(days: DateRange, grain: TimeGrain) -> None:
    """Raises BadInput for a series of more points than a chart can show."""
    points = count_periods(days, grain)
    if points > MOST_POINTS:
        raise BadInput(
            f"A series has at most {MOST_POINTS} points, not {points}: choose longer periods or a shorter range."
        )


def data_version(accounts: Sequence[AdAccount]) -> str:
    """A text that is another one after every stored change of these accounts."""
    versions = ",".join(sorted(f"{account.id}:{account.data_version}" for account in accounts))
    return hashlib.sha256(versions.encode()).hexdigest()[:16]


def _check(request: InsightsRequest) -> None:
    if request.wanted is not None:
        check_filter(request.wanted, request.level)
    if request.level is EntityLevel.TENANT and any(key.by is RowKey.NAME for key in request.sort):
        raise BadInput("Rows about the whole tenant have no names to sort by: group by AD_ACCOUNT or below.")


async def _load_accounts(session: ReadSession, ids: tuple[UUID, ...] | None) -> Sequence[AdAccount]:
    found = await accounts_for_insights(session, ids)
    if ids is not None and len(found) < len(set(ids)):
        raise NotFound("One of the ad accounts that were asked for does not exist in this tenant.")
    return found


def _days(asked: AskedRange, today: date) -> DateRange:
    days = resolve_range(asked, today)
    if isinstance(days, RangeFault):
        raise BadInput(days.message)
    if days.start < FIRST_DAY or days.end > LAST_DAY:
        raise BadInput(f"The range must lie between {FIRST_DAY} and {LAST_DAY}, not from {days.start} to {days.end}.")
    return days


def _spans(accounts: Sequence[AdAccount], asked: AskedRange, now: datetime) -> tuple[AccountDays, ...]:
    """The accounts grouped by the days that the range means for them: "yesterday" differs between time zones."""
    latest = (now + _EARLIEST_ZONE).date() if not accounts else max(local_day(now, each.time_zone) for each in accounts)
    if isinstance(asked, AskedDays) or not accounts:
        return (AccountDays(tuple(account.id for account in accounts), _days(asked, latest)),)
    by_days: dict[DateRange, list[UUID]] = defaultdict(list)
    for account in accounts:
        by_days[entity_days(account, asked, now)].append(account.id)
    return tuple(AccountDays(tuple(ids), days) for days, ids in sorted(by_days.items()))


async def _load_currency(session: ReadSession, accounts: Sequence[AdAccount]) -> str:
    """The currency of all accounts; the tenant's where there are none; empty where they differ."""
    currencies = {account.currency for account in accounts}
    if not currencies:
        return await tenant_currency(session)
    return currencies.pop() if len(currencies) == 1 else ""


async def _check_money(session: ReadSession, request: InsightsRequest, question: InsightsQuestion) -> None:
    """Raises MixedCurrency where amounts in several currencies would be compared, or are all that the answer adds up.

    In any other answer such a sum is null, and the other numbers stay.
    """
    by = [MEASURES[key.by] for key in request.sort if isinstance(key.by, Metric)]
    is_compared = any(metric.unit is MetricUnit.MONEY for metric in by)
    if question.currency or not (is_compared or _adds_money_alone(request)):
        return
    currencies = await stored_currencies(session, question.spans)
    if len(currencies) > 1:
        raise MixedCurrency(
            f"The numbers are in several currencies ({', '.join(currencies)}), which are neither added up nor compared:"
            " group by AD_ACCOUNT or below, ask about ad accounts of one currency, or ask without money."
        )


def _adds_money_alone(request: InsightsRequest) -> bool:
    """Whether the answer has nothing but sums of money over all accounts, and ratios of them."""
    if request.level is not EntityLevel.TENANT and request.has_rows:
        return False
    shown = request.shown
    is_money_alone = bool(shown.metrics) and all(each.is_money for each in shown.measures)
    return is_money_alone and not shown.is_explained and not shown.actions
