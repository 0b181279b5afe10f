"""Reads what ads spent by day and currency, what platforms claim to have sold, and what is linked to products."""

from collections.abc import Sequence
from uuid import UUID

from analytics.periods import DateRange
from analytics.revenue.sums import ZERO, SpendCell
from models.database import ReadSession

# A day that was read and has no row spent nothing; its currency is that of the account.
_SPEND = """
    select known.day, coalesce(facts.currency, account.currency), coalesce(sum(facts.spend), 0),
        sum(facts.purchase_value)
    from insight_day as known
    join ad_account as account on account.tenant_id = $1 and account.id = known.ad_account_id
    left join insight_account_day as facts on facts.tenant_id = $1
        and facts.ad_account_id = known.ad_account_id and facts.day = known.day
    where known.tenant_id = $1 and known.ad_account_id = any($2::uuid[]) and known.day between $3 and $4
    group by 1, 2
"""
_LINKED = """
    with linked as materialized (
        select distinct ad_id from ad_link
        join product on product.tenant_id = $1 and product.id = ad_link.product_id
        where ad_link.tenant_id = $1 and ad_account_id = any($2::uuid[]) and not is_removed and deleted_at is null
    )
    select facts.day, facts.currency, coalesce(sum(facts.spend), 0)
    from insight as facts
    join linked on linked.ad_id = facts.ad_id
    where facts.tenant_id = $1 and facts.ad_account_id = any($2::uuid[]) and facts.day between $3 and $4
    group by 1, 2
"""


async def spend_by_day(
    session: ReadSession, ad_account_ids: Sequence[UUID], days: DateRange, *, has_links: bool
) -> list[SpendCell]:
    """The days that were read of these accounts, in no order; with `has_links` also what linked ads spent."""
    values = [session.tenant_id, [*ad_account_ids], days.start, days.end]
    linked = (
        {(day, currency): spend for day, currency, spend in await session.fetch(_LINKED, values)} if has_links else {}
    )
    return [
        SpendCell(day, currency, spend, claimed, linked.get((day, currency), ZERO))
        for day, currency, spend, claimed in await session.fetch(_SPEND, values)
    ]
