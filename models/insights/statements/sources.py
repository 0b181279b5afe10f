"""Where the JSON of entities and of their metrics comes from: rows of tables with what they refer to, and sums."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_

from analytics.enums import EntityLevel
from models.insights.metric_values import attributes_of
from models.insights.statements.groups import ENTITY_TABLES
from models.insights.statements.measures import SideColumns
from models.insights.statements.plan import Shown
from models.insights.statements.row_values import told_currency
from models.splicing.shape import NoTextError
from models.splicing.texts import Source, TableRow
from models.thin.compiled import TENANT

Column = ColumnElement[Any]
# The entities that an entity refers to, by the attribute that holds them; the column has `_id` behind it.
_HELD = {
    "ad_account": EntityLevel.AD_ACCOUNT,
    "campaign": EntityLevel.CAMPAIGN,
    "ad_set": EntityLevel.AD_SET,
    "creative": EntityLevel.CREATIVE,
}


class Joins:
    """The tables of a statement, to which others are joined as they are needed, each once for one place."""

    def __init__(self, tables: FromClause) -> None:
        self.tables = tables
        self._joined: dict[tuple[int, str], Any] = {}

    def join(self, table: Any, condition: ColumnElement[bool]) -> None:
        """Joins the table, whose columns are null where the condition holds for none of its rows."""
        self.tables = self.tables.join(table, condition, isouter=True)

    def entity(self, level: EntityLevel, row_id: Column, *, place: tuple[int, str]) -> Any:
        """The entity with this id, all null where there is none; `place` is the row that refers to it, and by what."""
        if place not in self._joined:
            entity = ENTITY_TABLES[level].alias(f"held_{len(self._joined)}")
            is_same = and_(entity.c.tenant_id == TENANT, entity.c.id == row_id)
            self.join(entity, is_same)
            self._joined[place] = entity
        return self._joined[place]


class EntityRow(TableRow):
    """A row of an entity's table, with the entities that it refers to."""

    def __init__(self, row: Any, joins: Joins) -> None:
        super().__init__(row)
        self._row, self.joins = row, joins

    def nested(self, name: str) -> tuple[Source, Column | None]:
        if name not in _HELD or f"{name}_id" not in self._row.c:
            raise NoTextError(name)
        held = self.joins.entity(_HELD[name], self._row.c[f"{name}_id"], place=(id(self._row), name))
        return EntityRow(held, self.joins), held.c.id.is_(None)


class MetricsOfGroup(Source):
    """The metrics of one side of a group, as MetricSet has them; `own_currency` is that of groups without rows."""

    def __init__(self, side: SideColumns, shown: Shown, *, own_currency: Column) -> None:
        self._side, self._shown, self._own_currency = side, shown, own_currency
        self._measures = dict(zip(attributes_of(shown.measures), shown.measures, strict=False))

    def value(self, name: str) -> Column:
        if name == "currency":
            return told_currency(self._side, self._shown, self._own_currency)
        measure = self._measures.get(name)
        if measure is None:
            raise NoTextError(name)
        return self._side.value(measure)
