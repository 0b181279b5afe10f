"""Reads what ads spent that are linked to products, by the products that they have in common."""

from collections.abc import Sequence
from uuid import UUID

from analytics.periods import DateRange
from analytics.revenue.products import LinkedSpend
from models.database import ReadSession
from models.revenue.sales_by_product import FactorArrays

# A link by hand to a deleted product is kept until it is restored, and counts for none. Spend is added up of each ad
# first, so that not every ad-day is sorted by lists of products.
_LINKED = """
    with linked as materialized (
        select ad_id, array_agg(product_id order by product_id) as product_ids
        from ad_link join product on product.tenant_id = $1 and product.id = ad_link.product_id
        where ad_link.tenant_id = $1 and ad_account_id = any($2::uuid[]) and not is_removed and deleted_at is null
        group by ad_id
    ), spent as materialized (
        select facts.ad_id, facts.currency,
            case when facts.currency <> $5::text and rate.factor is null then facts.day end as unrated_on,
            sum(case when rate.factor is null then facts.spend else facts.spend * rate.factor end) as spend
        from insight as facts
        left join unnest($6::text[], $7::int[], $8::numeric[]) as rate(currency, day, factor)
            on rate.currency = facts.currency and rate.day = facts.day - $3::date + 1
        where facts.tenant_id = $1 and facts.ad_account_id = any($2::uuid[]) and facts.day between $3::date and $4
            and facts.ad_id in (select ad_id from linked)
        group by 1, 2, 3
    )
    select product_ids, case when unrated_on is not null then currency end as without_rate,
        array_agg(distinct unrated_on) filter (where unrated_on is not null and spend <> 0), coalesce(sum(spend), 0)
    from spent join linked using (ad_id) group by 1, 2
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
