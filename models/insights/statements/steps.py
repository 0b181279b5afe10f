"""The steps between groups and answer: both sides of a comparison, people, conditions on metrics, periods without rows.

Each step is a select over the one before it and keeps its columns, so that an answer reads any of them alike. Postgres
plans them as one.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Numeric,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.types import TIMESTAMP

from analytics.comparison import Comparison
from analytics.enums import EntityLevel, TimeGrain
from analytics.metrics.facts import UNIQUE_COLUMNS
from models.insights.statements.groups import (
    NO_ENTITY,
    Column,
    by_span,
    ends_of_account,
    groups,
    keys_of,
    period_of_group,
    shift_of,
)
from models.insights.statements.measures import SideColumns
from models.insights.statements.plan import GroupsPlan, HavingShape, Side
from models.insights.statements.tags import source_columns
from models.insights.tables import unique_insight
from models.thin.compiled import TENANT

_COMPARED = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__"}


def base_of(plan: GroupsPlan) -> Subquery:
    """The groups that are left: those of the range and of its comparison, with people, after `having`."""
    base = _compared(plan) if plan.comparison is not None else groups(plan, Side.NOW).subquery("groups")
    for side in plan.people:
        base = _with_people(base, plan, side)
    if plan.having is not None:
        now = columns_of(plan, base, Side.NOW)
        base = select(*base.c).where(_having(plan.having, now)).subquery("kept")
    return _filled(base, plan) if plan.fills_gaps else base


def columns_of(plan: GroupsPlan, base: FromClause, side: Side) -> SideColumns:
    return SideColumns(base, side, plan.sums.attribution, side in plan.people, plan.sums.conversion)


def _compared(plan: GroupsPlan) -> Subquery:
    """The groups of both sides as one; a group that only one side has is null on the other."""
    now, then = (groups(plan, side).subquery(f"of_{side}") for side in plan.sides)
    keys = keys_of(plan)
    columns: list[Any] = [func.coalesce(now.c[key], then.c[key]).label(key) for key in keys]
    columns += [each for side in (now, then) for each in side.c if each.key not in keys]
    same = and_(*(now.c[key] == then.c[key] for key in keys))
    return select(*columns).select_from(now.join(then, same, full=True)).subquery("compared")


def _with_people(base: Subquery, plan: GroupsPlan, side: Side) -> Subquery:
    days = period_of_group(plan, base) if side is Side.NOW else _paired_period(plan, base)
    # A group of one side alone is empty on the other, though people may be stored for it.
    has_rows = base.c[f"{side}_rows"].is_not(None)
    return joined_people(base, plan.level, days=days, side=side, condition=has_rows)


def joined_people(
    base: Subquery,
    level: EntityLevel,
    *,
    days: tuple[Column, Column],
    side: Side = Side.NOW,
    condition: ColumnElement[bool] | None = None,
) -> Subquery:
    """`base` with the deduplicated people that are stored for exactly these days of each group that meets `condition`.

    People are joined to the groups and not to the facts: a group has one row of people, however many facts it has.
    """
    people = unique_insight.alias(f"people_{side}")
    same = and_(
        people.c.tenant_id == TENANT,
        people.c.ad_account_id == base.c.ad_account_id,
        people.c.level == level,
        people.c.period_start == days[0],
        people.c.period_end == days[1],
        people.c.entity_id == base.c.entity_id,
        true() if condition is None else condition,
    )
    found = [people.c[name].label(f"{side}_{name}") for name in UNIQUE_COLUMNS]
    # Outer join: a group whose people are not stored keeps its row, with nulls for people.
    return select(*base.c, *found).select_from(base.join(people, same, isouter=True)).subquery(f"peopled_{side}")


def _paired_period(plan: GroupsPlan, base: Subquery) -> tuple[Column, Column]:
    """The first and the last day of the comparison that are paired with days of a group's period."""
    if plan.grain is TimeGrain.NONE:
        return ends_of_account(plan, base.c.ad_account_id, Side.THEN)
    first, last = period_of_group(plan, base)
    if plan.comparison is not Comparison.YEAR:
        shift = shift_of(plan, base.c.ad_account_id)
        return first - shift, last - shift
    year = func.make_interval(1)
    start = cast(cast(first, TIMESTAMP) - year, Date)
    # A 29 February has no pair, and the day before its date a year earlier is that of the 28th.
    is_unpaired = cast(cast(start, TIMESTAMP) + year, Date) < first
    # The day before the pair of the next day: that is a 29 February where the pair of the 28th is followed by one. The
    # next day may be a 29 February itself, which has no pair.
    before_next = cast(cast(last + 1, TIMESTAMP) - year - timedelta(days=1), Date)
    end = func.greatest(cast(cast(last, TIMESTAMP) - year, Date), before_next)
    return start + case((is_unpaired, 1), else_=0), end


def _having(shape: HavingShape, now: SideColumns) -> ColumnElement[bool]:
    if shape.of is not None:
        value = now.exact(shape.of)
        parts = [
            getattr(value, _COMPARED[operator])(bindparam(name, type_=Numeric())) for operator, name in shape.limits
        ]
        if shape.is_null is not None:
            parts.append(value.is_(None) if shape.is_null else value.is_not(None))
        return and_(true(), *parts)
    if shape.all_of is not None:
        return and_(true(), *(_having(part, now) for part in shape.all_of))
    if shape.any_of is not None:
        return or_(false(), *(_having(part, now) for part in shape.any_of))
    assert shape.none_of is not None
    # Not NOT: that of a metric without a value would be unknown again.
    return _having(shape.none_of, now).is_not(true())


def _filled(base: Subquery, plan: GroupsPlan) -> Subquery:
    """Every group that is left in every period of its account's range; rows that are added have no numbers."""
    kept = select(*base.c).cte("left_over")
    given = func.unnest(
        bindparam("period_spans", type_=ARRAY(Integer())), bindparam("period_starts", type_=ARRAY(Date()))
    ).table_valued(column("span", Integer()), column("start", Date()))
    periods: Any = given.render_derived(name="periods")
    fixed = [key for key in keys_of(plan) if key != "period_start"]
    # A row that is added has the sources of its group's tags in the other periods.
    told = source_columns(plan)
    of_entities = [*(kept.c[key] for key in fixed), *(func.min(kept.c[key]).label(key) for key in told)]
    entities = select(*of_entities).group_by(*(kept.c[key] for key in fixed)).subquery("entities")
    numbers = [literal(number, Integer()) for number in range(plan.spans)]
    # Groups of no single account have the periods of all spans together.
    own = case((entities.c.ad_account_id == NO_ENTITY, -1), else_=by_span(entities.c.ad_account_id, numbers))
    same = and_(*(kept.c[key] == entities.c[key] for key in fixed), kept.c.period_start == periods.c.start)
    columns = [entities.c[key] for key in (*fixed, *told)] + [periods.c.start.label("period_start")]
    columns += [each for each in kept.c if each.key not in {*keys_of(plan), *told}]
    tables = entities.join(periods, periods.c.span == own).join(kept, same, isouter=True)
    return select(*columns).select_from(tables).subquery("filled")
