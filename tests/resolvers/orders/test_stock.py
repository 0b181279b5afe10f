"""What orders do to products: quantities, statuses, and what one piece cost at the time of sale."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from analytics.rates import PublishedRate
from models.products.product import Product
from models.rates.fx_rate import store_rates
from models.tenants.tenant import Tenant
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.orders import OrderWorld, line, order, order_world

MAKE = "mutation ($input: ProductInput!) { createProduct(input: $input) { product { id } userErrors { code } } }"
CHANGE = """mutation ($id: ID!, $version: Int!, $input: ProductInput!) {
  updateProduct(id: $id, expectedVersion: $version, input: $input) { userErrors { code } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> OrderWorld:
    return await order_world(tools)


async def test_a_sale_takes_from_the_quantity_and_sells_the_product_out(world: OrderWorld) -> None:
    await world.product("L", 3)
    await world.product("D", 1, status="DRAFT")
    await world.saved(order(1, line("L", 2), line("D"), line("other")))
    assert await world.stock() == {"D": (0, "DRAFT"), "L": (1, "PUBLISHED")}
    # To push it again takes nothing again; an order that was cancelled from the beginning takes nothing.
    await world.save(order(1, line("L", 2), line("D")))
    await world.saved(order(2, line("L"), status="CANCELLED"))
    assert await world.stock() == {"D": (0, "DRAFT"), "L": (1, "PUBLISHED")}
    # More than there is: a quantity is never negative.
    await world.saved(order(3, line("L", 5)), order(4, line("L")))
    assert await world.stock() == {"D": (0, "DRAFT"), "L": (0, "SOLD")}
    # Each gives back what it took: the third order took one, the fourth nothing.
    await world.saved(order(4, line("L"), minutes=1, status="CANCELLED"))
    assert (await world.stock())["L"] == (0, "SOLD")
    await world.saved(order(3, line("L", 5), minutes=1, status="CANCELLED"))
    assert (await world.stock())["L"] == (1, "PUBLISHED")
    await world.saved(order(1, line("L", 2), line("D"), minutes=1, status="CANCELLED"))
    assert await world.stock() == {"D": (1, "DRAFT"), "L": (3, "PUBLISHED")}
    # And takes it once more, should the shop change its mind.
    await world.saved(order(1, line("L", 2), minutes=2))
    assert await world.stock() == {"D": (1, "DRAFT"), "L": (1, "PUBLISHED")}


async def test_a_change_of_a_line_moves_the_difference(world: OrderWorld) -> None:
    await world.product("L", 10)
    await world.product("M", 10)
    steps = [
        ([line("L", 2)], (8, 10)),
        ([line("L", 5)], (5, 10)),
        ([line("L", 1)], (9, 10)),
        # Another product in the same line, a line more, a line less.
        ([line("M", 4, externalId="line-L")], (10, 6)),
        ([line("M", 4, externalId="line-L"), line("L", 3, externalId="second")], (7, 6)),
        ([line("L", 3, externalId="second")], (7, 10)),
        ([line(None, 3, externalId="second")], (10, 10)),
    ]
    for minutes, (lines, left) in enumerate(steps):
        await world.saved(order(1, *lines, minutes=minutes))
        assert tuple(quantity for quantity, _ in (await world.stock()).values()) == left


async def test_a_piece_that_moves_to_another_line_or_order_is_not_sold_twice(world: OrderWorld) -> None:
    await world.product("L", 4, cost=Decimal(20))
    await world.saved(order(1, line("L", 1, externalId="a"), line("L", 3, externalId="b")))
    async with world.tools.db.write(world.team.viewer) as session:
        (await session.get_one(Product, (world.team.tenant_id, world.products["L"]))).cost = Decimal(30)
    steps = [
        # The same pieces, shared out anew; by another id; and where a file has a line more before them.
        [line("L", 3, externalId="a"), line("L", 1, externalId="b")],
        [line("L", 3, externalId="c"), line("L", 1, externalId="d")],
        [line("M", externalId="c"), line("L", 3, externalId="d"), line("L", 1, externalId="e")],
    ]
    for minutes, lines in enumerate(steps, 1):
        await world.saved(order(1, *lines, minutes=minutes))
        assert await world.stock() == {"L": (0, "SOLD")}
        [found] = await world.orders()
        # What was paid for them stays as well.
        assert {one["unitCost"] for one in found["lines"] if one["sku"] == "L"} == {Decimal(20)}
    # What one order gives back is there for another one of the call, whichever comes first.
    await world.saved(order(2, line("L", 4)), order(1, minutes=9, status="CANCELLED"))
    assert await world.stock() == {"L": (0, "SOLD")}
    await world.saved(order(2, line("L", 4), minutes=9, status="CANCELLED"))
    assert await world.stock() == {"L": (4, "PUBLISHED")}


async def test_sales_of_one_call_and_of_many_at_once_add_up(world: OrderWorld) -> None:
    await world.product("L", 100)
    other = await world.another_shop()
    calls = [
        world.saved(*(order(each, externalId=f"{call}-{each}") for each in range(5)), shop=shop)
        for call, shop in enumerate((world.shop, other, world.shop, other))
    ]
    await asyncio.gather(*calls)
    assert await world.stock() == {"L": (80, "PUBLISHED")}


async def test_a_deleted_product_is_sold_no_more_and_a_new_one_has_its_sku(world: OrderWorld) -> None:
    await world.product("L", 5)
    await world.saved(order(1))
    async with world.tools.db.write(world.team.viewer) as session:
        (await session.get_one(Product, (world.team.tenant_id, world.products["L"]))).deleted_at = world.tools.clock()
    await world.saved(order(2))
    assert await world.stock() == {"L": (4, "PUBLISHED")}
    await world.saved(order(1, minutes=1, status="CANCELLED"))
    assert await world.stock() == {"L": (5, "PUBLISHED")}
    values = {"title": "New", "currency": "EUR", "price": 10}
    made = (await world.ask(MAKE, input={"sku": "L", **values})).data["createProduct"]["product"]["id"]
    # What was sold of the old one stays so, and what was sold of none is the new one's.
    query = "{ orders { nodes { externalId lines { product { id } } } } }"
    found = (await world.ask(query)).data["orders"]["nodes"]
    assert {each["externalId"]: each["lines"][0]["product"]["id"] for each in found} == {
        "order-1": encode_id("Product", world.products["L"]), "order-2": made
    }  # fmt: skip


async def test_the_cost_is_that_of_the_first_storing_in_the_orders_currency(world: OrderWorld, tools: Toolbox) -> None:
    async with tools.db.sweep(reason="rates") as session:
        await store_rates(
            session,
            [
                PublishedRate("ISK", date(2026, 11, 2), Decimal(140)),
                PublishedRate("NOK", date(2026, 11, 2), Decimal("11.5")),
            ],
        )
    await world.product("E", cost=Decimal("20.00"))
    await world.product("N", cost=Decimal("115.00"), currency="NOK")
    await world.product("F")
    lines = [line("E", price=1), line("N", price=1), line("F", price=1), line("X", price=1)]
    # Half past eleven at night by UTC is the next day in Berlin, which has rates; the day before has none.
    for number, (placed, currency) in enumerate(
        (("2026-11-01T23:30:00Z", "EUR"), ("2026-11-01T23:30:00Z", "ISK"), ("2026-11-01T22:30:00Z", "ISK"))
    ):
        await world.saved(order(number, *lines, placedAt=placed, currency=currency))
    found = {each["externalId"]: [one["unitCost"] for one in each["lines"]] for each in await world.orders()}
    assert found == {
        "order-0": [Decimal(20), Decimal(10), None, None],
        "order-1": [Decimal(2800), Decimal(1400), None, None],
        "order-2": [None, None, None, None],
    }
    # A later cost changes no history, a new line has the new one.
    async with tools.db.write(world.team.viewer) as session:
        (await session.get_one(Product, (world.team.tenant_id, world.products["E"]))).cost = Decimal(30)
    await world.saved(order(0, lines[0], line("E", price=1, externalId="more"), minutes=9))
    [changed] = [each for each in await world.orders() if each["externalId"] == "order-0"]
    assert [one["unitCost"] for one in changed["lines"]] == [Decimal(20), Decimal(30)]


async def test_a_product_that_is_made_later_is_put_into_lines_without_one(world: OrderWorld) -> None:
    await world.product("L", 5)
    await world.saved(order(1, line("L"), line("new")), order(2, line("new", externalId="x"), line("newer")))
    values = {"title": "New", "currency": "EUR", "price": 10, "cost": 3, "quantity": 7}
    made = await world.ask(MAKE, input={"sku": "old", **values})
    changed = {"id": made.data["createProduct"]["product"]["id"], "version": 1, "input": {"sku": "new"}}
    assert (await world.ask(CHANGE, **changed)).data["updateProduct"]["userErrors"] == []
    assert (await world.ask(MAKE, input={"sku": "newer", **values})).data["createProduct"]["userErrors"] == []
    assert {one["sku"]: one["product"] for each in await world.orders() for one in each["lines"]} == {
        sku: {"sku": sku} for sku in ("L", "new", "newer")
    }
    # Nothing is taken for what was sold before, nor given back.
    await world.saved(order(2, line("new", externalId="x"), line("newer"), minutes=1, status="CANCELLED"))
    await world.saved(order(1, line("L"), line("new", 3), minutes=1))
    assert await world.stock() == {"L": (4, "PUBLISHED"), "new": (5, "DRAFT"), "newer": (7, "DRAFT")}
    assert {one["unitCost"] for each in await world.orders() for one in each["lines"]} == {None}


async def test_orders_are_stored_for_a_tenant_that_is_deleted_no_more(world: OrderWorld) -> None:
    async with world.tools.db.write(world.team.viewer) as session:
        (await session.get_one(Tenant, world.team.tenant_id)).deleted_at = world.tools.clock()
    answer = await world.ask(
        "mutation ($c: ID!, $o: [OrderInput!]!) { saveOrders(channelId: $c, orders: $o) { saved } }",
        c=world.shop_id,
        o=[order()],
    )
    assert answer.codes == ["NOT_FOUND"]
