"""The columns that answers about insights are made of, and how a row of them is read back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    Subquery,
    and_,
    case,
    cast,
    func,
    null,
    select,
)

from analytics.enums import AttributionWindow, EntityLevel, Metric
from analytics.metrics.facts import FACTS_BY_NAME, UNIQUE_COLUMNS, WINDOWS
from models.insights.metric_sql import FactColumn, metric_column
from models.insights.metric_values import ActionSums, AskedMetrics, MetricSet
from models.insights.tables import unique_insight

_RAW_LISTS = ("actions", "action_values")
_CURRENCY = "group_currency"


def fact_sums(
    asked: AskedMetrics, facts: FromClause, attribution: AttributionWindow, sorted_by: Iterable[Metric] = ()
) -> dict[str, ColumnElement[Any]]:
    """The sums of the additive facts that are asked for, by the columns that hold them in this attribution."""
    found: dict[str, ColumnElement[Any]] = {}
    for fact in (FACTS_BY_NAME[name] for name in asked.facts(sorted_by)):
        column = fact.column(attribution)
        total = func.sum(facts.c[column])
        found[column] = (_of_one_currency(total, facts) if fact.is_money else total).label(column)
    return found


def _of_one_currency(total: ColumnElement[Any], facts: FromClause) -> ColumnElement[Any]:
    """Money of several currencies has no sum; one account has several when its own was changed on the platform."""
    return case((func.min(facts.c.currency) == func.max(facts.c.currency), total))


def currency_of_group(asked: AskedMetrics, facts: FromClause) -> list[ColumnElement[Any]]:
    """The currency of a group's money where it is needed: empty where it has several, null where there are no rows."""
    if not asked.needs_currency:
        return []
    first, last = func.min(facts.c.currency), func.max(facts.c.currency)
    return [case((first.is_(None), null()), (first == last, first), else_="").label(_CURRENCY)]


# The first and the last day of a group, as columns.
Days = tuple[ColumnElement[Any], ColumnElement[Any]]


def with_people(
    groups: Subquery, level: EntityLevel, attribution: AttributionWindow, *, days: Days
) -> tuple[FromClause, FactColumn]:
    """Joins the people stored for exactly these days of each group."""
    people = unique_insight
    same = and_(
        people.c.tenant_id == groups.c.tenant_id,
        people.c.ad_account_id == groups.c.ad_account_id,
        people.c.level == level,
        people.c.period_start == days[0],
        people.c.period_end == days[1],
        people.c.entity_id == groups.c.entity_id,
    )
    summed = without_people(groups, attribution)
    tables = groups.join(people, same, isouter=True)
    return tables, lambda name: people.c[name] if name in UNIQUE_COLUMNS else summed(name)


def without_people(sums: Subquery, attribution: AttributionWindow) -> FactColumn:
    return lambda name: null() if name in UNIQUE_COLUMNS else sums.c[FACTS_BY_NAME[name].column(attribution)]


def metric_columns(asked: AskedMetrics, fact: FactColumn) -> list[ColumnElement[Any]]:
    return [metric_column(each, fact).label(f"metric_{each.attribute}") for each in asked.definitions]


def explaining(asked: AskedMetrics, fact: FactColumn, *, has_people: bool) -> list[ColumnElement[Any]]:
    """The facts behind the metrics, where they are asked for."""
    return [fact(name).label(f"fact_{name}") for name in asked.explained_facts(has_people=has_people)]


def action_sums(asked: AskedMetrics, facts: FromClause, attribution: AttributionWindow) -> Iterator[ColumnElement[Any]]:
    """Count and worth of each selected action type over the rows of a group, from the raw lists."""
    # The platform leaves a window out where it is zero; `value` always stands there.
    key = WINDOWS.get(attribution.value.lower(), "value")
    for number, action_type in enumerate(asked.action_types):
        for column in _RAW_LISTS:
            label = _action_label(column, number, attribution)
            entry = func.jsonb_array_elements(facts.c[column]).table_valued(name=f"entry_{label}")
            amount = cast(func.coalesce(func.jsonb_extract_path_text(entry.column, key), "0"), Numeric)
            is_type = func.jsonb_extract_path_text(entry.column, "action_type") == action_type
            of_row = select(func.sum(amount)).select_from(entry).where(is_type).scalar_subquery()
            total = func.sum(of_row)
            yield (_of_one_currency(total, facts) if column == "action_values" else total).label(label)


def _action_label(column: str, number: int, attribution: AttributionWindow) -> str:
    return f"{column}_{number}_{attribution.value.lower()}"


def action_columns(asked: AskedMetrics, sums: Subquery, attribution: AttributionWindow) -> Iterator[ColumnElement[Any]]:
    """What `action_sums` named, and the cost of one action."""
    for number, _ in enumerate(asked.action_types):
        count, value = (sums.c[_action_label(column, number, attribution)] for column in _RAW_LISTS)
        cost = func.round(sums.c.spend / func.nullif(count, 0), 6, type_=Numeric())
        yield from (count, value, cost.label(f"action_cost_{number}"))


def answer_columns(
    asked: AskedMetrics, fact: FactColumn, sums: Subquery, attribution: AttributionWindow, *, has_people: bool
) -> list[ColumnElement[Any]]:
    """What `values_reader` reads: the metrics, the facts and the actions behind them, the currency of the money."""
    return [
        *metric_columns(asked, fact),
        *explaining(asked, fact, has_people=has_people),
        *action_columns(asked, sums, attribution),
        *([sums.c[_CURRENCY]] if asked.needs_currency else []),
    ]


def values_reader(
    asked: AskedMetrics, *, has_people: bool, level: EntityLevel = EntityLevel.TENANT
) -> Callable[[Sequence[Any], str], MetricSet]:
    """Reads the metrics at the head of a row, the facts and the actions behind them; made once for all rows."""
    attributes = [definition.attribute for definition in asked.definitions]
    facts = asked.explained_facts(has_people=has_people)
    types = asked.action_types
    first, last = len(attributes), len(attributes) + len(facts)
    place = last + 3 * len(types)

    def read(values: Sequence[Any], currency: str) -> MetricSet:
        sums = dict(zip(facts, values[first:last], strict=True)) if asked.is_explained else None
        if sums and has_people and level is not EntityLevel.AD and all(sums[name] is None for name in UNIQUE_COLUMNS):
            # Above ads they are read apart: none at all means that this period was not.
            sums = {name: value for name, value in sums.items() if name not in UNIQUE_COLUMNS}
        own = values[place] if asked.needs_currency else None
        metrics = MetricSet((currency if own is None else own) or None, attributes, values, sums)
        if types:
            triples = (values[last + 3 * number : last + 3 * number + 3] for number in range(len(types)))
            metrics.actions = {name: ActionSums(name, *triple) for name, triple in zip(types, triples, strict=True)}
        return metrics

    return read
