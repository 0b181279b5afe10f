"""Questions for insights: which accounts and days a question means, what it must not mix, how its parts are read."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from analytics.comparison import ComparedDays, Comparison, compared_days
from analytics.enums import EntityLevel, TimeGrain
from analytics.metrics.facts import FACTS_BY_NAME
from analytics.metrics.formula import text
from analytics.metrics.measure import Measure
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
from errors import BadInput, NotFound
from models.ads.ad_account import AdAccount
from models.database import ReadSession
from models.insights.accounts import accounts_for_insights, count_entities
from models.insights.days import StoredDays, stored_days
from models.insights.filter import check_filter
from models.insights.having import check_having
from models.insights.metric_values import AskedMetrics
from models.insights.question import AccountDays, InsightsQuestion, RowKey, SortKey
from models.insights.rows import MOST_GROUPS, check_size, count_groups
from services.insights.currencies import check_one_currency, converted, load_currency, needs_one_currency
from services.insights.months import with_months
from services.insights.parts import choose_sets, in_order
from services.insights.request import InsightsRequest
from services.insights.tags import check_tags, with_tags

# Points of a series: a year of days fits.
MOST_POINTS = 400
# The time zone in which a new day begins first on Earth, UTC+14: a tenant without accounts may ask for that day.
EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Insights:
    """A question that was checked, its accounts, and what is stored of their days if that was asked."""

    question: InsightsQuestion
    sort: tuple[SortKey, ...]
    shown: AskedMetrics
    accounts: Sequence[AdAccount]
    stored: Mapping[UUID, StoredDays]
    # Those that are shown, sorted by or compared, by key.
    customs: Sequence[Measure]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those that are shown, that rows are sorted by, and that groups are left out by; each once."""
        by = [key.by for key in self.sort if isinstance(key.by, Measure)]
        having = self.question.having
        return tuple(dict.fromkeys((*self.shown.measures, *by, *(having.measures if having is not None else ()))))

    @property
    def data_version(self) -> str:
        """A text that is another one after every stored change of the accounts, for other formulas and other rates."""
        versions = sorted(f"{account.id}:{account.data_version}" for account in self.accounts)
        versions += [f"{each.key}:{each.unit}:{text(each.expression, {})}" for each in self.customs]
        conversion = self.question.conversion
        versions += [conversion.rates_version] if conversion is not None and conversion.is_needed else []
        return _hashed(",".join(versions))

    @property
    def version(self) -> str:
        """A text that is another one when the answer may be: after a stored change, and when a preset means new days.

        Cursors hold it.
        """
        question = self.question
        return _hashed(f"{self.data_version}/{question.days}/{question.compared_days}")


async def prepare(session: ReadSession, request: InsightsRequest, *, now: datetime, has_meta: bool) -> Insights:
    """Checks a question and fixes its accounts, days and currency; `has_meta`: its answer will be described.

    Raises NotFound for accounts that are not the tenant's, MixedCurrency, BadInput, QueryTooComplex.
    """
    _check(request)
    compared = request.wanted.breakdowns if request.wanted is not None else ()
    breakdowns = in_order(request.breakdowns, compared=compared) if request.breakdowns or compared else ()
    accounts = await load_accounts(session, request.ad_account_ids)
    spans, comparison = _compared(spans_of(accounts, request.days, now), request)
    question = InsightsQuestion(
        spans=spans,
        currency=request.currency or await load_currency(session, accounts),
        level=request.level,
        grain=request.grain,
        breakdowns=breakdowns,
        wanted=request.wanted,
        having=request.having,
        tags=request.tags,
        comparison=comparison,
        fills_gaps=request.fills_gaps,
        attribution=request.attribution,
    )
    _check_people(request, question)
    question = await converted(session, request, await with_tags(session, question))
    question = await with_months(session, question)
    adds_money = request.currency is None and needs_one_currency(request)
    needs_rows = _needs_stored_rows(question)
    # One statement says all that is known of the days, for the checks and for the description.
    stored: Mapping[UUID, StoredDays] = {}
    if needed := question.needed_breakdowns:
        spans, stored = await choose_sets(session, spans, needed, columns=_columns(request))
        question = replace(question, spans=spans)
    elif adds_money or needs_rows or has_meta:
        stored = await stored_days(session, spans)
    if adds_money:
        await check_one_currency(session, request, question, stored)
    await _check_size(session, question, sum(days.rows for days in stored.values()))
    return Insights(question, request.sort, request.shown, accounts, stored, request.customs)


def _columns(request: InsightsRequest) -> set[str]:
    """The stored columns of all facts that the answer is computed from."""
    facts = request.shown.facts(request.compared)
    return {FACTS_BY_NAME[name].column(request.attribution) for name in facts}


def entity_days(account: AdAccount, asked: AskedRange, now: datetime) -> DateRange:
    """The days that a range means for one account; raises BadInput."""
    return resolved_days(asked, local_day(now, account.time_zone))


