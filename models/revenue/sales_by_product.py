"""Reads what was sold and refunded by product, and what the ads of each spent, converted and without taxes.

Of all products only amounts are read, as whole numbers: what is left of a cent depends on all of them, and so does
their order. Whatever else is told of a product is read of those that are shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from analytics.revenue.products import ProductAmounts, ProductDetails, UnratedSales
from analytics.revenue.rates import DailyRates
from analytics.revenue.rounding import EXACT, FINEST_DIGITS
from analytics.revenue.terms import RefundBooking
from models.database import ReadSession
from models.revenue.linked_spend import linked_spend
from models.revenue.sales_by_day import SalesDays
from models.revenue.sales_statements import BOOKED, FROM, PLACED, TENANT, TO, day_of, refunds_of

# Digits behind the point, so that the shares of many lines add up to what they are shares of.
_EXACT = "numeric(48, 24)"
_FORTIETH = Decimal(10) ** -40

# Sales and refunds are events of an order.
_SOLD = f"""
    select id, channel_id, currency, fees, gross as amount, {day_of("placed_at")} as day from ({PLACED}) as placed
"""  # noqa: S608 - names of our own columns
_REFUNDED = f"""
    select sale.id, channel_id, currency, fees, -refund.amount as amount, {day_of("booked_at")} as day
    from refund join sale on sale.id = refund.order_id
"""  # noqa: S608 - see above


def _converted(events: str) -> str:
    return f"""
        select id, day, case when factor is null then currency end as without_rate, factor,
            fees * factor as fees, fees is null as lacks_fees,
            (amount * coalesce(factor, 1))::{_EXACT} / (1 + coalesce(included_tax_rate, 0)) as amount,
            included_tax_rate is null as is_untaxed
        from (
            select event.*, channel.included_tax_rate,
                case when $4::text is null or event.currency = $4 then 1 else rate.factor end as factor
            from ({events}) as event
            join channel on channel.tenant_id = {TENANT} and channel.id = event.channel_id
            left join unnest($5::text[], $6::int[], $7::numeric[]) as rate(currency, day, factor)
                on rate.currency = event.currency and rate.day = event.day
        ) as rated
    """  # noqa: S608 - see above


# Each line has a share of all that happens to its order; an order without lines is of no product.
_PARTS = f"""
    select sold.*, true as is_sale, line.product_id, line.sku, line.title, line.quantity, line.unit_cost,
        coalesce(line.share, 1) as share
    from sold
    left join order_line as line on line.tenant_id = {TENANT} and line.order_id = sold.id
        and line.placed_at >= {FROM} and line.placed_at < {TO}
    union all
    select refunded.*, false, line.product_id, line.sku, line.title, line.quantity, line.unit_cost,
        coalesce(line.share, 1)
    from refunded
    left join order_line as line on line.tenant_id = {TENANT} and line.order_id = refunded.id
"""  # noqa: S608 - see above
_FROM_PRODUCT = f"left join product on product.tenant_id = {TENANT} and product.id = part.product_id"
_ADDED = f"""
    select product_id, without_rate,
        coalesce(sum(quantity) filter (where is_sale), 0) as units,
        sum(amount * share) filter (where is_sale) as gross,
        -sum(amount * share) filter (where not is_sale) as refunds,
        sum(fees * share) filter (where is_sale) as fees,
        sum(quantity * unit_cost * factor) filter (where is_sale) as cost,
        sum(amount * share) filter (where not lacks_fees and unit_cost is not null) as covered
    from ({_PARTS}) as part group by 1, 2
"""  # noqa: S608 - see above
_AMOUNTS = ("gross", "refunds", "fees", "cost", "covered", "spend")


def _whole(amount: str) -> str:
    return f"round(sum({amount}) * 1e{FINEST_DIGITS})::text"


# A product that was erased is none; its lines still name it.
_BY_PRODUCT = f"""
    select product_id, without_rate, sum(units)::text, {", ".join(map(_whole, _AMOUNTS))}, max(days)
    from (
        select product.id as product_id, without_rate, units, gross, refunds, fees, part.cost, covered,
            null::numeric as spend, null::date[] as days
        from added as part {_FROM_PRODUCT}
        union all
        select product_id, without_rate, 0, null, null, null, null, null, spend, days from shared
    ) as told
    group by 1, 2
"""  # noqa: S608 - see above
_DETAILS = f"""
    select product.id, without_rate,
        count(distinct part.id) filter (where is_sale),
        count(distinct part.id) filter (where lacks_fees),
        coalesce(sum(amount * share) filter (where lacks_fees), 0),
        count(distinct coalesce(part.product_id::text, part.sku, part.title)) filter (where unit_cost is null),
        coalesce(sum(amount * share) filter (where unit_cost is null), 0),
        count(distinct part.id) filter (where is_untaxed),
        coalesce(sum(amount * share) filter (where is_untaxed), 0),
        count(distinct part.id), sum(amount * share), array_agg(distinct day) filter (where without_rate is not null)
    from ({_PARTS}) as part {_FROM_PRODUCT}
    where part.product_id = any($8::uuid[]) or $9::bool and product.id is null
    group by 1, 2
