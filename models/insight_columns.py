"""The columns that answers about insights are made of, and how a row of them is read back."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, FromClause, SQLColumnExpression, Subquery, Uuid, and_, any_, literal, null

from analytics.enums import EntityLevel
from analytics.facts import UNIQUE_COLUMNS
from models.insight import unique_insight
from models.metric_sql import FactColumn, metric_column
from models.metric_values import MetricSelection, MetricValues


def is_any(column: SQLColumnExpression[Any], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """One array instead of a parameter per id: the statement is the same for every number of them."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def with_people(groups: Subquery, level: EntityLevel) -> tuple[FromClause, FactColumn]:
    """Joins the people stored for exactly `first_day` to `last_day` of each group."""
    people = unique_insight
    same = and_(
        people.c.tenant_id == groups.c.tenant_id,
        people.c.ad_account_id == groups.c.ad_account_id,
        people.c.level == level,
        people.c.period_start == groups.c.first_day,
        people.c.period_end == groups.c.last_day,
        people.c.entity_id == groups.c.entity_id,
    )
    return groups.join(people, same, isouter=True), lambda name: (people if name in UNIQUE_COLUMNS else groups).c[name]


def without_people(sums: Subquery) -> FactColumn:
    return lambda name: null() if name in UNIQUE_COLUMNS else sums.c[name]


def metric_columns(selection: MetricSelection, fact: FactColumn) -> list[ColumnElement[Any]]:
    return [metric_column(each, fact).label(f"metric_{each.attribute}") for each in selection.definitions]


def explaining(selection: MetricSelection, fact: FactColumn, *, has_people: bool) -> list[ColumnElement[Any]]:
    """The facts behind the metrics, where they are asked for."""
    return [fact(name).label(f"fact_{name}") for name in selection.explained_facts(has_people=has_people)]


def values_reader(selection: MetricSelection, *, has_people: bool) -> Callable[[Sequence[Any], str], MetricValues]:
    """Reads the metrics at the head of a row and the facts behind them; made once for all rows of an answer."""
    attributes = [definition.attribute for definition in selection.definitions]
    facts = selection.explained_facts(has_people=has_people)
    first, last = len(attributes), len(attributes) + len(facts)

    def read(values: Sequence[Any], currency: str) -> MetricValues:
        sums = dict(zip(facts, values[first:last], strict=True)) if selection.is_explained else None
        return MetricValues(currency, attributes, values, sums)

    return read
