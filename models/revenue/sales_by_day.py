"""Reads what was sold and refunded by day, currency and channel, and which products have no cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from analytics.revenue.sums import ZERO, Concerned, SalesCell
from analytics.revenue.terms import RefundBooking
from models.database import ReadSession
from models.revenue.sales_statements import BOOKED, PLACED, TENANT, day_of, lines_of, refunds_of


@dataclass(frozen=True, slots=True)
class SalesDays:
    """Whole days in a row, whose sales are read.

    `instants` are where each day begins and where the last one ends, `periods` the number of each day's period.
    `channel_ids` is None for the sales of all channels.
    """

    days: Sequence[date]
    instants: Sequence[datetime]
    periods: Sequence[int]
    booking: RefundBooking
    channel_ids: Sequence[UUID] | None = None

    @property
    def values(self) -> list[Any]:
        """The values of every statement, after the tenant."""
        return [self.instants, None if self.channel_ids is None else [*self.channel_ids]]


# The number of the period of a day; null for a day that is not read.
_PERIODS = "$4::int[]"
_KNOWN = """coalesce(costed, 0) as costed, coalesce(linked, 0) as linked,
    coalesce(has_unlinked, true) as has_unlinked, coalesce(has_bare, false) as has_bare"""
_SALES = """
    with sale as materialized ({orders}), part as ({lines}), known as (
        select {day} as day, currency, channel_id, gross, fees, units, cost, {known}
        from sale left join part on part.order_id = sale.id
    )
    select day, currency, channel_id, count(*), coalesce(sum(units), 0), sum(gross), sum(fees), sum(cost),
        coalesce(sum(gross * costed) filter (where fees is not null), 0),
        coalesce(sum(gross) filter (where fees is null), 0),
        sum(gross * (1 - costed)), sum(gross * (1 - linked)),
        count(*) filter (where fees is null), count(*) filter (where has_unlinked), bool_or(has_bare)
    from known group by day, currency, channel_id
