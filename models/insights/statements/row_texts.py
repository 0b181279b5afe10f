"""The statement of a page of rows whose JSON Postgres writes: a text for each row, and the values it was sorted by."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    cast,
    column,
    func,
    null,
    select,
    true,
)

from analytics.enums import Breakdown
from models.insights.statements.answers import KEPT_STATEMENTS, page_of
from models.insights.statements.groups import ENTITY_TABLES, part_label
from models.insights.statements.plan import GroupsPlan, RowsPlan, Shown, Side
from models.insights.statements.row_values import begin_of_key, own_currency, period_of_row
from models.insights.statements.sources import EntityRow, Joins, MetricsOfGroup
from models.insights.statements.steps import columns_of
from models.splicing.shape import NoTextError, Shape
from models.splicing.texts import FewValues, NoObject, Source, Texts
from models.thin.compiled import Compiled, compiled

Column = ColumnElement[Any]


@lru_cache(maxsize=KEPT_STATEMENTS)
def texts_statement(plan: RowsPlan, shape: Shape, *, has_cursors: bool) -> Compiled | None:
    """A page of rows as JSON, and with `has_cursors` the values that each was sorted by.

    `shape` is an outline. None for one that has what Postgres does not write, which is kept too: to find it out takes
    as long as half a statement.
    """
    page, order = page_of(plan)
    source = _Row(plan, page)
    try:
        texts = Texts(shape, source)
    except NoTextError:
        return None
    below = texts.over(select(*texts.columns, *(each.expression for each in order)).select_from(source.joins.tables))
    again = [
        replace(each, expression=column(f"sorted_{place}", each.expression.type)) for place, each in enumerate(order)
    ]
    columns = [texts.text, *(each.expression for each in again if has_cursors)]
    query = select(*columns).select_from(below).order_by(*(each.ordering for each in again))
    return compiled(query)


class _Row(Source):
    """A row of an answer, as InsightsRow is."""

    def __init__(self, plan: RowsPlan, page: Any) -> None:
        self._plan, self._groups, self._page = plan, plan.groups, page
        self.joins = Joins(page)

    def value(self, name: str) -> Column:
        """The key alone, of a row without values of breakdowns and tags: these would have to be escaped."""
        if name != "key" or self._groups.broken_down_by or self._groups.tags:
            raise NoTextError(name)
        return func.concat(*begin_of_key(self._groups, self._page), type_=Text())

    def nested(self, name: str) -> tuple[Source, Column | None]:
        match name:
            case "metrics":
                return self._metrics(Side.NOW, self._plan.now), None
            case "previous" if self._plan.then is not None:
                return self._metrics(Side.THEN, self._plan.then), self._page.c.then_rows.is_(None)
            case "previous":
                return NoObject(), true()
            case "period":
                first, last = period_of_row(self._groups, self._page)
                return FewValues({"start": first, "end": last}), None
            case "dimensions":
                return self._dimensions(), None
            case "entity" if _has_entity(self._groups):
                return self._entity()
        raise NoTextError(name)

    def _metrics(self, side: Side, shown: Shown) -> Source:
        columns = columns_of(self._groups, self._page, side)
        return MetricsOfGroup(columns, shown, own_currency=own_currency())

    def _entity(self) -> tuple[Source, Column]:
        found = self.joins.entity(self._groups.level, self._page.c.entity_id, place=(id(self._page), "entity"))
        return EntityRow(found, self.joins), found.c.id.is_(None)

    def _dimensions(self) -> Source:
        """A value is '' where the platform left it out, and a breakdown null where rows are not grouped by it."""
        values: dict[str, Column] = {by.value.lower(): cast(null(), Text()) for by in Breakdown}
        for number, part in enumerate(self._groups.broken_down_by):
            values[part.breakdown.value.lower()] = func.nullif(self._page.c[part_label(number)], "", type_=Text())
        return FewValues(values)


def _has_entity(plan: GroupsPlan) -> bool:
    return plan.level in ENTITY_TABLES
