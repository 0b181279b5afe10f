"""Reads what was sold and refunded by day, currency and channel, and which products have no cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from analytics.revenue.sums import ZERO, Concerned, SalesCell
from analytics.revenue.terms import RefundBooking
from models.database import ReadSession
from models.orders.booked_sales import DAY_SUMS, FIRST_BOOKED
from models.revenue.sales_statements import (
    BOOKED,
    CHANNELS,
    FROM,
    INSTANTS,
    ORDERS,
    PLACED,
    TENANT,
    TO,
    day_of,
    refunds_of,
)


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
_DAY_SUMS = ", ".join(DAY_SUMS)
# What is booked on days that touch those that are asked for; no day is as long as two.
_BOOKED = f"""
    select starts_at, ends_at, currency, channel_id, {_DAY_SUMS} from booked_sales
    where tenant_id = {TENANT} and ({CHANNELS} is null or channel_id = any({CHANNELS}))
        and starts_at > {FROM} - interval '2 days' and starts_at < {TO} and ends_at > {FROM}
"""  # noqa: S608 - names of our own columns
# Day by day: each is a part of the index, and few sums are made at a time.
_SOLD = f"""
    select day, found.*
    from generate_series(1, cardinality({INSTANTS}) - 1) as day cross join lateral (
        select currency, channel_id, {", ".join(f"coalesce({sql}, 0)" for sql in DAY_SUMS.values())}
        from ({ORDERS} and placed_at >= ({INSTANTS})[day] and placed_at < ({INSTANTS})[day + 1]) as sale
        group by currency, channel_id
    ) as found
"""  # noqa: S608 - see above


# The days of currencies that have no rate, as numbers and codes.
_WITHOUT_RATE = "unnest($5::int[], $6::text[]) as none(day, currency)"


def _is_left_out(day: str) -> str:
    return f"exists (select from {_WITHOUT_RATE} where none.day = {day} and none.currency = sale.currency)"


def _refunds(booking: RefundBooking) -> str:
    # An order is counted with its sale. Where that lies outside, or on a day that has no rate and is left out, it is
    # counted with its first refund inside that has one.
    late = (f"is_{name} and {condition}" for name in ("late", "outside") for condition in _CONCERNED)
    return f"""
        with sale as materialized ({BOOKED[booking][0]}), refund as ({refunds_of(booking)}), known as (
            select refund.order_id, external_id, booked_at, amount, {day_of("booked_at")} as day,
                case when {_is_left_out(day_of("placed_at"))} then null else {day_of("placed_at")} end as placed,
                not {_is_left_out(day_of("booked_at"))} as is_rated,
                currency, channel_id, fees, costed, linked, has_unlinked, has_bare
            from refund join sale on sale.id = refund.order_id
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
_REFUNDED = {booking: _refunds(booking) for booking in RefundBooking}


async def sales_by_day(session: ReadSession, asked: SalesDays) -> list[SalesCell]:
    """What was sold on the days, in no order."""
    return [_sold(asked.days[number - 1], row) for number, row in await _sold_by_day(session, asked) if row[2]]


async def _sold_by_day(session: ReadSession, asked: SalesDays) -> list[tuple[int, Sequence[Any]]]:
    """Rows with the numbers of their days: currency, channel and DAY_SUMS; of the orders where no days are booked."""
    values = [session.tenant_id, *asked.values]
    if asked.instants[0] >= FIRST_BOOKED:
        numbers = {day: number for number, day in enumerate(pairwise(asked.instants), 1)}
        booked = [(numbers.get((row[0], row[1]), 0), row[2:]) for row in await session.fetch(_BOOKED, values)]
        if all(number for number, _ in booked):
            return booked
    return [(row[0], row[1:]) for row in await session.fetch(_SOLD, values)]


async def refunds_by_day(
    session: ReadSession, asked: SalesDays, *, without_rate: Sequence[tuple[date, str]] = ()
) -> list[SalesCell]:
    """What of refunds is booked on the days, as above.

    The days of currencies that are `without_rate` have cells, too, whose orders are counted on other days alone.
    """
    values = [session.tenant_id, *asked.values, asked.periods, *_numbered(asked, without_rate)]
    return [_refunded(asked, row) for row in await session.fetch(_REFUNDED[asked.booking], values)]


def _numbered(asked: SalesDays, days: Sequence[tuple[date, str]]) -> list[list[Any]]:
    """Days of currencies as statements take them."""
    first = asked.days[0]
    return [[(day - first).days + 1 for day, _ in days], [currency for _, currency in days]]


def _sold(day: date, row: Sequence[Any]) -> SalesCell:
    sums = dict(zip(DAY_SUMS, row[2:], strict=True))
    concerned = Concerned(sums["orders"], sums["orders_without_fees"], sums["orders_unlinked"])
    return SalesCell(
        day=day,
        currency=row[0],
        channel_id=row[1],
        orders=sums["orders"],
        units=int(sums["units"]),
        gross=sums["gross"],
        refunds=ZERO,
        fees=sums["fees"] if sums["orders_without_fees"] < sums["orders"] else None,
        cost=sums["cost"] if sums["orders_with_cost"] else None,
        covered=sums["covered"],
        without_fees=sums["gross_without_fees"],
        without_cost=sums["gross_without_cost"],
        unlinked=sums["gross_unlinked"],
        has_bare=sums["orders_bare"] > 0,
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
        with sale as ({orders} and has_bare), refund as ({refunds_of(booking)}), touched as (
            select id, currency, {day_of("placed_at")} as day from ({PLACED} and has_bare) as placed
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