def check_points(days: DateRange, grain: TimeGrain) -> None:
    """Raises BadInput for a series of more points than a chart can show."""
    points = count_periods(days, grain)
    if points > MOST_POINTS:
        raise BadInput(
            f"A series has at most {MOST_POINTS} points, not {points}: choose longer periods or a shorter range."
        )


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check(request: InsightsRequest) -> None:
    if request.wanted is not None:
        check_filter(request.wanted, request.level)
    if request.having is not None:
        check_having(request.having)
    check_tags(request.tags)
    if request.level is EntityLevel.TENANT and any(key.by is RowKey.NAME for key in request.sort):
        raise BadInput("Rows about the whole tenant have no names to sort by: group by AD_ACCOUNT or below.")
    if request.compare_to is None and any(key.is_change for key in request.sort):
        raise BadInput("There is no change to sort by: the question compares with nothing.")
    if request.fills_gaps and request.grain is TimeGrain.NONE:
        raise BadInput("Only a question by periods can have rows for empty ones: choose a grain.")


def _check_people(request: InsightsRequest, question: InsightsQuestion) -> None:
    """Raises BadInput for a condition on people where none can be stored, which would hold for no row."""
    if request.having is None or question.has_people:
        return
    people = [measure.key for measure in request.having.measures if measure.needs_people]
    if people:
        raise BadInput(
            f"A condition on {', '.join(people)} holds for no row: people are not known for such groups."
            " They are for campaigns and accounts, and for ads by day, without a filter on what lies below."
        )


def _compared(
    spans: tuple[AccountDays, ...], request: InsightsRequest
) -> tuple[tuple[AccountDays, ...], Comparison | None]:
    """The spans with the days that they are compared with."""
    if request.compare_to is None:
        return spans, None
    needs_pairs = request.grain is not TimeGrain.NONE
    found = [compared_days(request.compare_to, span.days, needs_pairs=needs_pairs) for span in spans]
    for fault in found:
        if isinstance(fault, RangeFault):
            raise BadInput(fault.message)
    pairs = [each for each in found if isinstance(each, ComparedDays)]
    with_compared = tuple(replace(span, compared=each.days) for span, each in zip(spans, pairs, strict=True))
    return with_compared, pairs[0].comparison


def _lowest_level(question: InsightsQuestion) -> EntityLevel:
    """The level by which rows are parted at most: an ad has one value in each field of tags."""
    return EntityLevel.AD if question.tags else question.level


def _needs_stored_rows(question: InsightsQuestion) -> bool:
    """Whether stored rows bound the number of groups: without breakdowns, above campaigns, accounts and periods do."""
    is_above = _lowest_level(question) in (EntityLevel.TENANT, EntityLevel.AD_ACCOUNT)
    return bool(question.breakdowns) or (not is_above and count_periods(question.days, question.grain) > 1)


async def _check_size(session: ReadSession, question: InsightsQuestion, rows: int) -> None:
    """Raises QueryTooComplex for more groups than can be sorted in reasonable time.

    There are at most as many groups as stored `rows`, and at most as many as entities times periods. Where empty
    periods have rows too, only the second holds. How many values breakdowns have is known by looking alone.
    """
    periods = count_periods(question.days, question.grain)
    if question.breakdowns:
        if rows * (periods if question.fills_gaps else 1) > MOST_GROUPS:
            whole = replace(question, grain=TimeGrain.NONE, fills_gaps=False, having=None, comparison=None)
            groups = await count_groups(session, whole) * periods
            check_size(groups if question.fills_gaps else min(rows, groups))
    elif not _needs_stored_rows(question):
        check_size(periods * max(1, len(question.ad_account_ids)))
    elif question.fills_gaps or rows > MOST_GROUPS:
        entities = await count_entities(session, _lowest_level(question), question.ad_account_ids)
        check_size(entities * periods if question.fills_gaps else min(rows, entities * periods))


async def load_accounts(session: ReadSession, ids: tuple[UUID, ...] | None) -> Sequence[AdAccount]:
    """The accounts of a question; raises NotFound for one that is not the tenant's."""
    found = await accounts_for_insights(session, ids)
    if ids is not None and len(found) < len(set(ids)):
        raise NotFound("One of the ad accounts that were asked for does not exist in this tenant.")
    return found


def resolved_days(asked: AskedRange, today: date) -> DateRange:
    """The days that a range means on the day `today`; raises BadInput."""
    days = resolve_range(asked, today)
    if isinstance(days, RangeFault):
        raise BadInput(days.message)
    if days.start < FIRST_DAY or days.end > LAST_DAY:
        raise BadInput(f"The range must lie between {FIRST_DAY} and {LAST_DAY}, not from {days.start} to {days.end}.")
    return days


def spans_of(accounts: Sequence[AdAccount], asked: AskedRange, now: datetime) -> tuple[AccountDays, ...]:
    """The accounts grouped by the days that the range means for them: "yesterday" differs between time zones.

    Raises BadInput.
    """
    latest = (now + EARLIEST_ZONE).date() if not accounts else max(local_day(now, each.time_zone) for each in accounts)
    if isinstance(asked, AskedDays) or not accounts:
        return (AccountDays(tuple(account.id for account in accounts), resolved_days(asked, latest)),)
    by_days: dict[DateRange, list[UUID]] = defaultdict(list)
    for account in accounts:
        by_days[entity_days(account, asked, now)].append(account.id)
    return tuple(AccountDays(tuple(ids), days) for days, ids in sorted(by_days.items()))
