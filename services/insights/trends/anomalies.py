"""Anomalies: days of accounts or campaigns that stand out; how they are judged is in analytics/trends."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from analytics.enums import EntityLevel, Metric
from analytics.metrics.catalogue import MEASURES
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.measure import Measure
from analytics.periods import AskedRange, DateRange
from analytics.trends.anomalies import STANDS_OUT, judged, kind_of
from analytics.trends.daily_values import daily_values
from analytics.trends.expectation import Floats
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from models.ads.ad_account import AdAccount
from models.database import Database, ReadSession
from models.insights.by_day.daily_facts import DailyFacts, daily_facts, largest_campaigns
from models.insights.by_day.known_days import known_days
from models.insights.by_day.ranked_pages import RankedPage, Ranking, ranked_page
from models.keyset import Window
from services.insights.questions import entity_days, load_accounts
from services.insights.trends.looked_at import KnownDays, check_amount, series_of, spans_of, yesterday_of

# Those that tell most of what can happen to an account. Each more finds more by chance too.
DEFAULT_METRICS = (
    Metric.SPEND,
    Metric.IMPRESSIONS,
    Metric.CPM,
    Metric.CTR_LINK,
    Metric.PURCHASES,
    Metric.CPA_PURCHASE,
    Metric.ROAS,
)
MOST_METRICS = 20
MOST_DAYS = 92
MOST_CAMPAIGNS = 50
# Days before the first judged one: eight weeks that are learnt from, and four in which that is tried out.
_HISTORY = timedelta(days=84)
# A day's conversions come in for days; as many days old it has most of them.
_CONVERSIONS_AFTER_DAYS = 3
_MOST_VALUES = 1_000_000
# More of an expectation would be noise, and differ from processor to processor.
_DIGITS = 6
_LEVELS = (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class AnomalyRequest:
    """What a client asks for; the metrics are told apart by their order alone."""

    days: AskedRange
    ad_account_ids: tuple[UUID, ...] | None = None
    metrics: tuple[Metric, ...] = DEFAULT_METRICS
    level: EntityLevel = EntityLevel.AD_ACCOUNT


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day that stands out: `score` is by how many robust standard deviations, above 0 for more than expected."""

    level: EntityLevel
    entity_id: UUID
    day: date
    metric: Metric
    value: float
    expected: float
    score: float


@dataclass(frozen=True, slots=True)
class _Looked:
    """An account: the days that are judged, and the last of them for conversions."""

    judged: DateRange
    converted_through: date
    known: KnownDays


async def anomalies(
    db: Database, viewer: Viewer, asked: AnomalyRequest, window: Window, *, now: datetime
) -> RankedPage[Anomaly]:
    """A page of the days that stand out, the newest first, those that stand out the most before others; needs READ.

    Raises NotFound for accounts that are not the tenant's, BadInput, QueryTooComplex.
    """
    require(viewer, Permission.READ)
    _check(asked)
    async with db.read(viewer, is_snapshot=True) as session:
        accounts = await load_accounts(session, asked.ad_account_ids)
        ranges = _judged(accounts, asked, now)
        read = {account_id: DateRange(days.start - _HISTORY, days.end) for account_id, days in ranges.items()}
        known = await known_days(session, spans_of(read)) if read else {}
        facts = await _facts(session, asked, read) if known and asked.metrics else []
    ends = {account.id: yesterday_of(account, now) for account in accounts}
    looked = {
        account_id: _Looked(days, ends[account_id] - timedelta(days=_CONVERSIONS_AFTER_DAYS - 1), known[account_id])
        for account_id, days in ranges.items()
        if account_id in known
    }
    # Of thousands of series this takes seconds, in which the loop answers others.
    found = await asyncio.to_thread(_found, asked, facts, looked)
    question = ("anomalies", asked.level, asked.metrics, asked.ad_account_ids)
    return ranked_page(found, Ranking(question, _place, (int, float, UUID, str)), window)


def _place(found: Anomaly) -> tuple[int, float, UUID, str]:
    return -found.day.toordinal(), -abs(found.score), found.entity_id, found.metric.value


def _check(asked: AnomalyRequest) -> None:
    if asked.level not in _LEVELS:
        raise BadInput("Days are judged of ad accounts and of campaigns: choose AD_ACCOUNT or CAMPAIGN.")
    if len(asked.metrics) > MOST_METRICS:
        raise BadInput(f"At most {MOST_METRICS} metrics are judged at once, not {len(asked.metrics)}.")


