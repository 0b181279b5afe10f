"""The statement of a page of rows whose JSON Postgres writes: a text for each row, and the values it was sorted by."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    true,
)

from analytics.enums import Breakdown, TimeGrain
from models.insights.metric_values import attributes_of
from models.insights.statements.answers import KEPT_STATEMENTS, page_of
from models.insights.statements.groups import ENTITY_TABLES, NO_ENTITY, ends_of_account, part_label, period_within
from models.insights.statements.measures import SideColumns
from models.insights.statements.plan import GroupsPlan, RowsPlan, Shown, Side
from models.insights.statements.steps import columns_of
from models.splicing.shape import NoTextError, Shape
from models.splicing.texts import FewValues, NoObject, Source, TableRow, Texts
from models.thin.compiled import TENANT, Compiled, compiled

Column = ColumnElement[Any]
# The values of a statement besides those of its plan: the currency of groups without rows, and the days of all spans.
OWN_CURRENCY, WHOLE_FIRST, WHOLE_LAST = "own_currency", "whole_first", "whole_last"


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
    below = texts.over(select(*texts.columns, *(each.expression for each in order)).select_from(source.tables))
    again = [
        replace(each, expression=column(f"sorted_{place}", each.expression.type)) for place, each in enumerate(order)
    ]
    columns = [texts.text, *(each.expression for each in again if has_cursors)]
    query = select(*columns).select_from(below).order_by(*(each.ordering for each in again))
    return compiled(query)


class _Row(Source):
    """A row of an answer, as InsightsRow is; `tables` are what its columns are of."""

    def __init__(self, plan: RowsPlan, page: Any) -> None:
        self._plan, self._groups, self._page = plan, plan.groups, page
        self.tables: FromClause = page
        self._joined: Any = None

    def value(self, name: str) -> Column:
        """The key alone, of a row without values of breakdowns and tags: these would have to be escaped."""
        if name != "key" or self._groups.broken_down_by or self._groups.tags:
            raise NoTextError(name)
        parts: list[Any] = [literal_column(f"'{self._groups.level.value}'", Text())]
        if _has_entity(self._groups):
            # Not concat(), which makes a text of nothing too: ads whose creative is not known have no entity.
            entity_id = cast(func.nullif(self._page.c.entity_id, NO_ENTITY, type_=Uuid()), Text())
            parts.append(func.coalesce(literal_column("'/'", Text()) + entity_id, ""))
        if self._groups.grain is not TimeGrain.NONE:
            parts.append(func.concat("/", func.to_char(self._page.c.period_start, "YYYY-MM-DD")))
        return func.concat(*parts, type_=Text())

    def nested(self, name: str) -> tuple[Source, Column | None]:
        match name:
            case "metrics":
                return _Metrics(self._side(Side.NOW), self._plan.now), None
            case "previous" if self._plan.then is not None:
                return _Metrics(self._side(Side.THEN), self._plan.then), self._page.c.then_rows.is_(None)
            case "previous":
                return NoObject(), true()
            case "period":
                return FewValues(dict(zip(("start", "end"), self._period(), strict=True))), None
            case "dimensions":
                return self._dimensions(), None
            case "entity" if _has_entity(self._groups):
                return self._entity()
        raise NoTextError(name)

    def _side(self, side: Side) -> SideColumns:
        return columns_of(self._groups, self._page, side)

    def _period(self) -> tuple[Column, Column]:
        """Rows of no single account have the days of all spans together."""
        ends = ends_of_account(self._groups, self._page.c.ad_account_id, Side.NOW)
        whole = (bindparam(WHOLE_FIRST, type_=Date()), bindparam(WHOLE_LAST, type_=Date()))
        first, last = (func.coalesce(*each, type_=Date()) for each in zip(ends, whole, strict=True))
        if self._groups.grain is TimeGrain.NONE:
            return first, last
        days = period_within(self._page.c.period_start, self._groups.grain, first=first, last=last)
        return cast(days[0], Date()), cast(days[1], Date())

    def _entity(self) -> tuple[Source, Column]:
        if self._joined is None:
            self._joined = ENTITY_TABLES[self._groups.level].alias("shown_entity")
            is_same = and_(self._joined.c.tenant_id == TENANT, self._joined.c.id == self._page.c.entity_id)
            self.tables = self.tables.join(self._joined, is_same, isouter=True)
        return TableRow(self._joined), self._joined.c.id.is_(None)

    def _dimensions(self) -> Source:
        """A value is '' where the platform left it out, and a breakdown null where rows are not grouped by it."""
        values: dict[str, Column] = {by.value.lower(): cast(null(), Text()) for by in Breakdown}
        for number, part in enumerate(self._groups.broken_down_by):
            values[part.breakdown.value.lower()] = func.nullif(self._page.c[part_label(number)], "", type_=Text())
        return FewValues(values)


class _Metrics(Source):
    """The metrics of one side of a row, as MetricSet has them."""

    def __init__(self, side: SideColumns, shown: Shown) -> None:
        self._side, self._shown = side, shown
        self._measures = dict(zip(attributes_of(shown.measures), shown.measures, strict=False))

    def value(self, name: str) -> Column:
        if name == "currency":
            own = bindparam(OWN_CURRENCY, type_=String())
            told = func.coalesce(self._side.currency, own) if self._shown.has_currency else own
            return func.nullif(told, "", type_=Text())
        measure = self._measures.get(name)
        if measure is None:
            raise NoTextError(name)
        return self._side.value(measure)


def _has_entity(plan: GroupsPlan) -> bool:
    return plan.level in ENTITY_TABLES
