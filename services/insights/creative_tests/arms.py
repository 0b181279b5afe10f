"""Reads the arms of a creative test by day: which days count, and what the account's other ads are like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from analytics.creative_tests.contest import ArmTable
from analytics.creative_tests.contrasts import Numbers
from analytics.creative_tests.goals import Goal
from analytics.creative_tests.rates import Prior, prior_of
from analytics.enums import ArmLevel, EntityLevel, Metric, TimeGrain
from analytics.metrics.catalogue import MEASURES, METRICS
from analytics.periods import DateRange, local_day
from errors import BadInput, MixedCurrency, NotFound
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.creative import Creative
from models.ads.entity_list import rows_by_ids
from models.database import ReadSession
from models.insights.by_day.gaps import gap_days
from models.insights.by_day.moments import CountedFacts, moments_of_ads
from models.insights.filter import InsightsFilter
from models.insights.groups_shown import InsightsRow
from models.insights.metric_values import AskedMetrics, MetricSet
from models.insights.question import AccountDays
from models.insights.rows import PageAsked, ShownMetrics, load_rows, metrics_of_nothing
from models.keyset import Window
from services.insights.creative_tests.wish import MOST_ARMS, MOST_DAYS, CreativeTestWish
from services.insights.questions import Insights, prepare
from services.insights.request import InsightsRequest

_PRIOR_DAYS = 90
_ads_by_ids, _creatives_by_ids = rows_by_ids(Ad), rows_by_ids(Creative)


@dataclass(frozen=True, slots=True)
class ShownArm:
    """One arm, with its metrics over the whole range."""

    entity_id: UUID
    metrics: MetricSet


@dataclass(frozen=True, slots=True)
class CountedDays:
    """The days of a range that a test counts, in order, and how many it leaves out.

    `unfinished` are today, and the day before where it is not over yet in the time zone of every account; `gaps` could
    not be read in full.
    """

    days: tuple[date, ...]
    unfinished: int
    gaps: int
    today: date


@dataclass(frozen=True, slots=True)
class ArmsRead:
    """All that a test is judged by; `table` has the arms in their order and the counted days in theirs."""

    goal: Goal
    arms: tuple[ShownArm, ...]
    table: ArmTable
    counted: CountedDays
    prior: Prior | None


async def read_arms(
    session: ReadSession, wish: CreativeTestWish, goal: Goal, shown: AskedMetrics, *, now: datetime
) -> ArmsRead:
    """The arms of a test, each with the metrics that are `shown` of it.

    Raises NotFound for ids that are not the tenant's, MixedCurrency, BadInput for more than 50 arms or 400 days.
    """
    accounts = await _accounts_of(session, wish)
    asked = await prepare(session, _request(wish, shown, accounts), now=now, has_meta=False)
    if asked.question.days.days > MOST_DAYS:
        raise BadInput(f"A test is over at most {MOST_DAYS} days, not {asked.question.days.days}.")
    named = wish.named_arms
    found = await load_rows(session, asked.question, ShownMetrics(shown), PageAsked(Window(MOST_ARMS + 2)))
    by_entity = {row.entity_id: row for row in found.rows if row.entity_id is not None}
    if named is None and len(by_entity) > MOST_ARMS:
        raise BadInput(f"More than {MOST_ARMS} arms were shown in these days: name those to compare.")
    arms = tuple(by_entity) if named is None else named
    own = {row.account_id for row in by_entity.values()}
    spans = [replace(span, ad_account_ids=tuple(own & {*span.ad_account_ids})) for span in asked.question.spans]
    rows = await _rows_by_day(session, asked, goal, [*by_entity])
    currencies = {row.metrics.currency for row in rows}
    if len(currencies) > 1 and (goal.is_money or wish.min_spend is not None):
        raise MixedCurrency("The arms spent money of several currencies, which is not compared: test those of one.")
    counted = await _counted(session, asked, [span for span in spans if span.ad_account_ids], now=now)
    currency = min((each for each in currencies if each), default=asked.question.currency)
    return ArmsRead(
        goal=goal,
        arms=tuple(_shown(arm, by_entity, shown, currency) for arm in arms),
        table=_table(arms, rows, goal, counted.days, least=wish.min_spend),
        counted=counted,
        prior=await _prior(session, own, counted, goal, currency=currency if goal.is_money else None),
    )


async def _accounts_of(session: ReadSession, wish: CreativeTestWish) -> tuple[UUID, ...] | None:
    """The accounts that are asked, disconnected ones among them where something of theirs is named; None: all.

    Raises NotFound for ads and creatives that are not the tenant's, or not of the accounts that are asked.
    """
    found: list[Ad | Creative] = []
    for ids, load in ((wish.ad_ids, _ads_by_ids), (wish.creative_ids, _creatives_by_ids)):
        if ids is not None:
            known: Sequence[Any] = await load(session, [*dict.fromkeys(ids)])
            if len(known) < len({*ids}):
                raise NotFound("One of the ads or creatives that were asked for does not exist in this tenant.")
            found += known
    asked = wish.ad_account_ids
    if asked is not None and any(each.ad_account_id not in asked for each in found):
        raise NotFound("One of the ads or creatives is not of the ad accounts that were asked for.")
    is_named = wish.ad_ids is not None or wish.creative_ids is not None
    return asked if asked is not None or not is_named else tuple({each.ad_account_id for each in found})


def _request(wish: CreativeTestWish, shown: AskedMetrics, accounts: tuple[UUID, ...] | None) -> InsightsRequest:
    return InsightsRequest(
        days=wish.days,
        shown=shown,
        ad_account_ids=accounts,
        level=EntityLevel.AD if wish.level is ArmLevel.AD else EntityLevel.CREATIVE,
        wanted=InsightsFilter(ad_ids=wish.ad_ids, creative_ids=wish.creative_ids),
    )


async def _rows_by_day(
    session: ReadSession, asked: Insights, goal: Goal, arms: Sequence[UUID]
) -> Sequence[InsightsRow]:
    """What the arms had on each day; of creatives over the ads that are asked for."""
    wanted = asked.question.wanted or InsightsFilter()
    ids: Mapping[str, Any] = {"ad_ids" if asked.question.level is EntityLevel.AD else "creative_ids": tuple(arms)}
    question = replace(asked.question, grain=TimeGrain.DAY, summed=None, wanted=replace(wanted, **ids))
    shown = AskedMetrics(goal.needs | {Metric.SPEND}, shows_currency=True)
    page = await load_rows(session, question, ShownMetrics(shown), PageAsked(Window(MOST_ARMS * MOST_DAYS)))
    return page.rows


async def _counted(
    session: ReadSession, asked: Insights, spans: Sequence[AccountDays], *, now: datetime
) -> CountedDays:
    """The days that are over in the time zone of each account and no gap of any: all arms have the same days."""
    own = {account for span in spans for account in span.ad_account_ids}
    zones = [account.time_zone for account in _of(asked.accounts, own)] or ["UTC"]
    first_today, last_today = (end(local_day(now, zone) for zone in zones) for end in (min, max))
    gaps = {day for days in (await gap_days(session, spans)).values() for day in days} if spans else set()
    begun = [day for day in asked.question.days.every_day() if day <= last_today]
    over = [day for day in begun if day < first_today]
    days = tuple(day for day in over if day not in gaps)
    return CountedDays(days, len(begun) - len(over), len(over) - len(days), first_today)


def _of(accounts: Iterable[AdAccount], ids: set[UUID]) -> list[AdAccount]:
    return [account for account in accounts if account.id in ids]


def _shown(arm: UUID, by_entity: Mapping[UUID, InsightsRow], shown: AskedMetrics, currency: str) -> ShownArm:
    row = by_entity.get(arm)
    return ShownArm(arm, row.metrics if row is not None else metrics_of_nothing(shown, currency))


def _table(
    arms: Sequence[UUID], rows: Sequence[InsightsRow], goal: Goal, days: Sequence[date], *, least: Decimal | None
) -> ArmTable:
    places, columns = ({each: place for place, each in enumerate(of)} for of in (arms, days))
    outcomes, exposures, events = (np.full((len(arms), len(days)), np.nan) for _ in range(3))
    spent = dict.fromkeys(arms, Decimal(0))
    for row in rows:
        if row.start in columns and row.entity_id is not None:
            place = (places[row.entity_id], columns[row.start])
            for table, metric in ((outcomes, goal.outcomes), (exposures, goal.exposures), (events, goal.events)):
                _put(table, place, row.metrics, metric)
            spent[row.entity_id] += getattr(row.metrics, METRICS[Metric.SPEND].attribute) or 0
    has_spend = np.array([least is None or spent[arm] >= least for arm in arms], dtype=bool)
    return ArmTable(outcomes, exposures, events, has_spend)


def _put(table: Numbers, place: tuple[int, int], metrics: MetricSet, metric: Metric) -> None:
    """A number that the platform did not tell stays one that is not known."""
    value = getattr(metrics, METRICS[metric].attribute)
    if value is not None:
        table[place] = float(value)


async def _prior(
    session: ReadSession, accounts: set[UUID], counted: CountedDays, goal: Goal, *, currency: str | None
) -> Prior | None:
    """What the accounts' ads were like in the 90 days up to the last one that counts; None of too few."""
    if not accounts or not counted.days:
        return None
    last = counted.days[-1]
    days = DateRange(last - timedelta(days=_PRIOR_DAYS - 1), last)
    outcomes, exposures, events = (MEASURES[each].facts[0] for each in (goal.outcomes, goal.exposures, goal.events))
    spans = [AccountDays(tuple(sorted(accounts)), days)]
    found = await moments_of_ads(session, spans, CountedFacts(outcomes, exposures, events, currency))
    return prior_of([each.log_rate for each in found], [each.variance for each in found])