def _judged(accounts: Sequence[AdAccount], asked: AnomalyRequest, now: datetime) -> dict[UUID, DateRange]:
    """The days of the range that are over, by account; those of an account without any are left out."""
    found = {}
    for account in accounts:
        days = entity_days(account, asked.days, now)
        if days.days > MOST_DAYS:
            raise BadInput(f"At most {MOST_DAYS} days are judged at once, not {days.days}.")
        end = min(days.end, yesterday_of(account, now))
        if end >= days.start:
            found[account.id] = DateRange(days.start, end)
    return found


async def _facts(session: ReadSession, asked: AnomalyRequest, read: Mapping[UUID, DateRange]) -> list[DailyFacts]:
    spans, campaigns = spans_of(read), None
    if asked.level is EntityLevel.CAMPAIGN:
        campaigns = await largest_campaigns(session, spans, MOST_CAMPAIGNS)
    entities = len(read) if campaigns is None else len(campaigns)
    check_amount(entities * max(days.days for days in read.values()) * len(asked.metrics), _MOST_VALUES)
    names = dict.fromkeys(name for metric in asked.metrics for name in MEASURES[metric].facts)
    return await daily_facts(session, spans, asked.level, tuple(names), campaign_ids=campaigns)


def _found(asked: AnomalyRequest, facts: Sequence[DailyFacts], looked: Mapping[UUID, _Looked]) -> list[Anomaly]:
    own = [each for each in facts if each.ad_account_id in looked]
    metrics = tuple(dict.fromkeys(asked.metrics))
    if not own or not metrics:
        return []
    ranges = [each.judged for each in looked.values()]
    days = DateRange(min(each.start for each in ranges) - _HISTORY, max(each.end for each in ranges))
    measures = [MEASURES[metric] for metric in metrics]
    values = np.array(
        [row for each in own for row in _rows(each, looked[each.ad_account_id], days, measures, asked.level)]
    )
    expectations = judged(values, np.tile(np.array([kind_of(each) for each in measures]), len(own)))
    found = []
    for row, column in np.argwhere(np.abs(expectations.score) > STANDS_OUT).tolist():
        entity, day = own[row // len(metrics)], days.start + timedelta(days=column)
        if entity.entity_id is None or day not in looked[entity.ad_account_id].judged:
            continue
        expected = float(f"{expectations.expected[row, column]:.{_DIGITS}g}")
        score = round(float(expectations.score[row, column]), _DIGITS)
        metric, value = metrics[row % len(metrics)], float(values[row, column])
        found.append(Anomaly(asked.level, entity.entity_id, day, metric, value, expected, score))
    return found


def _rows(
    facts: DailyFacts, looked: _Looked, days: DateRange, measures: Sequence[Measure], level: EntityLevel
) -> Iterator[Floats]:
    """The values of each measure on each of `days`; nan where they are neither judged nor learnt from."""
    arrays = series_of(facts, days, looked.known)
    if level is EntityLevel.AD_ACCOUNT:
        # A day on which no ad of the account delivered has no row, and is one of nothing. A campaign that does not
        # deliver was mostly stopped by somebody.
        idle = [(day - days.start).days for day, rows in looked.known.items() if not rows]
        for series in arrays.values():
            series[idle] = 0.0
    is_foreign = _is_foreign(facts, days)
    for measure in measures:
        values = daily_values(measure.expression, arrays)
        if measure.is_in_currency:
            values[is_foreign] = np.nan
        if any(FACTS_BY_NAME[name].is_windowed for name in measure.facts):
            values[(looked.converted_through - days.start).days + 1 :] = np.nan
        yield values


def _is_foreign(facts: DailyFacts, days: DateRange) -> npt.NDArray[np.bool_]:
    """Whether a day's money is in another currency than that of the last day: amounts before a change of currency."""
    is_foreign = np.zeros(days.days, dtype=np.bool_)
    last = max(zip(facts.days, facts.currencies, strict=True))[1]
    is_foreign[
        [(day - days.start).days for day, each in zip(facts.days, facts.currencies, strict=True) if each != last]
    ] = True
    return is_foreign
