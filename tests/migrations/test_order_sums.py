"""Orders that were stored before 0060: their sums, days and shares are what plain loops over their lines come to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from migrations.run import upgrade

ZONES = ("Europe/Berlin", "Asia/Kathmandu", "Africa/Cairo", "No/Such", "UTC")
# A day that ends, begins or changes its clock beside them, and one that no day is booked for.
INSTANTS = [
    *(datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(60)),
    *(datetime(2026, 4, 23, 20, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(12)),
    datetime(1970, 1, 2, 23, 59, tzinfo=UTC),
]
TABLES = ("tenant", "channel", "product", "sales_order", "order_line", "booked_sales")
Line = tuple[int, Decimal, Decimal, Decimal | None, bool]


@dataclass
class Sale:
    order_id: UUID
    channel_id: UUID
    placed_at: datetime
    currency: str
    is_cancelled: bool
    gross: Decimal
    fees: Decimal | None
    lines: list[Line] = field(default_factory=list)

    def share(self, which: Sequence[bool]) -> Fraction:
        values = [
            max(quantity * Fraction(price) - Fraction(off), Fraction(0)) for quantity, price, off, _, _ in self.lines
        ]
        if not sum(values):
            values = [Fraction(line[0]) for line in self.lines]
        part = sum((value for value, is_in in zip(values, which, strict=True) if is_in), Fraction(0))
        return part / sum(values) if self.lines else Fraction(0)

    @property
    def costed(self) -> Fraction:
        return self.share([line[3] is not None for line in self.lines])

    @property
    def linked(self) -> Fraction:
        return self.share([line[4] for line in self.lines])

    @property
    def cost(self) -> Decimal | None:
        known = [line[0] * line[3] for line in self.lines if line[3] is not None]
        return sum(known, Decimal(0)) if known else None


def _made(random: Random, channels: Sequence[UUID]) -> Sale:
    gross = Decimal(random.randrange(-500, 9_000)) / 100
    sale = Sale(
        uuid4(),
        random.choice(channels),
        random.choice(INSTANTS),
        random.choice(("EUR", "EUR", "USD")),
        random.random() < 0.2,
        max(gross, Decimal(0)),
        random.choice((None, Decimal("1.25"))),
    )
    for _ in range(random.choice((0, 1, 2, 3))):
        price = random.choice((Decimal(0), Decimal("9.99"), Decimal(3)))
        off, cost = random.choice((Decimal(0), price)), random.choice((None, Decimal("2.5")))
        sale.lines.append((random.randrange(1, 4), price, off, cost, random.random() < 0.6))
    return sale


def _tenant(connection: psycopg.Connection, zone: str) -> tuple[UUID, list[UUID], UUID]:
    tenant, product, channels = uuid4(), uuid4(), [uuid4(), uuid4()]
    connection.execute(
        "insert into tenant (id, name, slug, currency, time_zone, created_at) values (%s, 'T', %s, 'EUR', %s, now())",
        (tenant, str(tenant), zone),
    )
    for channel in channels:
        connection.execute(
            "insert into channel (tenant_id, id, kind, name, status, ends_elsewhere_on_sale, version, created_at,"
            " updated_at) values (%s, %s, 'SHOP', 'Shop', 'CONNECTED', false, 1, now(), now())",
            (tenant, channel),
        )
    # Deleted, and not erased yet: its lines are linked all the same.
    connection.execute(
        "insert into product (tenant_id, id, sku, title, description, currency, price, quantity, status, page_urls,"
        " version, created_at, updated_at, deleted_at)"
        " values (%s, %s, 'A', 'A', '', 'EUR', 1, 1, 'DRAFT', '{}', 1, now(), now(), now())",
        (tenant, product),
    )
    return tenant, channels, product


def _store(connection: psycopg.Connection, tenant: UUID, product: UUID, sale: Sale) -> None:
    status = "CANCELLED" if sale.is_cancelled else "PAID"
    connection.execute(
        "insert into sales_order (tenant_id, id, channel_id, external_id, status, currency, placed_at, updated_at,"
        " subtotal, discount, shipping, tax, total, fees, stored_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, now(), %s, 1, 1, 7, 9, %s, now())",
        (
            tenant, sale.order_id, sale.channel_id, str(sale.order_id), status, sale.currency, sale.placed_at,
            sale.gross, sale.fees,
        ),
    )  # fmt: skip
    for place, (quantity, price, off, cost, is_linked) in enumerate(sale.lines, 1):
        # A product that is erased leaves its id in the line.
        product_id = product if is_linked else uuid4() if place % 2 else None
        connection.execute(
            "insert into order_line (tenant_id, id, order_id, position, external_id, title, quantity, unit_price,"
            " discount, product_id, unit_cost) values (%s, %s, %s, %s, %s, 'x', %s, %s, %s, %s, %s)",
            (tenant, uuid4(), sale.order_id, place, str(place), quantity, price, off, product_id, cost),
        )


def _let_in(connection: psycopg.Connection, tables: Sequence[str], *, is_owner: bool) -> None:
    change = "no force" if is_owner else "force"
    for table in tables:
        connection.execute(sql.SQL(f"alter table {{}} {change} row level security").format(sql.Identifier(table)))


def _bounds(sale: Sale, zone: str) -> tuple[datetime, datetime]:
    there = ZoneInfo("UTC" if zone == "No/Such" else zone)
    day = sale.placed_at.astimezone(there).date()
    ends = (datetime.combine(each, time.min, there).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return next(ends), next(ends)


def _days(sales: Sequence[Sale], zone: str) -> dict[tuple[Any, ...], list[Any]]:
    """Of each day, channel and currency the orders, units, gross, fees, cost, covered and unlinked revenue."""
    days: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, 0, *[Fraction(0)] * 5])
    for sale in sales:
        if sale.is_cancelled or sale.placed_at.year == 1970:
            continue
        gross, found = Fraction(sale.gross), days[*_bounds(sale, zone), sale.channel_id, sale.currency]
        amounts = (
            1, sum(line[0] for line in sale.lines), gross, Fraction(sale.fees or 0), Fraction(sale.cost or 0),
            gross * sale.costed if sale.fees is not None else Fraction(0), gross * (1 - sale.linked),
        )  # fmt: skip
        for place, amount in enumerate(amounts):
            found[place] += amount
    return dict(days)


def _is_near(found: Decimal, wanted: Fraction) -> bool:
    return abs(Fraction(found) - wanted) < Fraction(1, 10**9)


def test_orders_that_are_stored_already_get_their_sums_and_days(empty: str) -> None:
    random, stored = Random(60), dict[UUID, tuple[str, list[Sale]]]()
    upgrade(empty, "0059")
    with psycopg.connect(empty) as connection:
        _let_in(connection, TABLES[:-1], is_owner=True)
        for zone in ZONES:
            tenant, channels, product = _tenant(connection, zone)
            stored[tenant] = zone, [_made(random, channels) for _ in range(60)]
            for sale in stored[tenant][1]:
                _store(connection, tenant, product, sale)
        _let_in(connection, TABLES[:-1], is_owner=False)
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        open_ = connection.execute("select relname from pg_class where relrowsecurity and not relforcerowsecurity")
        assert open_.fetchall() == []
        _let_in(connection, TABLES, is_owner=True)
        for tenant, (zone, sales) in stored.items():
            _compare_orders(connection, sales)
            _compare_days(connection, tenant, _days(sales, zone))


def _compare_orders(connection: psycopg.Connection, sales: Sequence[Sale]) -> None:
    for sale in sales:
        query = "select units, cost, costed, linked, has_unlinked, has_bare from sales_order where id = %s"
        [(units, cost, costed, linked, *marks)] = connection.execute(query, (sale.order_id,)).fetchall()
        assert (units, cost) == (sum(line[0] for line in sale.lines), sale.cost)
        assert _is_near(costed, sale.costed)
        assert _is_near(linked, sale.linked)
        is_bare = any(line[3] is None for line in sale.lines)
        assert marks == [not all(line[4] for line in sale.lines) or not sale.lines, is_bare]
        of_lines = "select placed_at, share from order_line where order_id = %s order by position"
        for place, (placed_at, share) in enumerate(connection.execute(of_lines, (sale.order_id,)).fetchall()):
            assert placed_at == sale.placed_at
            assert _is_near(share, sale.share([each == place for each in range(len(sale.lines))]))


def _compare_days(connection: psycopg.Connection, tenant: UUID, wanted: dict[tuple[Any, ...], list[Any]]) -> None:
    rows = connection.execute(
        "select starts_at, ends_at, channel_id, currency, orders, units, gross, fees, cost, covered, gross_unlinked"
        " from booked_sales where tenant_id = %s",
        (tenant,),
    ).fetchall()
    found = {(row[0].astimezone(UTC), row[1].astimezone(UTC), *row[2:4]): row[4:] for row in rows}
    assert found.keys() == wanted.keys()
    for key, numbers in found.items():
        assert all(_is_near(Decimal(one), Fraction(other)) for one, other in zip(numbers, wanted[key], strict=True))