"""  # noqa: S608 - see above


# Materialized, though each is read once: where Postgres does not know yet how many orders there are, it would compute
# them anew for each refund, and their amounts for each line.
def _events(booking: RefundBooking, sold: str) -> str:
    return f"""
        sale as materialized ({BOOKED[booking][0]}), refund as ({refunds_of(booking)}),
        sold as {sold} ({_converted(_SOLD)}), refunded as {sold} ({_converted(_REFUNDED)})
    """


def _of_all(booking: RefundBooking, *, is_converted: bool) -> str:
    events, spend = _events(booking, "materialized"), linked_spend(is_converted=is_converted)
    return f"with {events}, added as materialized ({_ADDED}), {spend} {_BY_PRODUCT}"


_OF_ALL = {(booking, each): _of_all(booking, is_converted=each) for booking in RefundBooking for each in (True, False)}
# A few lines are found by their products, and not by all orders of the days.
_OF_SHOWN = {booking: f"with {_events(booking, 'not materialized')} {_DETAILS}" for booking in RefundBooking}
_CURRENCIES = {
    booking: f"select currency from ({PLACED}) as placed union select currency from ({BOOKED[booking][0]}) as sale"  # noqa: S608 - see above
    for booking in RefundBooking
}


@dataclass(frozen=True, slots=True)
class FactorArrays:
    """The factors of days that have a rate, for currencies that are not the target, as statements take them.

    `is_converted`: there are such currencies, whether their days have rates or not.
    """

    target: str | None
    currencies: Sequence[str]
    days: Sequence[date]
    factors: Sequence[Decimal]
    is_converted: bool

    def values(self, first: date) -> list[Any]:
        """Days as numbers, of which the `first` is 1."""
        numbers = [(day - first).days + 1 for day in self.days]
        return [self.target, [*self.currencies], numbers, [*self.factors]]


def factor_arrays(rates: DailyRates, currencies: Sequence[str], days: Sequence[date]) -> FactorArrays:
    """Digits beyond the 40th behind the point make no difference, and would slow every row."""
    others = [each for each in currencies if rates.target is not None and each != rates.target]
    known = [
        (currency, day, factor.quantize(_FORTIETH, context=EXACT))
        for currency in others
        for day in days
        if (factor := rates.factor(currency, day)) is not None
    ]
    each_currency, each_day, each_factor = zip(*known, strict=True) if known else ((), (), ())
    return FactorArrays(rates.target, each_currency, each_day, each_factor, is_converted=bool(others))


async def sold_currencies(session: ReadSession, asked: SalesDays) -> list[str]:
    """The currencies of what was sold or refunded on the days."""
    rows = await session.fetch(_CURRENCIES[asked.booking], [session.tenant_id, *asked.values])
    return [currency for (currency,) in rows]


async def amounts_by_product(
    session: ReadSession, asked: SalesDays, factors: FactorArrays, ad_account_ids: Sequence[UUID]
) -> list[ProductAmounts]:
    """Of each product, and of what is of none, what has a rate, and by currency what has none; in no order.

    Spend is that of ads of these accounts that are linked to a product.
    """
    days = asked.days
    values = [session.tenant_id, *asked.values, *factors.values(days[0]), [*ad_account_ids], days[0], days[-1]]
    rows = await session.fetch(_OF_ALL[asked.booking, factors.is_converted], values)
    return [_amounts(*row) for row in rows]


def _amounts(product_id: UUID | None, without_rate: str | None, *told: Any) -> ProductAmounts:
    numbers = [None if each is None else int(each) for each in told[:-1]]
    return ProductAmounts._make((product_id, without_rate, *numbers, told[-1]))


async def details_by_product(
    session: ReadSession, asked: SalesDays, factors: FactorArrays, shown: Collection[UUID | None]
) -> tuple[dict[UUID | None, ProductDetails], list[UnratedSales]]:
    """What has a rate, and what has none, of what was sold and refunded of these products; None is what is of none."""
    wanted = [[each for each in shown if each is not None], None in shown]
    values = [session.tenant_id, *asked.values, *factors.values(asked.days[0]), *wanted]
    sold, unrated = {}, []
    for row in await session.fetch(_OF_SHOWN[asked.booking], values):
        if row[1] is None:
            sold[row[0]] = ProductDetails(row[2], row[3:5], row[5:7], row[7:9], row[9])
        else:
            unrated.append(UnratedSales(row[0], row[1], [asked.days[number - 1] for number in row[11]], row[10]))
    return sold, unrated
