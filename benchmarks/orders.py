"""Orders: 100,000 of them pushed a thousand a call, beside COPY of the same rows into tables with the same indexes.

The calls are those of the service, with checks, products whose quantities fall, costs, locks and the audit log. COPY
has neither policies nor foreign keys.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import asyncpg

from auth.viewer import Viewer
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import NOON, new_owner, own_postgres, run, toolbox
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.orders.order import OrderStatus
from models.products.product import Product, ProductStatus
from services.orders.saving import MOST_AT_ONCE, save_orders
from services.orders.wishes import LineWish, OrderWish
from services.toolbox import Toolbox

ORDERS, ROUNDS = 100_000, 3
PRODUCTS = 1_000
TABLES = ("sales_order", "order_line")


def order(number: int) -> OrderWish:
    """Two or three lines, one of them of no product that is known."""
    placed = NOON - timedelta(days=number % 365, seconds=number % 86_400)
    lines = [
        LineWish(str(place), f"Thing {place}", 1 + number % 3, Decimal("19.90"), f"SKU-{(number + place) % PRODUCTS}")
        for place in range(1 + number % 2)
    ]
    lines.append(LineWish("last", "Something else", 1, Decimal("4.50")))
    return OrderWish(
        external_id=f"order-{number}",
        status=OrderStatus.PAID,
        currency="EUR",
        placed_at=placed,
        updated_at=placed,
        lines=lines,
        buyer_handle=f"buyer-{number}",
        buyer_country="DE",
        shipping=Decimal("4.90"),
        fees=Decimal("1.20"),
    )


async def shop(tools: Toolbox, viewer: Viewer) -> Channel:
    """A shop of the viewer's with products that are never sold out."""
    assert viewer.tenant_id is not None
    made = Channel(
        tenant_id=viewer.tenant_id, id=new_id(), kind=ChannelKind.SHOP, name="Shop", status=ChannelStatus.CONNECTED
    )
    async with tools.db.write(viewer) as session:
        session.add(made)
        session.add_all(
            Product(
                tenant_id=viewer.tenant_id,
                sku=f"SKU-{number}",
                title="Thing",
                currency="EUR",
                price=Decimal("19.90"),
                cost=Decimal("7.10"),
                quantity=2_000_000_000,
                status=ProductStatus.PUBLISHED,
            )
            for number in range(PRODUCTS)
        )
    return made


def calls(orders: int) -> Iterator[list[OrderWish]]:
    for start in range(0, orders, MOST_AT_ONCE):
        yield [order(number) for number in range(start, min(orders, start + MOST_AT_ONCE))]


async def push(tools: Toolbox, viewer: Viewer, channel: Channel, orders: int) -> float:
    took = 0.0
    for wishes in calls(orders):
        began = perf_counter()
        found = await save_orders(tools, viewer, channel.id, wishes)
        took += perf_counter() - began
        assert (found.saved, found.refusals) == (len(wishes), [])
    return took


async def copy(dsn: str, viewer: Viewer) -> tuple[float, int]:
    """Seconds that COPY takes for the rows that were pushed, a thousand orders' worth at a time; and how many."""
    db = await asyncpg.connect(dsn)
    took, count = 0.0, 0
    try:
        await db.execute("select set_config('app.tenant_id', $1, false)", str(viewer.tenant_id))
        for table in TABLES:
            rows: list[Any] = await db.fetch(f'select * from "{table}"')
            await db.execute(
                f"drop table if exists floor_{table}; create table floor_{table} (like {table} including all)"
            )
            columns = list(rows[0].keys())
            size = MOST_AT_ONCE * len(rows) // ORDERS or MOST_AT_ONCE
            records = [tuple(row) for row in rows]
            began = perf_counter()
            for start in range(0, len(records), size):
                some = records[start : start + size]
                await db.copy_records_to_table(f"floor_{table}", records=some, columns=columns)
            took, count = took + perf_counter() - began, count + len(records)
    finally:
        await db.close()
    return took, count


async def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    pushed, again, copied, rows = [], [], [], 0
    for _ in range(ROUNDS):
        with own_postgres() as place:
            async with toolbox(place) as tools:
                viewer = await new_owner(tools)
                channel = await shop(tools, viewer)
                pushed.append(await push(tools, viewer, channel, orders))
                began = perf_counter()
                for wishes in calls(orders):
                    assert (await save_orders(tools, viewer, channel.id, wishes)).stale == len(wishes)
                again.append(perf_counter() - began)
            took, rows = await copy(place.urls.migration, viewer)
            copied.append(took)
    readings = [
        Reading("saveOrders", "rows/s", [rows / took for took in pushed]),
        Reading("COPY of the same rows", "rows/s", [rows / took for took in copied]),
        Reading("saveOrders", "s", pushed),
        Reading("COPY of the same rows", "s", copied),
        Reading("the same orders pushed again, all stale", "s", again),
    ]
    share = readings[0].median / readings[1].median
    ratio = Ratio("saveOrders by COPY, rows/s", share * 100, "at least 30 %", share >= 0.3)
    print_table(f"orders: {orders:,} orders, {rows:,} rows with their lines", readings, [ratio])


if __name__ == "__main__":
    run(main())
