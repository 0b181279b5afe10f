"""The SQL columns of an answer about insights, and the reader that turns a row of them into metrics.

A statement sums facts in an inner select, the groups; its outer select computes metrics from these sums.
"""

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
from analytics.metrics.catalogue import METRICS
from analytics.metrics.facts import FACTS_BY_NAME, UNIQUE_COLUMNS, WINDOWS
from models.insights.metric_sql import FactColumn, metric_column
from models.insights.metric_values import ActionSums, AskedMetrics, MetricSet
from models.insights.statement import TENANT
from models.insights.tables import unique_insight

_RAW_LISTS = ("actions", "action_values")
_CURRENCY = "group_currency"


def fact_sums(
    asked: AskedMetrics, facts: FromClause, attribution: AttributionWindow, sorted_by: Iterable[Metric] = ()
) -> dict[str, ColumnElement[Any]]:
    """The sums of the additive facts that are asked for, by the name of the column for this attribution.

    `sorted_by` are metrics that rows are sorted by: their facts are needed too.
    """
    found: dict[str, ColumnElement[Any]] = {}
    for fact in (FACTS_BY_NAME[name] for name in asked.facts(sorted_by)):
        column = fact.column(attribution)
        total = func.sum(facts.c[column])
        found[column] = (_of_one_currency(total, facts) if fact.is_money else total).label(column)
    return found


def _of_one_currency(total: ColumnElement[Any], facts: FromClause) -> ColumnElement[Any]:
    """`total`, or null where the group has several currencies: money of several currencies has no sum.

    Even a single account has several when its currency was changed on the platform.
    """
    # The least and the greatest of a group's currencies are the same if it has only one.
    return case((func.min(facts.c.currency) == func.max(facts.c.currency), total))


def currency_of_group(asked: AskedMetrics, facts: FromClause) -> list[ColumnElement[Any]]:
    """A column with the currency of a group's money; no column when the answer needs none.

    The value is '' where the group has several currencies, and null where it has no rows.
    """
    if not asked.needs_currency:
        return []
    first, last = func.min(facts.c.currency), func.max(facts.c.currency)
    return [case((first.is_(None), null()), (first == last, first), else_="").label(_CURRENCY)]


# The first and the last day of a group, as columns.
Days = tuple[ColumnElement[Any], ColumnElement[Any]]


def with_people(
    groups: Subquery, level: EntityLevel, attribution: AttributionWindow, *, days: Days
) -> tuple[FromClause, FactColumn]:
    """`groups` joined with the deduplicated people that are stored for exactly these days of each group.

    Answers the tables, and a function from the name of a fact to its column.
    """
    people = unique_insight
    same = and_(
        people.c.tenant_id == TENANT,
        people.c.ad_account_id == groups.c.ad_account_id,
        people.c.level == level,
        people.c.period_start == days[0],
        people.c.period_end == days[1],
        people.c.entity_id == groups.c.entity_id,
    )
    summed = without_people(groups, attribution)
    # Outer join: a group whose people are not stored keeps its row, with nulls for people.
    tables = groups.join(people, same, isouter=True)
    return tables, lambda name: people.c[name] if name in UNIQUE_COLUMNS else summed(name)


def without_people(sums: Subquery, attribution: AttributionWindow) -> FactColumn:
    """From the name of a fact to its sum; null for deduplicated people."""
    return lambda name: null() if name in UNIQUE_COLUMNS else sums.c[FACTS_BY_NAME[name].column(attribution)]


def metric_columns(asked: AskedMetrics, fact: FactColumn) -> list[ColumnElement[Any]]:
    return [metric_column(each, fact).label(f"metric_{each.key}") for each in asked.measures]


def explaining(asked: AskedMetrics, fact: FactColumn, *, has_people: bool) -> list[ColumnElement[Any]]:
    """The facts behind the metrics as columns; none unless `asked.is_explained`."""
    return [fact(name).label(f"fact_{name}") for name in asked.explained_facts(has_people=has_people)]


def action_sums(asked: AskedMetrics, facts: FromClause, attribution: AttributionWindow) -> Iterator[ColumnElement[Any]]:
    """Count and value of each selected action type, summed over the rows of a group from the raw JSON lists."""
    # An entry has the key of a window only where its number is not zero; `value`, the default window, is always there.
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
    """The columns of `action_sums` in the outer select: for each type its count, its value, and the cost per action."""
    for number, _ in enumerate(asked.action_types):
        count, value = (sums.c[_action_label(column, number, attribution)] for column in _RAW_LISTS)
        cost = func.round(sums.c.spend / func.nullif(count, 0), 6, type_=Numeric())
        yield from (count, value, cost.label(f"action_cost_{number}"))


def answer_columns(
    asked: AskedMetrics, fact: FactColumn, sums: Subquery, attribution: AttributionWindow, *, has_people: bool
) -> list[ColumnElement[Any]]:
    """The columns in the order in which `values_reader` reads them: metrics, facts, actions, currency."""
    return [
        *metric_columns(asked, fact),
        *explaining(asked, fact, has_people=has_people),
        *action_columns(asked, sums, attribution),
        *([sums.c[_CURRENCY]] if asked.needs_currency else []),
    ]


def values_reader(
    asked: AskedMetrics, *, has_people: bool, level: EntityLevel = EntityLevel.TENANT
) -> Callable[[Sequence[Any], str], MetricSet]:
    """A function that turns a row of `answer_columns` into a MetricSet; it is made once for all rows.

    It takes the row and the currency of groups without rows.
    """
    attributes = [METRICS[metric].attribute for metric in Metric if metric in asked.metrics]
    facts = asked.explained_facts(has_people=has_people)
    types = asked.action_types
    first, last = len(attributes), len(attributes) + len(facts)
    place = last + 3 * len(types)

    def read(values: Sequence[Any], currency: str) -> MetricSet:
        sums = dict(zip(facts, values[first:last], strict=True)) if asked.is_explained else None
        if sums and has_people and level is not EntityLevel.AD and all(sums[name] is None for name in UNIQUE_COLUMNS):
            # Above ads, people are read by requests of their own: no number at all means that this period was not
            # read, so the facts leave people out. A null would mean that the platform gave no number.
            sums = {name: value for name, value in sums.items() if name not in UNIQUE_COLUMNS}
        own = values[place] if asked.needs_currency else None
        metrics = MetricSet((currency if own is None else own) or None, attributes, values, sums)
        if types:
            triples = (values[last + 3 * number : last + 3 * number + 3] for number in range(len(types)))
            metrics.actions = {name: ActionSums(name, *triple) for name, triple in zip(types, triples, strict=True)}
        return metrics

    return read
