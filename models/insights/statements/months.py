"""The facts of a question whose whole months are summed: these sums, and the ad-days of the days that are left."""

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Subquery, Uuid, and_, bindparam, column, func, select, union_all

from analytics.metrics.facts import FACTS_BY_NAME
from models.insights.statements.plan import SumsPlan
from models.insights.tables import insight, insight_ad_month
from models.thin.compiled import TENANT

_IDS = ("ad_account_id", "ad_id", "ad_set_id", "campaign_id", "currency")


def facts_of_months(plan: SumsPlan) -> Subquery:
    """The rows, with the facts that are summed; `day` of a month is its first.

    Which months and days they are stands in arrays, an entry for each of an account: so each is looked up in the key.
    """
    names = (*_IDS, *dict.fromkeys(FACTS_BY_NAME[name].column(plan.attribution) for name in plan.facts))
    months = _given("months", account="summed_accounts", month="summed_months")
    days = _given("days", account="left_accounts", first="left_first", last="left_last")
    of_month, of_day = insight_ad_month.c, insight.c
    summed = (
        select(*(of_month[name] for name in names), of_month.month.label("day"))
        .select_from(months)
        .join(insight_ad_month, and_(*_same(of_month, months), of_month.month == months.c.month))
    )
    left = (
        select(*(of_day[name] for name in names), of_day.day)
        .select_from(days)
        .join(insight, and_(*_same(of_day, days), of_day.day.between(days.c.first, days.c.last)))
    )
    return union_all(summed, left).subquery("facts")


def _given(alias: str, *, account: str, **dates: str) -> Any:
    """The arrays of these names as a table of these columns."""
    arrays = [bindparam(name, type_=ARRAY(Date())) for name in dates.values()]
    columns: list[Any] = [column("account", Uuid()), *(column(name, Date()) for name in dates)]
    given = func.unnest(bindparam(account, type_=ARRAY(Uuid())), *arrays)
    return given.table_valued(*columns).render_derived(name=alias)


def _same(table: Any, given: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.tenant_id == TENANT, table.ad_account_id == given.c.account
