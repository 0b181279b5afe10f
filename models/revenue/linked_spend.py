"""The part of a statement that says what ads spent that are linked to products, by product."""

# The parameters behind those of sales: ad accounts, the first and the last day. Spend is added up of each ad first, so
# that not every ad-day is joined to products.
_DAYS = "facts.tenant_id = $1 and facts.ad_account_id = any($8::uuid[]) and facts.day between $9::date and $10::date"
_AS_IT_IS = f"""
    select facts.ad_id, facts.currency, null::date as unrated_on, sum(facts.spend) as spend
    from insight as facts where {_DAYS} group by 1, 2
"""  # noqa: S608 - names of our own columns
# That of a day without a rate stays apart, in its own currency.
_CONVERTED = f"""
    select facts.ad_id, facts.currency,
        case when facts.currency <> $4::text and rate.factor is null then facts.day end as unrated_on,
        sum(case when rate.factor is null then facts.spend else facts.spend * rate.factor end) as spend
    from insight as facts
    left join unnest($5::text[], $6::int[], $7::numeric[]) as rate(currency, day, factor)
        on rate.currency = facts.currency and rate.day = facts.day - $9::date + 1
    where {_DAYS} group by 1, 2, 3
"""  # noqa: S608 - see above


def linked_spend(*, is_converted: bool) -> str:
    """CTEs that end in `shared`: product, currency without a rate, its days, spend; `added` has the units sold.

    An ad of several products is split by their units, evenly where none was sold. A link by hand to a deleted product
    is kept until it is restored, and counts for none.
    """
    return f"""
        linked as materialized (
            select ad_id, product_id
            from ad_link join product on product.tenant_id = $1 and product.id = ad_link.product_id
            where ad_link.tenant_id = $1 and ad_account_id = any($8::uuid[]) and not is_removed and deleted_at is null
        ), spent as materialized ({_CONVERTED if is_converted else _AS_IT_IS}), weighed as (
            select spent.*, linked.product_id, coalesce(sold.units, 0) as units,
                sum(coalesce(sold.units, 0)) over whole as sum_of_units, count(*) over whole as products
            from spent
            join linked using (ad_id)
            left join (select product_id, sum(units) as units from added group by 1) as sold using (product_id)
            where spent.spend <> 0
            window whole as (partition by ad_id, currency, unrated_on)
        ), shared as (
            select product_id, case when unrated_on is not null then currency end as without_rate,
                array_agg(distinct unrated_on) filter (where unrated_on is not null) as days,
                sum(
                    spend * case when sum_of_units > 0 then units else 1 end::numeric(48, 24)
                    / case when sum_of_units > 0 then sum_of_units else products end
                ) as spend
            from weighed where units > 0 or sum_of_units = 0
            group by 1, 2
        )
    """  # noqa: S608 - see above
