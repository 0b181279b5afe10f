"""The statements of an answer: a page of rows, the totals, the number of rows; each is made once for a plan."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer as IntegerType
from sqlalchemy import Select, bindparam, func, literal, select, true

from models.insights.question import RowKey
from models.insights.statements.groups import groups, joined_entity, keys_of, summed_again
from models.insights.statements.order import SortColumn, after, sort_columns
from models.insights.statements.plan import GroupsPlan, RowsPlan, Shown, Side, TotalsPlan
from models.insights.statements.steps import base_of, columns_of
from models.insights.statements.tags import sources_of
from models.thin.compiled import Compiled, compiled

# As many plans as a busy server has: a statement is some 10 KB.
KEPT_STATEMENTS = 512


@lru_cache(maxsize=KEPT_STATEMENTS)
def rows_statement(plan: RowsPlan) -> Compiled:
    """A page of rows: the group's keys, the columns of its sides, and the values that it was sorted by."""
    page, order = page_of(plan)
    columns = [page.c[key] for key in keys_of(plan.groups)] + sources_of(plan.groups, page)
    columns += _shown(plan.groups, page, plan.now, plan.then)
    columns += [column.expression for column in order]
    return compiled(select(*columns).order_by(*(column.ordering for column in order)))


def page_of(plan: RowsPlan) -> tuple[Any, list[SortColumn]]:
    """The groups of a page, and the columns of it that they are sorted by.

    The page is cut out before anything is calculated of its rows: Postgres would calculate it of every group.
    """
    base: Any = base_of(plan.groups)
    order = sort_columns(plan.groups, plan.order, base)
    tables: Any = base
    if any(key.by is RowKey.NAME for key in plan.order):
        tables = joined_entity(base, base.c.entity_id, plan.groups.level)
    sorted_by = [column.expression.label(f"sorted_{place}") for place, column in enumerate(order)]
    query: Select[Any] = select(*base.c, *sorted_by).select_from(tables)
    if plan.cursor is not None:
        query = query.where(after(order, plan.cursor))
    query = query.order_by(*(column.ordering for column in order)).limit(bindparam("first", type_=IntegerType()))
    page: Any = query.subquery("page")
    return page, [replace(column, expression=page.c[f"sorted_{place}"]) for place, column in enumerate(order)]


@lru_cache(maxsize=KEPT_STATEMENTS)
def totals_statement(plan: TotalsPlan) -> Compiled:
    """The columns of both sides over all groups, and the number of groups; without keys they are one row already."""
    base: Any = _summed(plan.groups) if plan.groups.has_keys else _ungrouped(plan.groups)
    # People of groups are not those of the total: the same people may be in several.
    total = replace(plan.groups, people=())
    # Where no metric is asked for, as by `values(of: [])`, a statement needs a column to have a row.
    columns = _shown(total, base, plan.now, plan.then) or [literal(1, IntegerType())]
    if plan.counted is not None:
        columns.append(_count(plan.counted).scalar_subquery().label("counted"))
    elif plan.has_count:
        columns.append(base.c.counted)
    return compiled(select(*columns).select_from(base))


@lru_cache(maxsize=KEPT_STATEMENTS)
def count_statement(plan: GroupsPlan) -> Compiled:
    """How many groups there are."""
    return compiled(_count(plan))


def _count(plan: GroupsPlan) -> Select[Any]:
    return select(func.count()).select_from(base_of(plan))


def _shown(plan: GroupsPlan, base: Any, now: Shown, then: Shown | None) -> list[Any]:
    columns = columns_of(plan, base, Side.NOW).shown(now)
    if then is not None:
        columns += [*columns_of(plan, base, Side.THEN).shown(then), base.c.then_rows.label("then_rows")]
    return columns


def _summed(plan: GroupsPlan) -> Any:
    """The sums of the groups that are left: what was summed by group is summed once more."""
    base = base_of(plan)
    columns = [column for column in base.c if column.key.startswith(("now_", "then_"))]
    return select(*(summed_again(column) for column in columns), func.count().label("counted")).subquery("totals")


def _ungrouped(plan: GroupsPlan) -> Any:
    sides = [groups(plan, side).subquery(f"of_{side}") for side in plan.sides]
    tables: Any = sides[0]
    for side in sides[1:]:
        tables = tables.join(side, true())
    columns = [column for side in sides for column in side.c if column.key.startswith(("now_", "then_"))]
    return select(*columns).select_from(tables).subquery("totals")
