"""Lists of orders: their filter, their pages, those of a channel, and what an order was worth (golden numbers)."""

from decimal import Decimal
from typing import Any

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.ads import statements
from tests.worlds.orders import OrderWorld, line, order, order_world


@pytest.fixture
async def world(tools: Toolbox) -> OrderWorld:
    return await order_world(tools)


def placed(instant: str, number: int = 1, **given: Any) -> dict[str, Any]:
    return order(number, **{"placedAt": instant, "updatedAt": instant} | given)


async def test_the_golden_orders_are_worth_what_the_facts_say(world: OrderWorld) -> None:
    """O1 to O4: prices with tax in one channel, a refund on the next day, a cancelled order, another currency."""
    with_tax = await world.another_shop(included_tax_rate=Decimal("0.19"))
    await world.product("L", cost=Decimal("20.00"))
    await world.product("M")
    refund = {"externalId": "r", "amount": 59.5, "at": "2026-11-02T10:00:00Z"}
    o1 = placed("2026-11-01T09:00:00Z", 1, lines=[line("L", 2, 59.5)], shipping=5.95, fees=12)
    o2 = placed("2026-11-01T22:30:00Z", 2, lines=[line("M", 1, 119)], refunds=[refund])
    o3 = placed("2026-11-02T09:00:00Z", 3, lines=[line("L", 1, 59.5)], status="CANCELLED")
    o4 = placed("2026-11-02T09:00:00Z", 4, lines=[line("L", 1, 108)], currency="USD", fees=3.24)
    await world.saved(o1, o2, o3, shop=with_tax)
    await world.saved(o4)
    assert {each["externalId"]: each["netRevenue"] for each in await world.orders()} == {
        "order-1": Decimal(105), "order-2": Decimal(50), "order-3": 0, "order-4": Decimal(108)
    }  # fmt: skip
    assert await world.stock() == {"L": (7, "PUBLISHED"), "M": (9, "PUBLISHED")}


async def test_a_refund_of_tax_that_stands_apart_makes_no_negative_revenue(world: OrderWorld) -> None:
    refund = {"externalId": "r", "amount": 67.5, "at": "2026-11-02T10:00:00Z"}
    await world.saved(order(1, tax=8, refunds=[refund]))
    assert [(each["total"], each["netRevenue"]) for each in await world.orders()] == [(Decimal("67.5"), 0)]


async def test_a_filter_leaves_out_what_does_not_match(world: OrderWorld) -> None:
    other, red = await world.another_shop(), await world.product("Red-1")
    await world.saved(
        placed("2026-11-02T22:59:59Z", 1, lines=[line("Red-1", title="Café")]),
        placed("2026-11-02T23:00:00Z", 2, status="SHIPPED", lines=[line(None, title="Tea"), line("B-2")]),
    )
    await world.saved(placed("2026-11-01T22:59:59Z", 3), shop=other)

    async def found(**wanted: Any) -> list[int]:
        return [int(each["externalId"][-1]) for each in await world.orders(**wanted)]

    assert await found() == [2, 1, 3]
    assert await found(channelIds=[world.shop_id]) == [2, 1]
    assert await found(channelIds=[]) == []
    assert await found(status=["SHIPPED", "CANCELLED"]) == [2]
    # The 2nd of November in Berlin ends at 23:00 by UTC.
    assert await found(placed={"between": {"from": "2026-11-02", "to": "2026-11-02"}}) == [1]
    assert await found(placed={"preset": "LAST_30_DAYS"}) == [2, 1, 3]
    assert await found(placed={"preset": "TODAY"}) == []
    assert await found(productIds=[encode_id("Product", red)]) == [1]
    assert await found(text={"contains": "cafe\u0301"}) == [1]
    assert await found(text={"startsWith": "red"}) == [1]
    assert await found(text={"eq": "b-2"}) == [2]
    assert await found(text={"in": ["ORDER-3", "tea"]}) == [2, 3]
    assert await found(text={"contains": "%"}) == []
    backwards = {"between": {"from": "2026-11-02", "to": "2026-11-01"}}
    answer = await world.ask("query ($r: DateRangeInput) { orders(filter: {placed: $r}) { totalCount } }", r=backwards)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_pages_follow_one_another_without_a_gap(world: OrderWorld) -> None:
    """Also among orders of one instant, which are told apart by their ids."""
    await world.saved(*(placed("2026-11-02T10:00:00Z", each) for each in range(5)), order(9))
    seen, after = [], None
    while True:
        page = await world.page(first=2, after=after)
        assert page["totalCount"] == 6
        seen += [each["externalId"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 6
    assert seen[-1] == "order-9"


BY_CHANNEL = """query ($first: Int!, $filter: OrderFilter) { channels(first: 3) { nodes {
  id orders(first: $first, filter: $filter) {
  totalCount nodes {
    externalId netRevenue lines { sku product { sku } } refunds { amount } channel { name } buyer { handle } }
} } } }"""


async def test_orders_of_all_channels_are_read_in_as_many_statements_as_those_of_one(world: OrderWorld) -> None:
    await world.product("L", 100)
    shops = [world.shop, *[await world.another_shop() for _ in range(2)]]
    for place, shop in enumerate(shops):
        await world.saved(*(order(each) for each in range(place + 10)), shop=shop)
    counts = []
    for first in (1, 20):
        with statements(world.tools.db) as sent:
            answer = await world.ask(BY_CHANNEL, first=first, filter={"placed": {"preset": "LAST_30_DAYS"}})
        assert answer.codes == []
        counts.append(len(sent))
    # Whatever the moments at which objects ask: far from one for each order.
    assert max(counts) <= 15
    found = answer.data["channels"]["nodes"]
    assert [each["orders"]["totalCount"] for each in found] == [10, 11, 12]
    assert [one["externalId"] for one in found[0]["orders"]["nodes"]] == [f"order-{each}" for each in range(9, -1, -1)]
    assert found[0]["orders"]["nodes"][0]["lines"] == [{"sku": "L", "product": {"sku": "L"}}]
