"""Reads what ads spent that are linked to products, by the products that they have in common."""

from collections.abc import Sequence
from uuid import UUID

from analytics.periods import DateRange
from analytics.revenue.products import LinkedSpend
from models.database import ReadSession
from models.revenue.sales_by_product import FactorArrays

_LINKED = """
    with linked as materialized (
        select ad_id, array_agg(product_id order by product_id) as product_ids
        from ad_link where tenant_id = $1 and ad_account_id = any($2::uuid[]) and not is_removed group by ad_id
    ), spent as (
        select linked.product_ids, facts.day, facts.currency, facts.spend,
            case when $5::text is null or facts.currency = $5 then 1 else rate.factor end as factor
        from insight as facts
        join linked on linked.ad_id = facts.ad_id
        left join unnest($6::text[], $7::int[], $8::numeric[]) as rate(currency, day, factor)
            on rate.currency = facts.currency and rate.day = facts.day - $3::date + 1
        where facts.tenant_id = $1 and facts.ad_account_id = any($2::uuid[]) and facts.day between $3::date and $4
    )
    select product_ids, case when factor is null then currency end as without_rate,
        array_agg(distinct day) filter (where factor is null and spend <> 0),
        coalesce(sum(spend * coalesce(factor, 1)), 0)
    from spent group by 1, 2
"""


async def linked_spend(
    session: ReadSession, ad_account_ids: Sequence[UUID], days: DateRange, factors: FactorArrays
) -> list[LinkedSpend]:
    """What linked ads of these accounts spent, in no order; spend that has no rate is told in its own currency."""
    values = [session.tenant_id, [*ad_account_ids], days.start, days.end, *factors.values(days.start)]
    return [
        LinkedSpend(tuple(product_ids), without_rate, unrated or (), spend)
        for product_ids, without_rate, unrated, spend in await session.fetch(_LINKED, values)
    ]
