"""Orders: 100,000 of them pushed a thousand a call, and brought by a file, beside COPY of the same rows.

The calls are those of the service, with checks, products whose quantities fall, costs, locks and the audit log. COPY
goes into tables with the same indexes, without policies and foreign keys.
"""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from auth.viewer import Viewer
from benchmarks.copied import copy_again
from benchmarks.costs import Cost, Costs
from benchmarks.table import Ratio, print_table
from benchmarks.world import NOON, new_owner, own_postgres, run, toolbox
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.orders.order import OrderStatus
from models.products.product import Product, ProductStatus
from services.orders.files.importing import import_orders
from services.orders.saving import MOST_AT_ONCE, save_orders
from services.orders.wishes import LineWish, OrderWish
from services.toolbox import Toolbox
from startup.collector import settle_collector

ORDERS, ROUNDS = 100_000, 3
PRODUCTS = 1_000
TABLES = ("sales_order", "order_line")
PUSHED, BROUGHT, COPIED = "saveOrders", "importOrders of a file", "COPY of the same rows"
GOAL = 0.3
_PIECE = 1 << 16
_COLUMNS = (
    "externalId",
    "status",
    "currency",
    "placedAt",
    "buyerHandle",
    "buyerCountry",
    "shipping",
    "fees",
    "title",
    "quantity",
    "unitPrice",
    "sku",
)


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


async def push(tools: Toolbox, viewer: Viewer, channel: Channel, wishes: Sequence[list[OrderWish]]) -> None:
    for some in wishes:
        found = await save_orders(tools, viewer, channel.id, some)
        assert (found.saved, found.refusals) == (len(some), [])


async def push_again(tools: Toolbox, viewer: Viewer, channel: Channel, wishes: Sequence[list[OrderWish]]) -> None:
    for some in wishes:
        assert (await save_orders(tools, viewer, channel.id, some)).stale == len(some)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Sent in pieces, as a request brings it."""

    content: bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.content), _PIECE):
            yield self.content[start : start + _PIECE]


def written(orders: int) -> bytes:
    """The same orders as a file of our own columns."""
    lines = [",".join(_COLUMNS)]
    for number in range(orders):
        wish = order(number)
        told = f"{wish.external_id},PAID,EUR,{wish.placed_at:%Y-%m-%dT%H:%M:%SZ},{wish.buyer_handle},DE"
        # What is of the order stands in its first line alone.
        amounts = (f"{wish.shipping},{wish.fees}", *[","] * (len(wish.lines) - 1))
        lines += [
            f"{told},{of_order},{line.title},{line.quantity},{line.unit_price},{line.sku or ''}"
            for line, of_order in zip(wish.lines, amounts, strict=True)
        ]
    return "\n".join(lines).encode()


async def bring(tools: Toolbox, viewer: Viewer, channel: Channel, file: bytes) -> None:
    found = await import_orders(tools, viewer, channel.id, OwnFile(file), is_trial=False)
    assert (found.rows_imported, found.rows_skipped) == (file.count(b"\n"), 0), found.problems


async def main(orders: int) -> None:
    found: dict[str, list[Cost]] = {}
    wishes, file = [*calls(orders)], written(orders)
    settle_collector()
    for _ in range(ROUNDS):
        with own_postgres() as place:
            costs = Costs(place, found)
            async with toolbox(place) as tools:
                viewer, other = await new_owner(tools), await new_owner(tools)
                channel, other_channel = await shop(tools, viewer), await shop(tools, other)
                await costs.of(PUSHED, push(tools, viewer, channel, wishes))
                await costs.of("the same pushed again, all stale", push_again(tools, viewer, channel, wishes))
                copied = await copy_again(place.urls.migration, str(viewer.tenant_id), TABLES, costs, COPIED)
                await costs.of(BROUGHT, bring(tools, other, other_channel, file))
    ratios = [
        Ratio(f"{name} of COPY's rows/s, {of}, %", 100 / times, "at least 30 %", times <= 1 / GOAL)
        for name in (PUSHED, BROUGHT)
        for of, times in costs.times(name, COPIED).items()
    ]
    print_table(f"{orders:,} orders, {copied:,} rows with their lines", costs.readings(), ratios)


if __name__ == "__main__":
    run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS))
