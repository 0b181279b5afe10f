"""Reads the numbers of a chart: the groups that it has room for, and their rows; draws nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from analytics.enums import EntityLevel, SortOrder, TimeGrain
from analytics.periods import count_periods
from errors import BadInput, QueryTooComplex
from models.ads.tag_filter import TagMatch
from models.database import ReadSession
from models.insights.filter import BreakdownMatch, InsightsFilter
from models.insights.groups_shown import InsightsRow
from models.insights.metric_values import NOTHING
from models.insights.question import RowKey, SortKey
from models.insights.rows import PageAsked, ShownMetrics, count_groups, load_rows
from models.keyset import Window
from models.text_match import TextMatch
from services.insights.charts.question import ChartQuestion
from services.insights.charts.room import fewest_pixels, most_groups
from services.insights.currencies import check_one_currency
from services.insights.questions import Insights, check_points, prepare
from services.insights.request import InsightsRequest

# Rows that are read for one picture: 8 groups of 400 periods are fewer.
_MOST_ROWS = 10_000
GroupKey = tuple[UUID | None, tuple[str, ...], tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class ChartNumbers:
    """The groups in the order in which they are shown, their rows, and how many more groups there are.

    Among the rows may be some of other groups, which no filter could leave out.
    """

    insights: Insights
    groups: tuple[GroupKey, ...]
    rows: Sequence[InsightsRow]
    others: int


def key_of(row: InsightsRow) -> GroupKey:
    """What all rows of a group have in common, whatever their period."""
    return row.entity_id, tuple(row.parts), tuple(tag.value for tag in row.tags)


async def checked(session: ReadSession, asked: ChartQuestion, *, now: datetime) -> Insights:
    """The question as it will be answered; raises BadInput, MixedCurrency, NotFound and QueryTooComplex."""
    return await _prepared(session, asked, replace(asked.request, sort=()), now)


async def load_numbers(session: ReadSession, asked: ChartQuestion, *, now: datetime) -> ChartNumbers:
    """The numbers of a chart, all of one moment; raises what `checked` does."""
    if not asked.has_groups:
        insights = await checked(session, asked, now=now)
        rows = await _rows(session, asked, insights, _MOST_ROWS)
        return ChartNumbers(insights, ((None, (), ()),), rows, 0)
    if not asked.has_periods:
        insights = await _prepared(session, asked, replace(asked.request, sort=_order(asked)), now)
        rows = await _rows(session, asked, insights, most := most_groups(asked, 1) + 1)
        others = await _others(session, insights, len(rows), most)
        rows = rows[: most - 1]
        return ChartNumbers(insights, tuple(map(key_of, rows)), rows, others)
    return await _by_period(session, asked, now)


async def _by_period(session: ReadSession, asked: ChartQuestion, now: datetime) -> ChartNumbers:
    """The groups that come first over the whole range, and all their periods.

    A condition on metrics is about single periods: what it means over the whole range, nobody has asked. What the range
    is compared with stays, since a group may have had numbers only then.
    """
    order = _order(asked)
    ranking = replace(
        asked.request,
        grain=TimeGrain.NONE,
        having=None,
        sort=order,
    )
    ranked = await _prepared(session, asked, ranking, now)
    most = most_groups(asked, count_periods(ranked.question.days, asked.request.grain))
    found = await load_rows(session, ranked.question, ShownMetrics(), _page(ranked, most + 1))
    # Nothing filters by the creative that is not known, so its ads are told among the others.
    known = [row for row in found.rows if row.entity_id is not None or row.level is EntityLevel.TENANT]
    shown = known[:most]
    others = await _others(session, ranked, len(found.rows), most + 1)
    others = max(others, len(found.rows) - len(shown))
    narrowed = _narrowed(replace(asked.request, sort=()), shown)
    insights = await _prepared(session, asked, narrowed, now)
    groups = tuple(map(key_of, shown))
    return ChartNumbers(insights, groups, await _rows(session, asked, insights, _MOST_ROWS), others)


def _order(asked: ChartQuestion) -> tuple[SortKey, ...]:
    """The order of the groups: that of the question without periods, else the most of the first metric first."""
    own = tuple(key for key in asked.request.sort if key.by is not RowKey.PERIOD)
    return own or (SortKey(asked.measures[0], SortOrder.DESC),)


async def _prepared(session: ReadSession, asked: ChartQuestion, request: InsightsRequest, now: datetime) -> Insights:
    insights = await prepare(session, request, now=now, has_meta=True)
    check_points(insights.question.days, request.grain)
    if request.grain is not TimeGrain.NONE:
        _check_room(asked, count_periods(insights.question.days, request.grain))
    if request.currency is None and any(each.is_in_currency for each in asked.measures):
        # One axis has one currency, also where no row has several.
        await check_one_currency(session, request, insights.question, insights.stored)
    return insights


def _check_room(asked: ChartQuestion, periods: int) -> None:
    needed, given, side = fewest_pixels(asked, periods)
    if given < needed:
        raise BadInput(
            f"{periods} periods as {asked.kind.lower()}s need a chart that is {needed:,} pixels {side}, and this one is"
            f" {given:,}: choose LINE, longer periods or a larger size."
        )


async def _rows(session: ReadSession, asked: ChartQuestion, insights: Insights, most: int) -> Sequence[InsightsRow]:
    shown = insights.shown
    both = ShownMetrics(shown, shown if asked.is_compared else NOTHING)
    page = await load_rows(session, insights.question, both, _page(insights, most))
    if most == _MOST_ROWS and page.has_next:
        raise QueryTooComplex(f"A chart is drawn of at most {_MOST_ROWS:,} rows: ask for longer periods, or by less.")
    return page.rows


def _page(insights: Insights, most: int) -> PageAsked:
    return PageAsked(Window(most), insights.sort, insights.version)


async def _others(session: ReadSession, insights: Insights, found: int, most: int) -> int:
    """How many groups there are besides those shown; only where there are more than fit are they counted."""
    return await count_groups(session, insights.question) - (most - 1) if found == most else 0


# The part of a filter that lists the ids of a level.
_IDS = {
    EntityLevel.CAMPAIGN: "campaign_ids",
    EntityLevel.AD_SET: "ad_set_ids",
    EntityLevel.AD: "ad_ids",
    EntityLevel.CREATIVE: "creative_ids",
}


def _narrowed(request: InsightsRequest, shown: Sequence[InsightsRow]) -> InsightsRequest:
    """The request for these groups, and for as few others as a filter can leave out."""
    ids = tuple(dict.fromkeys(row.entity_id for row in shown if row.entity_id is not None))
    if request.level is EntityLevel.AD_ACCOUNT:
        return replace(request, ad_account_ids=ids)
    wanted = request.wanted or InsightsFilter()
    if request.level in _IDS:
        only: Any = {_IDS[request.level]: ids}
        return replace(request, wanted=replace(wanted, **only))
    if request.tags and not request.breakdowns:
        found = {row.tags[0].value for row in shown}
        return replace(request, wanted=InsightsFilter(all_of=(wanted, _tagged(request.tags[0], found))))
    values = tuple(dict.fromkeys(row.parts[0] for row in shown if row.parts))
    if not values or not all(values) or wanted.breakdown is not None:
        return request
    match = BreakdownMatch(shown[0].of.breakdowns[0], TextMatch(any_of=values))
    return replace(request, wanted=replace(wanted, breakdown=match))


def _tagged(field: str, values: Collection[str | None]) -> InsightsFilter:
    """The ads that have one of the values, or none where that is among them."""
    told = TextMatch(any_of=tuple(sorted(value for value in values if value is not None)))
    matches = (told, TextMatch(is_null=True)) if None in values else (told,)
    return InsightsFilter(any_of=tuple(InsightsFilter(tag=TagMatch(field, match)) for match in matches))
