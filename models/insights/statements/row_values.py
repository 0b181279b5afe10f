"""Values of a row that no sum tells: its key, its period and the currency of its money; for texts and lines alike."""

from typing import Any

from sqlalchemy import ColumnElement, Date, String, Text, bindparam, case, cast, func, literal_column

from analytics.enums import TimeGrain
from models.insights.question import InsightsQuestion
from models.insights.statements.groups import NO_ENTITY, ends_of_account, period_within
from models.insights.statements.measures import SideColumns
from models.insights.statements.plan import GroupsPlan, Shown, Side

Column = ColumnElement[Any]
_OWN_CURRENCY, _WHOLE_FIRST, _WHOLE_LAST = "own_currency", "whole_first", "whole_last"
_SLASH = literal_column("'/'", Text())


def values_of_rows(question: InsightsQuestion) -> dict[str, Any]:
    """What is bound besides the values of a plan: the currency of groups without rows, and the days of all spans."""
    return {_OWN_CURRENCY: question.currency, _WHOLE_FIRST: question.days.start, _WHOLE_LAST: question.days.end}


def own_currency() -> Column:
    """The currency of groups without rows."""
    return bindparam(_OWN_CURRENCY, type_=String())


def told_currency(side: SideColumns, shown: Shown, own: Column) -> Column:
    """The currency of a side's money, `own` where it has no rows; null where the money is of several."""
    told = func.coalesce(side.currency, own) if shown.has_currency else own
    return func.nullif(told, "", type_=Text())


def begin_of_key(plan: GroupsPlan, base: Any) -> list[Column]:
    """What the key of a row begins with: level, entity and start of the period, as pieces of a text."""
    is_known = base.c.entity_id != NO_ENTITY  # not so for the tenant, and for ads whose creative is not known
    about = case((is_known, _SLASH.concat(cast(base.c.entity_id, Text()))), else_=literal_column("''", Text()))
    parts: list[Column] = [literal_column(f"'{plan.level.value}'", Text()), about]
    if plan.grain is not TimeGrain.NONE:
        parts += [_SLASH, func.to_char(base.c.period_start, "YYYY-MM-DD", type_=Text())]
    return parts


def period_of_row(plan: GroupsPlan, base: Any) -> tuple[Column, Column]:
    """The first and the last day of a row; one that is about no single account has the days of all of them."""
    of_account = ends_of_account(plan, base.c.ad_account_id, Side.NOW)
    is_of_none = base.c.ad_account_id == NO_ENTITY
    whole = (bindparam(name, type_=Date()) for name in (_WHOLE_FIRST, _WHOLE_LAST))
    first, last = (case((is_of_none, day), else_=own) for day, own in zip(whole, of_account, strict=True))
    start = first if plan.grain is TimeGrain.NONE else base.c.period_start
    days = period_within(start, plan.grain, first=first, last=last)
    return cast(days[0], Date()), cast(days[1], Date())
