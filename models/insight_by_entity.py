"""Metrics and series of many entities at once, each with its own ranges: one statement per level and grain."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine, Uuid

from analytics.enums import AttributionWindow, EntityLevel, TimeGrain
from analytics.facts import FACTS_BY_NAME
from analytics.periods import DateRange, period_of
from models.database import ReadSession
from models.insight_columns import explaining, is_any, metric_columns, read_values, with_people, without_people
from models.insight_question import InsightsPoint
from models.insight_source import period_start, source_of
from models.metric_values import MetricSelection, MetricValues


@dataclass(frozen=True, slots=True)
class EntityDays:
    """One field `metrics` or `series` of one entity."""

    level: EntityLevel
    ad_account_id: UUID
    entity_id: UUID
    days: DateRange
    currency: str
    selection: MetricSelection
    grain: TimeGrain = TimeGrain.NONE
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT


# An account's days: a key's range is asked once, however many entities ask for it.
Span = tuple[UUID, date, date]
_Place = tuple[int, UUID]


async def points_by_entity(session: ReadSession, keys: Sequence[EntityDays]) -> list[list[InsightsPoint]]:
    """Per key the periods that have rows, in order; without a grain there is always exactly one."""
    found: dict[EntityDays, list[InsightsPoint]] = {}
    alike: dict[tuple[Any, ...], list[EntityDays]] = defaultdict(list)
    for key in keys:
        alike[(key.level, key.grain, key.attribution, _has_people(key))].append(key)
    for group in alike.values():
        found |= await _load(session, group)
    return [found[key] for key in keys]


async def _load(session: ReadSession, keys: Sequence[EntityDays]) -> dict[EntityDays, list[InsightsPoint]]:
    """`keys` agree in level, grain, attribution and whether people are stored for them."""
    spans = list(dict.fromkeys(_span(key) for key in keys))
    selection = reduce(MetricSelection.union, (key.selection for key in keys))
    query = _query(keys, spans, selection)
    rows: dict[_Place, list[Any]] = defaultdict(list)
    for row in await (await session.connection()).execute(query):
        rows[(row[0], row[1])].append(row)
    numbers = {span: number for number, span in enumerate(spans)}
    return {key: _points(key, rows.get((numbers[_span(key)], key.entity_id), ()), selection) for key in keys}


def _span(key: EntityDays) -> Span:
    return key.ad_account_id, key.days.start, key.days.end


def _points(key: EntityDays, rows: Iterable[Any], selection: MetricSelection) -> list[InsightsPoint]:
    is_whole = key.grain is TimeGrain.NONE
    has_people = _has_people(key)
    points = [
        InsightsPoint(
            key.days if is_whole else period_of(row[2], key.grain, key.days),
            read_values(selection, row[3:], key.currency, has_people=has_people),
        )
        for row in rows
    ]
    if is_whole and not points:
        names = [definition.attribute for definition in selection.definitions]
        sums = dict.fromkeys(selection.explained_facts(has_people=has_people))
        return [InsightsPoint(key.days, MetricValues(key.currency, names, [None] * len(names), sums))]
    return points


def _query(keys: Sequence[EntityDays], spans: Sequence[Span], selection: MetricSelection) -> Select[Any]:
    """Every entity over every span of its account; combinations that nobody asked for are left lying."""
    key = keys[0]
    given = _given(spans)
    source = source_of(key.level)
    facts = source.facts
    start, first, last = given.c.first, given.c.first, given.c.last
    if key.grain is not TimeGrain.NONE:
        start = first = last = period_start(facts.c.day, key.grain)
    within = and_(facts.c.ad_account_id == given.c.ad_account_id, facts.c.day.between(given.c.first, given.c.last))
    sums = (func.sum(facts.c[FACTS_BY_NAME[name].column(key.attribution)]).label(name) for name in selection.facts())
    groups = (
        select(
            given.c.number,
            source.entity_id.label("entity_id"),
            start.label("period_start"),
            facts.c.tenant_id,
            facts.c.ad_account_id,
            first.label("first_day"),
            last.label("last_day"),
            *sums,
        )
        .select_from(source.tables.join(given, within))
        .where(is_any(source.entity_id, list(dict.fromkeys(key.entity_id for key in keys))))
        .group_by(given.c.number, source.entity_id, start, first, last, facts.c.tenant_id, facts.c.ad_account_id)
        .subquery("groups")
    )
    return _outer(groups, key, selection, has_people=_has_people(key))


def _has_people(key: EntityDays) -> bool:
    """Deduplicated people are stored per ad and day, so a range of one day has them too."""
    is_daily = key.grain is TimeGrain.DAY or (key.grain is TimeGrain.NONE and key.days.days == 1)
    return key.level is EntityLevel.AD and is_daily


def _outer(groups: Subquery, key: EntityDays, selection: MetricSelection, *, has_people: bool) -> Select[Any]:
    tables: FromClause = groups
    fact = without_people(groups)
    if selection.needs_people and has_people:
        tables, fact = with_people(groups, key.level)
    return (
        select(
            groups.c.number,
            groups.c.entity_id,
            groups.c.period_start,
            *metric_columns(selection, fact),
            *explaining(selection, fact, has_people=has_people),
        )
        .select_from(tables)
        .order_by(groups.c.number, groups.c.entity_id, groups.c.period_start)
    )


def _given(spans: Sequence[Span]) -> Any:
    """The spans as a table, in arrays: the statement is the same for every number of them."""
    accounts, firsts, lasts = zip(*spans, strict=True)
    columns: dict[str, tuple[TypeEngine[Any], list[Any]]] = {
        "number": (Integer(), list(range(len(spans)))),
        "ad_account_id": (Uuid(), list(accounts)),
        "first": (Date(), list(firsts)),
        "last": (Date(), list(lasts)),
    }
    arrays: list[Any] = [literal(values, ARRAY(kind)) for kind, values in columns.values()]
    table = func.unnest(*arrays).table_valued(*(column(name, kind) for name, (kind, _) in columns.items()))
    return table.render_derived(name="given")
