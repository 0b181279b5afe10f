"""The table of what each channel sold by day, added up as orders are stored, so that a year is read in a moment.

A row is what the orders of one channel in one currency come to that were placed from `starts_at` until before
`ends_at`, a day of the tenant's zone when they were booked. Orders are taken out before they change and put in
afterwards, by whoever holds the tenant by `lock_quotas`. Each order is booked in a row whose days it lies in: so where
all rows that touch some instants are days of a question, they are all that there is. Where they are not, since the
tenant had another zone or zones have other tables, the question is answered from the orders themselves.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, TextClause, text
from sqlmodel import Field, SQLModel

from analytics.periods import day_end
from models.columns import EXACT, tenant_key
from models.database import WriteSession

# Orders of earlier days are booked nowhere: zones had odd offsets, and calendars end.
FIRST_BOOKED = datetime(1970, 1, 3, tzinfo=UTC)
_DAY = timedelta(days=1)


class BookedSales(SQLModel, table=True):
    """Sums of orders that count, of which there may be none left; amounts contain included taxes.

    `fees` and `cost` are of the orders that have them; `covered` is the gross revenue whose fees and costs are known.
    """

    __tablename__ = "booked_sales"
    __table_args__ = (tenant_key("channel_id", "channel"), Index(None, "tenant_id", "channel_id"))

    tenant_id: UUID = Field(primary_key=True)
    starts_at: datetime = Field(primary_key=True)
    ends_at: datetime = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    orders: int = Field(sa_type=BigInteger)
    units: int = Field(sa_type=BigInteger)
    gross: Decimal = Field(sa_type=EXACT)
    fees: Decimal = Field(sa_type=EXACT)
    cost: Decimal = Field(sa_type=EXACT)
    covered: Decimal = Field(sa_type=EXACT)
    gross_without_fees: Decimal = Field(sa_type=EXACT)
    gross_without_cost: Decimal = Field(sa_type=EXACT)
    gross_unlinked: Decimal = Field(sa_type=EXACT)
    orders_without_fees: int = Field(sa_type=BigInteger)
    orders_with_cost: int = Field(sa_type=BigInteger)
    orders_unlinked: int = Field(sa_type=BigInteger)
    orders_bare: int = Field(sa_type=BigInteger)


# The sums by their columns, over rows `sale` with the `gross` of each order.
DAY_SUMS = {
    "orders": "count(*)",
    "units": "sum(units)",
    "gross": "sum(gross)",
    "fees": "sum(fees)",
    "cost": "sum(cost)",
    "covered": "sum(gross * costed) filter (where fees is not null)",
    "gross_without_fees": "sum(gross) filter (where fees is null)",
    "gross_without_cost": "sum(gross * (1 - costed))",
    "gross_unlinked": "sum(gross * (1 - linked))",
    "orders_without_fees": "count(*) filter (where fees is null)",
    "orders_with_cost": "count(cost)",
    "orders_unlinked": "count(*) filter (where has_unlinked)",
    "orders_bare": "count(*) filter (where has_bare)",
}
GROSS = "greatest(subtotal - discount + shipping, 0)"


def _booked(which: str, sign: str) -> TextClause:
    # RETURNING: as in storing.py.
    return text(f"""
        insert into booked_sales (tenant_id, starts_at, ends_at, channel_id, currency, {", ".join(DAY_SUMS)})
        select :tenant_id, (cast(:starts as timestamptz[]))[day], (cast(:ends as timestamptz[]))[day], channel_id,
            currency, {", ".join(f"{sign} coalesce({sql}, 0)" for sql in DAY_SUMS.values())}
        from (
            select *, {GROSS} as gross, width_bucket(placed_at, cast(:starts as timestamptz[])) as day
            from sales_order
            where tenant_id = :tenant_id and status <> 'CANCELLED' and placed_at >= cast(:first as timestamptz) {which}
        ) as sale
        group by day, channel_id, currency
        on conflict (tenant_id, starts_at, ends_at, channel_id, currency) do update
        set {", ".join(f"{name} = booked_sales.{name} + excluded.{name}" for name in DAY_SUMS)}
        returning 1
    """)  # noqa: S608 - names of our own columns


_OF_IDS = "and id = any(cast(:order_ids as uuid[]))"
_PUT_IN, _TAKE_OUT, _PUT_ALL = _booked(_OF_IDS, "+"), _booked(_OF_IDS, "-"), _booked("", "+")
_FORGET = text("delete from booked_sales where tenant_id = :tenant_id")
_DATES = text("""
    select distinct (placed_at at time zone 'UTC')::date from sales_order
    where tenant_id = :tenant_id and placed_at >= cast(:first as timestamptz)
""")


async def take_out(session: WriteSession, orders: Mapping[UUID, datetime], time_zone: str) -> None:
    """Takes these orders, with the instants at which they were placed, out of their days, before they change."""
    await _book(session, _TAKE_OUT, _dates(orders.values()), time_zone, order_ids=[*orders])


async def put_in(session: WriteSession, orders: Mapping[UUID, datetime], time_zone: str) -> None:
    """Puts these orders into their days as they are now."""
    await _book(session, _PUT_IN, _dates(orders.values()), time_zone, order_ids=[*orders])


async def book_all_anew(session: WriteSession, time_zone: str) -> None:
    """Books all orders of the tenant by the days of this zone."""
    connection = await session.connection()
    await connection.execute(_FORGET, {"tenant_id": session.tenant_id})
    values = {"tenant_id": session.tenant_id, "first": FIRST_BOOKED}
    dates = (await connection.execute(_DATES, values)).scalars().all()
    await _book(session, _PUT_ALL, dates, time_zone)


def _dates(placed: Iterable[datetime]) -> set[date]:
    return {each.astimezone(UTC).date() for each in placed if each >= FIRST_BOOKED}


async def _book(
    session: WriteSession, statement: TextClause, dates: Collection[date], time_zone: str, **of: list[UUID]
) -> None:
    """`dates` are those of the orders in UTC."""
    # In no zone is it another day than that of UTC, the one before, or the one after.
    days = sorted({day + shift for day in dates for shift in (-_DAY, timedelta(0), _DAY)})
    if days:
        starts, ends = ([day_end(day - back, time_zone) for day in days] for back in (_DAY, timedelta(0)))
        values = {"tenant_id": session.tenant_id, "starts": starts, "ends": ends, "first": FIRST_BOOKED, **of}
        await (await session.connection()).execute(statement, values)
