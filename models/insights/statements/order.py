"""The order of rows, and the condition for the rows behind a cursor; nulls come last in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Double,
    Numeric,
    String,
    UnaryExpression,
    Uuid,
    and_,
    bindparam,
    false,
    or_,
)
from sqlalchemy.types import TypeEngine

from analytics.enums import SortOrder
from analytics.metrics.measure import Measure
from models.insights.question import RowKey, SortKey, TagKey
from models.insights.statements.groups import ENTITY_TABLES, KEYS, Column, keys_of
from models.insights.statements.plan import GroupsPlan, Side
from models.insights.statements.steps import columns_of
from models.insights.statements.tags import sorted_tag

_TYPES: dict[type, TypeEngine[Any]] = {
    int: BigInteger(),
    Decimal: Numeric(),
    float: Double(),
    str: String(),
    date: Date(),
    UUID: Uuid(),
}


# Of the keys of groups; the values of breakdowns and tags are texts.
_KINDS: dict[str, type] = {"period_start": date, "entity_id": UUID}


@dataclass(frozen=True, slots=True)
class SortColumn:
    expression: ColumnElement[Any]
    kind: type
    is_descending: bool = False

    @property
    def ordering(self) -> UnaryExpression[Any]:
        direction = self.expression.desc() if self.is_descending else self.expression.asc()
        return direction.nulls_last()

    def bound(self, place: int) -> ColumnElement[Any]:
        """The value of a cursor at this place."""
        return bindparam(cursor_name(place), type_=_TYPES[self.kind])


def cursor_name(place: int) -> str:
    return f"cursor_{place}"


def kinds_of(plan: GroupsPlan, order: Sequence[SortKey]) -> list[type]:
    """The Python types of the values that rows are sorted by, as a cursor holds them."""
    kinds = [_kind_of(key) for key in order]
    return kinds + [_KINDS.get(key, str) for key in _ties(plan)]


def _kind_of(key: SortKey) -> type:
    if isinstance(key.by, Measure):
        return int if key.by.is_whole else float if key.by.is_float else Decimal
    return date if key.by is RowKey.PERIOD else str


def _ties(plan: GroupsPlan) -> tuple[str, ...]:
    """The keys of a group, by which rows are sorted last: so the order is total, and a cursor names exactly one row."""
    keys = keys_of(plan)
    first = tuple(key for key in ("period_start", "entity_id") if key in keys)
    return (*first, *(key for key in keys if key not in KEYS))


def sort_columns(plan: GroupsPlan, order: Sequence[SortKey], base: Any) -> list[SortColumn]:
    """The columns that rows of `base` are sorted by. Names are those of the level's table, which must be joined."""
    expressions = [_expression(key, plan, base) for key in order] + [_tie(base.c[name]) for name in _ties(plan)]
    descending = [key.order is SortOrder.DESC for key in order] + [False for _ in _ties(plan)]
    return [SortColumn(*each) for each in zip(expressions, kinds_of(plan, order), descending, strict=True)]


def _tie(column: Column) -> Column:
    """Texts are compared byte by byte, so that servers of any locale have the same order."""
    return column.collate("C") if isinstance(column.type, String) else column


def _expression(key: SortKey, plan: GroupsPlan, base: Any) -> Column:
    if isinstance(key.by, Measure):
        now = columns_of(plan, base, Side.NOW)
        return now.change_from(columns_of(plan, base, Side.THEN), key.by) if key.is_change else now.value(key.by)
    if isinstance(key.by, TagKey):
        return sorted_tag(base, key.by.place)
    column: Column = base.c.period_start if key.by is RowKey.PERIOD else ENTITY_TABLES[plan.level].c.name_key
    return column


def after(columns: Sequence[SortColumn], nulls: Sequence[bool]) -> ColumnElement[bool]:
    """The condition for the rows behind a cursor; `nulls` says which of its values are null.

    For columns a, b, c: a is behind, or a is equal and b is behind, or a and b are equal and c is behind. A comparison
    of whole tuples would not do, since directions differ and values may be null.
    """
    steps = []
    for place, column in enumerate(columns):
        ties = [
            tied.expression.is_(None) if nulls[at] else tied.expression == tied.bound(at)
            for at, tied in enumerate(columns[:place])
        ]
        steps.append(and_(*ties, _passes(column, place, is_null=nulls[place])))
    return or_(*steps)


def _passes(column: SortColumn, place: int, *, is_null: bool) -> ColumnElement[bool]:
    """The condition that a row comes after a row with the cursor's value."""
    if is_null:
        return false()  # nulls are last, so nothing comes after them
    value = column.bound(place)
    beyond = column.expression < value if column.is_descending else column.expression > value
    return or_(beyond, column.expression.is_(None))
