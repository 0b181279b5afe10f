"""What is kept beside orders, through random histories: always what the orders and lines that are stored come to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import text
from sqlmodel import col, select

from models.billing.usage_counter import lock_quotas
from models.channels.channel import Channel
from models.database import WriteSession
from models.orders.booked_sales import DAY_SUMS, book_all_anew
from models.orders.order import SalesOrder
from models.orders.sums import renew_order_sums
from models.orders.unknown_costs import costless_lines, store_costs
from models.products.product import Product
from models.tenants.membership import Role
from models.tenants.tenant import Tenant
from resolvers.node_id import encode_id
from services.products.removal import erase_deleted_products
from services.tenants.lifecycle import TenantWish, update_tenant
from services.toolbox import Toolbox
from tests.worlds.orders import NOW, OrderWorld, line, order, order_world
from tests.worlds.revenue import renew_shares

MAKE = "mutation ($input: ProductInput!) { createProduct(input: $input) { product { id } userErrors { code } } }"
DISCONNECT = "mutation ($id: ID!) { disconnectChannel(id: $id, deleteData: true) { userErrors { code } } }"
# The clocks of Berlin and New York change on different days; Kolkata has half an hour, Auckland is on the day after.
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
PLACED = [date(2026, 10, 24) + timedelta(days=number) for number in range(4)]
SKUS = ("A", "B", "C")
Act = Callable[["History"], Awaitable[None]]


@dataclass
class History:
    world: OrderWorld
    minutes: int = 0
    shops: list[Channel] = field(default_factory=list)

    async def save(self, orders: Sequence[dict[str, Any]], place: int) -> None:
        self.minutes += 1
        changed = [each | {"updatedAt": f"2026-11-05T10:{self.minutes:02d}:00Z"} for each in orders]
        unique = {each["externalId"]: each for each in changed}
        await self.world.saved(*unique.values(), shop=self.shops[place])

    async def make(self, sku: str, cost: int | None) -> None:
        wish = {"sku": sku, "title": sku, "currency": "EUR", "price": 10, "cost": cost}
        answer = await self.world.ask(MAKE, input=wish)
        assert answer.codes == [], answer.messages

    async def erase(self, sku: str) -> None:
        async with self.world.tools.db.write(self.world.team.viewer) as session:
            query = select(Product).where(Product.tenant_id == session.tenant_id, Product.sku == sku)
            for product in await session.exec(query):
                product.deleted_at = NOW - timedelta(days=40)
                session.add(product)
        await erase_deleted_products(self.world.tools)

    async def fill_costs(self, cost: str) -> None:
        async with self.world.tools.db.write(self.world.team.viewer) as session:
            await lock_quotas(session)
            products = (await session.exec(select(Product.id).where(Product.tenant_id == session.tenant_id))).all()
            lines = await costless_lines(session, products, NOW - timedelta(days=90))
            await store_costs(session, {each.id: Decimal(cost) for each in lines[::2]})

    async def move(self, zone: str) -> None:
        await update_tenant(self.world.tools.db, self.world.team.viewer, TenantWish(time_zone=zone))

    async def drop(self, place: int) -> None:
        gone = encode_id("Channel", self.shops[place].id)
        answer = await self.world.ask(DISCONNECT, id=gone)
        assert answer.codes == [], answer.messages
        self.shops[place] = await self.world.another_shop()

    async def check(self) -> Any:
        """What is kept, which is the same once everything has been added up anew."""
        async with self.world.tools.db.write(self.world.team.viewer) as session:
            kept = await _kept(session)
            [tenant] = (await session.exec(select(Tenant).where(Tenant.id == session.tenant_id))).all()
            ids = (await session.exec(select(SalesOrder.id).where(SalesOrder.tenant_id == session.tenant_id))).all()
            await renew_order_sums(session, ids)
            await renew_shares(session)
            await book_all_anew(session, tenant.time_zone)
            assert kept == await _kept(session)
        return kept


LINES = some.lists(
    some.builds(
        line,
        sku=some.sampled_from((*SKUS, None)),
        quantity=some.integers(1, 3),
        price=some.sampled_from((0, 5.25, 19.9)),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each["externalId"],
)


def _order(number: int, lines: list[dict[str, Any]], day: date, hour: int, **given: Any) -> dict[str, Any]:
    return order(number, *lines, placedAt=f"{day}T{hour:02d}:30:00Z", **given)


ORDERS = some.builds(
    _order,
    some.integers(1, 5),
    LINES,
    some.sampled_from(PLACED),
    some.sampled_from((0, 4, 11, 18, 22, 23)),
    status=some.sampled_from(("PAID", "PAID", "CANCELLED")),
    currency=some.sampled_from(("EUR", "EUR", "USD")),
    fees=some.sampled_from((None, 1.5)),
    shipping=some.sampled_from((0, 4.9)),
)
ACTS: some.SearchStrategy[Act] = some.one_of(
    *[
        some.builds(
            lambda orders, place: lambda history: history.save(orders, place),
            some.lists(ORDERS, min_size=1, max_size=4),
            some.integers(0, 1),
        )
    ]
    * 4,
    some.builds(
        lambda sku, cost: lambda history: history.make(sku, cost),
        some.sampled_from(SKUS),
        some.sampled_from((None, 4)),
    ),
    some.builds(lambda sku: lambda history: history.erase(sku), some.sampled_from(SKUS)),
    some.just(lambda history: history.fill_costs("3.5")),
    some.builds(lambda zone: lambda history: history.move(zone), some.sampled_from(ZONES)),
    some.builds(lambda place: lambda history: history.drop(place), some.integers(0, 1)),
)


async def test_every_change_is_followed_by_the_sums(tools: Toolbox) -> None:
    history = await _history(tools)
    two = [line("A", 2), line("B", price=5.25)]
    orders = [_order(1, two, PLACED[0], 22, fees=1.5), _order(2, [line("A"), line(None)], PLACED[2], 4)]
    await history.save(orders, 0)
    kept = [await history.check()]
    acts: list[Act] = [
        lambda history: history.make("A", 4),
        lambda history: history.fill_costs("3.5"),
        lambda history: history.move("Pacific/Auckland"),
        lambda history: history.save([orders[0] | {"placedAt": f"{PLACED[1]}T09:00:00Z", "currency": "USD"}], 0),
        lambda history: history.erase("A"),
        lambda history: history.save([orders[1] | {"status": "CANCELLED"}], 0),
        lambda history: history.save([orders[1]], 0),
        lambda history: history.drop(0),
    ]
    for act in acts:
        await act(history)
        kept.append(await history.check())
        # Each of them changes something.
        assert kept[-1] != kept[-2]
    assert kept[-1] == ({}, {})


@settings(max_examples=12)
@given(acts=some.lists(ACTS, min_size=4, max_size=10))
async def test_sums_are_what_the_stored_orders_come_to(tools: Toolbox, acts: list[Act]) -> None:
    history = await _history(tools)
    for act in acts:
        await act(history)
        await history.check()


_LINES = text(
    "select order_id, placed_at, share from order_line where tenant_id = :tenant_id order by order_id, position"
)


async def _history(tools: Toolbox) -> History:
    world = await order_world(tools)
    world.role = Role.OWNER
    return History(world, shops=[world.shop, await world.another_shop()])


async def _kept(session: WriteSession) -> tuple[dict[UUID, Any], dict[Any, Any]]:
    """What is kept with each order and its lines, and what is booked on days that have any order."""
    query = select(SalesOrder).where(SalesOrder.tenant_id == session.tenant_id).order_by(col(SalesOrder.id))
    names = ("units", "cost", "costed", "linked", "has_unlinked", "has_bare")
    orders = (await session.exec(query.execution_options(populate_existing=True))).all()
    of_days = text(
        f"select starts_at, ends_at, channel_id, currency, {', '.join(DAY_SUMS)} from booked_sales"
        " where tenant_id = :tenant_id and orders <> 0"
    )
    connection, values = await session.connection(), {"tenant_id": session.tenant_id}
    days = (await connection.execute(of_days, values)).all()
    lines: dict[UUID, list[Any]] = {}
    for order_id, *of_line in (await connection.execute(_LINES, values)).all():
        lines.setdefault(order_id, []).append(of_line)
    # What a line says of its order is what the order says.
    assert all(placed_at == each.placed_at for each in orders for placed_at, _ in lines[each.id])
    return (
        {each.id: (*(getattr(each, name) for name in names), lines[each.id]) for each in orders},
        {row[:4]: tuple(row[4:]) for row in days},
    )
