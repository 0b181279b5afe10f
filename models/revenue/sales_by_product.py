"""Reads what was sold and refunded by product, converted and without taxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.revenue.products import ProductSales, UnratedSales
from analytics.revenue.rates import DailyRates
from analytics.revenue.rounding import EXACT
from analytics.revenue.terms import RefundBooking
from models.database import ReadSession
from models.orders.sums import VALUE
from models.revenue.sales_by_day import SalesDays
from models.revenue.sales_statements import BOOKED, PLACED, TENANT, day_of, refunds_of

# Digits behind the point, so that the shares of many lines add up to what they are shares of.
_EXACT = "numeric(48, 24)"
_FORTIETH = Decimal(10) ** -40


def _orders(booking: RefundBooking) -> str:
    return PLACED if booking is RefundBooking.ORDER_DATE else f"({PLACED}) union ({BOOKED[booking][0]})"


# Sales and refunds are events of an order.
_EVENTS = f"""
    select id, day, gross, 0::numeric as refunded, true as is_sale
    from (select id, gross, {day_of("placed_at")} as day from sale) as placed
    where day between 1 and cardinality($2::timestamptz[]) - 1
    union all
    select order_id, {day_of("booked_at")}, 0, amount, false from refund
"""  # noqa: S608 - names of our own columns
# Each line has a share of all that happens to its order.
_LINES = f"""
    select line.order_id, product.id as product_id, line.quantity, line.unit_cost,
        coalesce(line.product_id::text, line.sku, line.title) as what, {VALUE}::{_EXACT} as value
    from order_line as line
    join sale on sale.id = line.order_id
    left join product on product.tenant_id = {TENANT} and product.id = line.product_id
    where line.tenant_id = {TENANT}
"""  # noqa: S608 - see above
_PARTS = f"""
    select *, coalesce(
        value / nullif(sum(value) over whole, 0), quantity::{_EXACT} / sum(quantity) over whole
    ) as share
    from line window whole as (partition by order_id)
"""  # noqa: S608 - see above
_PIECES = f"""
    select event.id, event.day, event.is_sale, part.product_id, part.what, sale.currency, sale.fees,
        part.quantity, part.unit_cost, coalesce(part.share, 1) as share,
        channel.included_tax_rate is null as is_untaxed,
        case when $4::text is null or sale.currency = $4 then 1 else rate.factor end as factor,
        (event.gross - event.refunded) * coalesce(part.share, 1) as net,
        event.gross * coalesce(part.share, 1) as gross,
        1 + coalesce(channel.included_tax_rate, 0) as taxed
    from event
    join sale on sale.id = event.id
    join channel on channel.tenant_id = {TENANT} and channel.id = sale.channel_id
    left join part on part.order_id = event.id
    left join unnest($5::text[], $6::int[], $7::numeric[]) as rate(currency, day, factor)
        on rate.currency = sale.currency and rate.day = event.day
"""  # noqa: S608 - see above
_SUMS = """
    select product_id, case when factor is null then currency end as without_rate,
        count(distinct id) filter (where is_sale), coalesce(sum(quantity) filter (where is_sale), 0),
        sum(gross_told), sum(gross_told - net_told),
        sum(fees * share * factor) filter (where is_sale),
        sum(quantity * unit_cost * factor) filter (where is_sale),
        coalesce(sum(net_told) filter (where is_covered), 0),
        count(distinct id) filter (where fees is null), coalesce(sum(net_told) filter (where fees is null), 0),
        count(distinct what) filter (where unit_cost is null),
        coalesce(sum(net_told) filter (where unit_cost is null), 0),
        count(distinct id) filter (where is_untaxed), coalesce(sum(net_told) filter (where is_untaxed), 0),
        count(distinct id), sum(net_told), array_agg(distinct day) filter (where factor is null)
    from told group by 1, 2
"""


# Materialized, though each is read once: where Postgres does not know yet how many orders there are, it would compute
# them anew for each order.
def _statement(booking: RefundBooking) -> str:
    return f"""
        with sale as materialized ({_orders(booking)}), refund as ({refunds_of(booking)}),
            event as materialized ({_EVENTS}),
            line as ({_LINES}), part as materialized ({_PARTS}), piece as ({_PIECES}), told as (
                select *, gross * factor / taxed as gross_told, net * coalesce(factor, 1) / taxed as net_told,
                    fees is not null and unit_cost is not null as is_covered
                from piece
            )
        {_SUMS}
    """  # noqa: S608 - see above


_STATEMENTS = {booking: _statement(booking) for booking in RefundBooking}
_CURRENCIES = {
    booking: f"select distinct currency from ({_orders(booking)}) as sale"  # noqa: S608 - see above
    for booking in RefundBooking
}


@dataclass(frozen=True, slots=True)
class FactorArrays:
    """The factors of days that have a rate, for currencies that are not the target, as statements take them."""

    target: str | None
    currencies: Sequence[str]
    days: Sequence[date]
    factors: Sequence[Decimal]

    def values(self, first: date) -> list[Any]:
        """Days as numbers, of which the `first` is 1."""
        numbers = [(day - first).days + 1 for day in self.days]
        return [self.target, [*self.currencies], numbers, [*self.factors]]


def factor_arrays(rates: DailyRates, currencies: Sequence[str], days: Sequence[date]) -> FactorArrays:
    """Digits beyond the 40th behind the point make no difference, and would slow every row."""
    known = [
        (currency, day, factor.quantize(_FORTIETH, context=EXACT))
        for currency in currencies
        if rates.target is not None and currency != rates.target
        for day in days
        if (factor := rates.factor(currency, day)) is not None
    ]
    return FactorArrays(rates.target, *(tuple(each[place] for each in known) for place in range(3)))  # type: ignore[arg-type]


async def sold_currencies(session: ReadSession, asked: SalesDays) -> list[str]:
    """The currencies of what was sold or refunded on the days."""
    rows = await session.fetch(_CURRENCIES[asked.booking], [session.tenant_id, *asked.values])
    return [currency for (currency,) in rows]


async def sales_by_product(
    session: ReadSession, asked: SalesDays, factors: FactorArrays
) -> tuple[list[ProductSales], list[UnratedSales]]:
    """What has a rate, and what has none, in no order."""
    values = [session.tenant_id, *asked.values, *factors.values(asked.days[0])]
    sold, unrated = [], []
    for row in await session.fetch(_STATEMENTS[asked.booking], values):
        if row[1] is None:
            sold.append(_sold(row))
        else:
            days = [asked.days[number - 1] for number in row[17]]
            unrated.append(UnratedSales(row[0], row[1], days, int(row[3]), row[16]))
    return sold, unrated


def _sold(row: Sequence[Any]) -> ProductSales:
    return ProductSales(
        product_id=row[0],
        orders=row[2],
        units=int(row[3]),
        gross=row[4],
        refunds=row[5],
        fees=row[6],
        cost=row[7],
        covered=row[8],
        without_fees=(row[9], row[10]),
        without_cost=(row[11], row[12]),
        without_tax=(row[13], row[14]),
        touched=row[15],
    )