"""


# The days of currencies that have no rate, as numbers and codes.
_WITHOUT_RATE = "unnest($5::int[], $6::text[]) as none(day, currency)"


def _is_left_out(day: str) -> str:
    return f"exists (select from {_WITHOUT_RATE} where none.day = {day} and none.currency = sale.currency)"


def _sales(*, has_gaps: bool) -> str:
    lines = lines_of(has_gaps=has_gaps)
    return _SALES.format(orders=PLACED, lines=lines, day=day_of("placed_at"), known=_KNOWN)


def _refunds(booking: RefundBooking, *, has_gaps: bool) -> str:
    # An order is counted with its sale. Where that lies outside, or on a day that has no rate and is left out, it is
    # counted with its first refund inside that has one.
    late = (f"is_{name} and {condition}" for name in ("late", "outside") for condition in _CONCERNED)
    return f"""
        with sale as materialized ({BOOKED[booking][0]}), part as ({lines_of(has_gaps=has_gaps)}),
            refund as ({refunds_of(booking)}), known as (
            select refund.order_id, external_id, booked_at, amount, {day_of("booked_at")} as day,
                case when {_is_left_out(day_of("placed_at"))} then null else {day_of("placed_at")} end as placed,
                not {_is_left_out(day_of("booked_at"))} as is_rated, currency, channel_id, fees, {_KNOWN}
            from refund join sale on sale.id = refund.order_id left join part on part.order_id = sale.id
        ), told as (
            select *,
                is_rated and row_number() over (
                    partition by order_id, is_rated, ({_PERIODS})[day] order by booked_at, external_id
                ) = 1 and ({_PERIODS})[placed] is distinct from ({_PERIODS})[day] as is_late,
                is_rated and row_number() over (partition by order_id, is_rated order by booked_at, external_id) = 1
                    and ({_PERIODS})[placed] is null as is_outside
            from known
        )
        select day, currency, channel_id, sum(amount),
            coalesce(sum(amount * costed) filter (where fees is not null), 0),
            coalesce(sum(amount) filter (where fees is null), 0),
            sum(amount * (1 - costed)), sum(amount * (1 - linked)),
            {", ".join(f"count(*) filter (where {condition})" for condition in late)},
            bool_or(has_bare)
        from told group by day, currency, channel_id
    """  # noqa: S608 - see above


_CONCERNED = ("true", "fees is null", "has_unlinked")
# By whether gaps are read, and for refunds by their booking.
_SOLD = {has_gaps: _sales(has_gaps=has_gaps) for has_gaps in (False, True)}
_REFUNDED = {
    (booking, has_gaps): _refunds(booking, has_gaps=has_gaps) for booking in RefundBooking for has_gaps in (False, True)
}


async def sales_by_day(session: ReadSession, asked: SalesDays, *, has_gaps: bool) -> list[SalesCell]:
    """What was sold on the days, in no order; gaps are 0 unless asked for."""
    return [_sold(asked, row) for row in await session.fetch(_SOLD[has_gaps], [session.tenant_id, *asked.values])]


async def refunds_by_day(
    session: ReadSession, asked: SalesDays, *, has_gaps: bool, without_rate: Sequence[tuple[date, str]] = ()
) -> list[SalesCell]:
    """What of refunds is booked on the days, as above.

    The days of currencies that are `without_rate` have cells, too, whose orders are counted on other days alone.
    """
    values = [session.tenant_id, *asked.values, asked.periods, *_numbered(asked, without_rate)]
    return [_refunded(asked, row) for row in await session.fetch(_REFUNDED[asked.booking, has_gaps], values)]


def _numbered(asked: SalesDays, days: Sequence[tuple[date, str]]) -> list[list[Any]]:
    """Days of currencies as statements take them."""
    first = asked.days[0]
    return [[(day - first).days + 1 for day, _ in days], [currency for _, currency in days]]


def _sold(asked: SalesDays, row: Sequence[Any]) -> SalesCell:
    concerned = Concerned(row[3], row[12], row[13])
    return SalesCell(
        day=asked.days[row[0] - 1],
        currency=row[1],
        channel_id=row[2],
        orders=row[3],
        units=int(row[4]),
        gross=row[5],
        refunds=ZERO,
        fees=row[6],
        cost=row[7],
        covered=row[8],
        without_fees=row[9],
        without_cost=row[10],
        unlinked=row[11],
        has_bare=row[14],
        in_period=concerned,
        in_range=concerned,
    )


def _refunded(asked: SalesDays, row: Sequence[Any]) -> SalesCell:
    return SalesCell(
        day=asked.days[row[0] - 1],
        currency=row[1],
        channel_id=row[2],
        orders=0,
        units=0,
        gross=ZERO,
        refunds=row[3],
        fees=None,
        cost=None,
        covered=-row[4],
        without_fees=-row[5],
        without_cost=-row[6],
        unlinked=-row[7],
        has_bare=row[14],
        in_period=Concerned(*row[8:11]),
        in_range=Concerned(*row[11:14]),
    )


# Products, or what has none, of which something without a cost was sold on the days, or refunded: how many there are in
# each period and in the range, whose number is null. Days and currencies of sales that have no rate are left out.
def _without_cost(booking: RefundBooking) -> str:
    orders, _ = BOOKED[booking]
    return f"""
        with sale as ({orders}), refund as ({refunds_of(booking)}), touched as (
            select id, currency, {day_of("placed_at")} as day from ({PLACED}) as placed
            union
            select order_id, currency, {day_of("booked_at")} from refund join sale on sale.id = refund.order_id
        ), bare as (
            select ({_PERIODS})[day] as period, case when $5 then '' else currency end as told_in,
                coalesce(line.product_id::text, line.sku, line.title) as what
            from touched join order_line as line on line.order_id = touched.id
            where line.tenant_id = {TENANT} and line.unit_cost is null and not exists (
                select from unnest($6::int[], $7::text[]) as none(day, currency)
                where none.day = touched.day and none.currency = touched.currency
            )
        )
        select period, told_in, count(distinct what) from bare group by grouping sets ((period, told_in), (told_in))
    """  # noqa: S608 - see above


_WITHOUT_COST = {booking: _without_cost(booking) for booking in RefundBooking}


async def products_without_cost(
    session: ReadSession, asked: SalesDays, *, target: str | None, without_rate: Sequence[tuple[date, str]]
) -> dict[tuple[int | None, str], int]:
    """How many products have a sale or a refund without a cost, by period and currency; None is the whole range.

    With a `target` all of them are told in it, but for the days of currencies that are `without_rate`.
    """
    values = [session.tenant_id, *asked.values, asked.periods, target is not None, *_numbered(asked, without_rate)]
    rows = await session.fetch(_WITHOUT_COST[asked.booking], values)
    return {(period, currency if target is None else target): count for period, currency, count in rows}
