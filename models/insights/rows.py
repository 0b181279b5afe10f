"""Answers questions about insights: pages of rows, totals, the number of rows; ratios are computed after summing."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    Uuid,
    func,
    literal,
    select,
)

from analytics.enums import EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import DateRange, count_periods, period_of
from errors import QueryTooComplex
from models.columns import is_any
from models.database import ReadSession
from models.insights.columns import (
    action_sums,
    answer_columns,
    currency_of_group,
    fact_sums,
    values_reader,
    with_people,
    without_people,
)
from models.insights.cursor import SortColumn, after, decode_cursor, encode_cursor
from models.insights.filter import condition
from models.insights.metric_sql import FactColumn, metric_column
from models.insights.metric_values import AskedMetrics, MetricSet
from models.insights.question import InsightsQuestion, InsightsRow, RowKey, SortKey, signature
from models.insights.source import ENTITY_TABLES, NO_ENTITY, Source, joined_entity, period_start, source_of
from models.insights.spans import period_in, within
from models.insights.statement import TENANT, answer
from models.keyset import KeysetPage, Window

# The most groups that a question may have: each is a row that Postgres has to sort.
MOST_GROUPS = 1_000_000


async def load_rows(
    session: ReadSession,
    question: InsightsQuestion,
    asked: AskedMetrics,
    *,
    sort: tuple[SortKey, ...] = (),
    window: Window,
) -> KeysetPage[InsightsRow]:
    """One page of rows; raises BadInput for a cursor of another question.

    Nulls come last in each sort key. Rows that are equal in all of them are in order of period, then of entity.
    """
    query, order = _rows(question, asked, sort)
    mark = signature(question, sort)
    if window.after is not None:
        query = query.where(after(order, decode_cursor(window.after, mark, order)))
    query = query.order_by(*(column.ordering for column in order)).limit(window.first + 1)
    found = (await answer(session, query)).all()
    read = _row_reader(question, asked)
    kept = found[: window.first]
    # The last columns of a row are the values that it was sorted by: they make its cursor.
    return KeysetPage(
        rows=[read(row) for row in kept],
        cursors=[encode_cursor(mark, row[-len(order) :]) for row in kept],
        has_next=len(found) > window.first,
        has_previous=window.after is not None,
    )


async def load_totals(session: ReadSession, question: InsightsQuestion, asked: AskedMetrics) -> MetricSet:
    """The metrics of all rows together; deduplicated people are null, because they cannot be summed."""
    sums = _sums(question, asked, source=_source(question, asked)).subquery("sums")
    fact = without_people(sums, question.attribution)
    query = select(*answer_columns(asked, fact, sums, question.attribution, has_people=False))
    row = (await answer(session, query.select_from(sums))).one()
    return values_reader(asked, has_people=False)(row, question.currency)


async def count_groups(session: ReadSession, question: InsightsQuestion) -> int:
    """How many rows the question has."""
    groups = _grouped(question, AskedMetrics(frozenset())).subquery("groups")
    query = select(func.count()).select_from(groups)
    return int((await answer(session, query)).scalar_one())


async def check_size(session: ReadSession, question: InsightsQuestion) -> None:
    """Raises QueryTooComplex for a question of more groups than can be sorted in reasonable time.

    It multiplies entities by periods, which the number of groups cannot exceed; with a single period it counts nothing.
    """
    periods = count_periods(question.days, question.grain)
    entities = 1
    if periods > 1 and question.level in ENTITY_TABLES:
        entity = ENTITY_TABLES[question.level]
        account = entity.c.id if question.level is EntityLevel.AD_ACCOUNT else entity.c.ad_account_id
        wanted = (entity.c.tenant_id == TENANT, is_any(account, question.ad_account_ids))
        query = select(func.count()).select_from(entity).where(*wanted)
        entities = int((await answer(session, query)).scalar_one())
    if entities * periods > MOST_GROUPS:
        raise QueryTooComplex(
            f"{entities} times {periods} periods are {entities * periods} rows, {MOST_GROUPS} at most can be asked for:"
            " choose a coarser grain, a shorter range or fewer ad accounts."
        )


def _rows(
    question: InsightsQuestion, asked: AskedMetrics, sort: tuple[SortKey, ...]
) -> tuple[Select[Any], list[SortColumn]]:
    by = [key.by for key in sort if isinstance(key.by, Metric)]
    groups = _grouped(question, asked, by).subquery("groups")
    needs_people = asked.needs_people or any(MEASURES[metric].needs_people for metric in by)
    tables: FromClause = groups
    fact = without_people(groups, question.attribution)
    # People are joined to the groups and not to the facts: a group has one row of people, however many facts it has.
    if needs_people and question.has_people:
        days = period_in(question, groups.c.period_start, account=groups.c.ad_account_id)
        tables, fact = with_people(groups, question.level, question.attribution, days=days)
    if any(key.by is RowKey.NAME for key in sort):
        tables = joined_entity(tables, groups.c.entity_id, question.level)
    # Period and entity come last, so that the order is total and a cursor names exactly one row.
    order = [*(_sort_column(key, groups, fact, question.level) for key in sort)]
    ties = [groups.c.period_start, groups.c.entity_id]
    order += [SortColumn(column) for column in ties]
    columns: list[Any] = [groups.c.ad_account_id, groups.c.entity_id, groups.c.period_start]
    columns += answer_columns(asked, fact, groups, question.attribution, has_people=question.has_people)
    sorted_by = [column.expression.label(f"sort_{index}") for index, column in enumerate(order)]
    return select(*columns, *sorted_by).select_from(tables), order


def _sort_column(key: SortKey, groups: Subquery, fact: FactColumn, level: EntityLevel) -> SortColumn:
    is_descending = key.order is SortOrder.DESC
    if isinstance(key.by, Metric):
        return SortColumn(metric_column(MEASURES[key.by], fact), is_descending)
    if key.by is RowKey.PERIOD:
        return SortColumn(groups.c.period_start, is_descending)
    return SortColumn(ENTITY_TABLES[level].c.name_key, is_descending)


def _source(question: InsightsQuestion, asked: AskedMetrics) -> Source:
    return source_of(question.level, question.wanted, needs_raw=bool(asked.actions))


def _grouped(question: InsightsQuestion, asked: AskedMetrics, sorted_by: Sequence[Metric] = ()) -> Select[Any]:
    """The sums of facts by entity and period; a group exists where at least one row is stored."""
    source = _source(question, asked)
    facts = source.facts
    is_tenant = question.level is EntityLevel.TENANT
    account = literal(NO_ENTITY, Uuid()) if is_tenant else facts.c.ad_account_id
    start: ColumnElement[Any] = (
        literal(None, Date()) if question.grain is TimeGrain.NONE else period_start(facts.c.day, question.grain)
    )
    # Constants, the account and entity of the tenant and the start without a grain, are the same in all rows.
    keys: list[Any] = [] if is_tenant else [account, source.entity_id]
    keys += [] if question.grain is TimeGrain.NONE else [start]
    labels: list[Any] = [
        account.label("ad_account_id"),
        source.entity_id.label("entity_id"),
        start.label("period_start"),
    ]
    query = _sums(question, asked, source=source, sorted_by=sorted_by).add_columns(*labels)
    # Sums without GROUP BY are always one row: HAVING leaves none where no row is stored.
    return query.group_by(*keys) if keys else query.having(func.count() > 0)


def _sums(
    question: InsightsQuestion, asked: AskedMetrics, *, source: Source, sorted_by: Sequence[Metric] = ()
) -> Select[Any]:
    """The sums of base facts over all rows that the question is about."""
    facts, tables = source.facts, source.tables
    entity = None
    if question.wanted is not None and question.wanted.needs_entity:
        tables = joined_entity(tables, source.entity_id, question.level)
        entity = ENTITY_TABLES[question.level]
    columns: list[Any] = [*fact_sums(asked, facts, question.attribution, sorted_by).values()]
    columns += [*action_sums(asked, facts, question.attribution), *currency_of_group(asked, facts)]
    # The count gives the select a column even if no metric is asked for, as in `count_groups`.
    query = select(*columns, func.count().label("stored_rows")).select_from(tables)
    query = query.where(within(question.spans, facts))
    return query if question.wanted is None else query.where(condition(question.wanted, facts, entity))


def _row_reader(question: InsightsQuestion, asked: AskedMetrics) -> Callable[[Sequence[Any]], InsightsRow]:
    days = {account: span.days for span in question.spans for account in span.ad_account_ids}
    whole = question.days
    values = values_reader(asked, has_people=question.has_people, level=question.level)

    def read(row: Sequence[Any]) -> InsightsRow:
        account, entity_id, start = row[:3]
        # Rows of the tenant belong to no single account: their periods are cut to the days of all spans.
        period = _period(start, question.grain, days.get(account, whole))
        entity = None if entity_id == NO_ENTITY else entity_id
        metrics = values(row[3:], question.currency)
        return InsightsRow(_row_key(question, entity, start), question.level, entity, period, metrics)

    return read


def _row_key(question: InsightsQuestion, entity_id: UUID | None, start: Any) -> str:
    """The key of a group: level, entity and start of its period. The range is not part of it: a preset's moves on
    overnight, and the group stays the same.
    """
    about = question.level.value if entity_id is None else f"{question.level}/{entity_id}"
    return about if start is None else f"{about}/{start}"


def _period(start: Any, grain: TimeGrain, within: DateRange) -> DateRange:
    return within if start is None else period_of(start, grain, within)
