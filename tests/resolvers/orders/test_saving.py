"""Orders as a shop pushes them: each is stored for itself, the newest state wins, faults are told with their paths."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.channels.channel import ChannelKind, ChannelStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.orders import SAVE, OrderWorld, line, order, order_world


@pytest.fixture
async def world(tools: Toolbox) -> OrderWorld:
    return await order_world(tools)


async def test_an_order_is_shown_as_it_was_pushed(world: OrderWorld) -> None:
    refund = {"externalId": "r1", "amount": 10.5, "at": "2026-11-03T10:00:00Z", "reason": "Torn"}
    lines = [line("L", 2, 59.5, discount=9), line(None, 1, 100, externalId="second", title="🎁" * 500)]
    await world.saved(
        order(
            1, *lines, url="https://shop.example/1", buyerHandle="ann-7", buyerCountry="DE", shipping=5.95,
            discount=10, tax=1.05, fees=3, refunds=[refund],
        )
    )  # fmt: skip
    [found] = await world.orders()
    assert found["total"] == Decimal("207.00")
    assert (found["subtotal"], found["discount"], found["shipping"], found["tax"]) == (
        Decimal(219), Decimal(19), Decimal("5.95"), Decimal("1.05")
    )  # fmt: skip
    assert found["netRevenue"] == Decimal("195.45")
    assert found["buyer"] == {"handle": "ann-7", "country": "DE", "isErased": False}
    assert found["refunds"] == [
        refund | {"amount": Decimal("10.5"), "at": "2026-11-03T10:00:00+00:00", "isSettled": True}
    ]
    first, second = found["lines"]
    assert (first["sku"], first["quantity"], first["unitPrice"], first["discount"]) == ("L", 2, Decimal("59.5"), 9)
    assert (second["sku"], second["title"], second["unitCost"]) == (None, "🎁" * 500, None)
    assert (found["status"], found["url"], found["channel"]["id"]) == ("PAID", "https://shop.example/1", world.shop_id)
    assert (found["placedAt"], found["fees"]) == ("2026-11-01T11:00:00+00:00", 3)


@pytest.mark.parametrize("odd", ['"', "\\", "null", "{}", "a,b", " NULL ", '\\",{"', "\n\t", "'); --", "\u2028é"])
async def test_texts_are_kept_to_the_letter(world: OrderWorld, odd: str) -> None:
    odd_lines = [line(None, externalId=f"{odd}{place}", title=f"{odd}x") for place in range(2)]
    await world.saved(order(1, *odd_lines, externalId=f"{odd}1", buyerHandle=f"{odd}h"), order(2))
    found = {each["externalId"]: each for each in await world.orders()}
    assert found.keys() == {f"{odd}1", "order-2"}
    stored = found[f"{odd}1"]
    assert stored["buyer"]["handle"] == f"{odd}h"
    assert [(each["externalId"], each["title"], each["sku"]) for each in stored["lines"]] == [
        (f"{odd}{place}", f"{odd}x", None) for place in range(2)
    ]


async def test_a_state_without_fees_keeps_those_that_are_known(world: OrderWorld) -> None:
    await world.saved(order(1, fees=3, updatedAt="2026-11-03T10:00:00Z"))
    await world.saved(order(1, status="SHIPPED", updatedAt="2026-11-04T10:00:00Z"))
    [found] = await world.orders()
    assert (found["status"], found["fees"]) == ("SHIPPED", 3)
    await world.saved(order(1, fees=0, updatedAt="2026-11-05T10:00:00Z"))
    [found] = await world.orders()
    assert found["fees"] == 0


async def test_a_newer_state_replaces_the_order_and_an_older_or_equal_one_is_stale(world: OrderWorld) -> None:
    await world.saved(order(1, line("A"), line("B"), minutes=10, buyerHandle="ann"))
    [before] = await world.orders()
    refund = {"externalId": "r", "amount": 1, "at": "2026-11-03T10:00:00Z"}
    for minutes in (0, 10):
        again = await world.save(order(1, line("C"), minutes=minutes, status="CANCELLED", refunds=[refund]))
        assert (again["saved"], again["stale"], again["userErrors"]) == (0, 1, [])
    assert await world.orders() == [before]
    await world.saved(order(1, line("B", 3), line("C"), minutes=20, status="SHIPPED", refunds=[refund]))
    [after] = await world.orders()
    assert (after["id"], after["status"], after["buyer"]) == (before["id"], "SHIPPED", None)
    assert [(each["sku"], each["quantity"]) for each in after["lines"]] == [("B", 3), ("C", 1)]
    # What stays of an order keeps its id.
    assert after["lines"][0]["id"] == before["lines"][1]["id"]
    assert [each["externalId"] for each in after["refunds"]] == ["r"]


async def test_of_two_states_in_one_call_the_newer_one_counts(world: OrderWorld) -> None:
    found = await world.save(
        order(1, minutes=5, status="SHIPPED"), order(1, minutes=1), order(1, minutes=5, status="COMPLETED"), order(2)
    )
    assert (found["saved"], found["stale"], found["userErrors"]) == (2, 2, [])
    assert [(each["externalId"], each["status"]) for each in await world.orders()] == [
        ("order-2", "PAID"), ("order-1", "SHIPPED")
    ]  # fmt: skip


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no id": (order(2, externalId=""), ["externalId"]),
    "blank id": (order(2, externalId="  "), ["externalId"]),
    "NUL": (order(2, externalId="a\0"), ["externalId"]),
    "long id": (order(2, externalId="x" * 201), ["externalId"]),
    "currency": (order(2, currency="ZZZ"), ["currency"]),
    "placed tomorrow": (order(2, placedAt="2026-11-28T13:00:00Z"), ["placedAt"]),
    "changed tomorrow": (order(2, updatedAt="2026-11-28T12:06:00Z"), ["updatedAt"]),
    "country": (order(2, buyerCountry="Germany"), ["buyerCountry"]),
    "handle": (order(2, buyerHandle="secret\0"), ["buyerHandle"]),
    "address": (order(2, url="javascript:alert(1)"), ["url"]),
    "negative": (order(2, shipping=-1), ["shipping"]),
    "third decimal": (order(2, tax=1.005), ["tax"]),
    "enormous": (order(2, fees=1e15), ["fees"]),
    "yen": (order(2, line(price=1.5), currency="JPY"), ["lines", "0", "unitPrice"]),
    "no lines": (order(2) | {"lines": []}, ["lines"]),
    "many lines": (order(2, *(line(externalId=str(each)) for each in range(501))), ["lines"]),
    "two of one id": (order(2, line(), line()), ["lines", "1", "externalId"]),
    "no piece": (order(2, line(), line("M", 0)), ["lines", "1", "quantity"]),
    "minus one": (order(2, line(quantity=-1)), ["lines", "0", "quantity"]),
    "title": (order(2, line(title="x" * 501)), ["lines", "0", "title"]),
    "sku": (order(2, line(sku="x" * 201, externalId="1")), ["lines", "0", "sku"]),
    "line's discount": (order(2, line(discount=59.51)), ["lines", "0", "discount"]),
    "discounts": (order(2, line(discount=59), discount=0.51), ["discount"]),
    "sum": (order(2, line(quantity=1_000_000, price=999_999_999_999)), ["lines"]),
    "refund": (
        order(2, refunds=[{"externalId": each, "amount": 30, "at": "2026-11-02T00:00:00Z"} for each in ("a", "b")]),
        ["refunds", "1", "amount"],
    ),
    "two refunds of one id": (
        order(2, refunds=[{"externalId": "a", "amount": 1, "at": "2026-11-02T00:00:00Z"}] * 2),
        ["refunds", "1", "externalId"],
    ),
    "refund tomorrow": (
        order(2, refunds=[{"externalId": "a", "amount": 1, "at": "2026-11-29T00:00:00Z"}]),
        ["refunds", "0", "at"],
    ),
}


async def test_what_is_wrong_with_one_order_costs_no_other(world: OrderWorld) -> None:
    await world.product("L", 10)
    found = await world.save(order(1), *(wrong for wrong, _ in WRONG.values()), order(3))
    assert (found["saved"], found["stale"]) == (2, 0)
    told = {(each["code"], *each["field"]) for each in found["userErrors"]}
    assert told == {("INVALID", "orders", str(place), *path) for place, (_, path) in enumerate(WRONG.values(), 1)}
    assert "secret" not in str(found)
    assert [each["externalId"] for each in await world.orders()] == ["order-3", "order-1"]
    assert await world.stock() == {"L": (8, "PUBLISHED")}


async def test_a_thousand_orders_fit_into_a_call_and_no_more(world: OrderWorld) -> None:
    orders = [order(1, externalId=str(number)) for number in range(1001)]
    refused = await world.save(*orders)
    assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [("INVALID", ["orders"])]
    assert await world.orders() == []
    await world.saved(*orders[:1000])
    assert (await world.page(first=1))["totalCount"] == 1000
    assert await world.save() == {"saved": 0, "stale": 0, "userErrors": []}


async def test_a_channel_that_takes_no_orders_says_why(world: OrderWorld) -> None:
    ebay = await world.another_shop(kind=ChannelKind.EBAY)
    gone = await world.another_shop(status=ChannelStatus.DISCONNECTED, disconnected_at=datetime.now(UTC))
    frozen = await world.another_shop(frozen_at=datetime.now(UTC))
    for shop, code in ((ebay, "NOT_SUPPORTED"), (gone, "CONFLICT"), (frozen, "QUOTA_EXCEEDED")):
        refused = await world.save(order(), shop=shop)
        assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [(code, ["channelId"])]
    for channel, code in ((encode_id("Channel", world.team.user_id), "NOT_FOUND"), ("nonsense", "INVALID")):
        answer = (await world.ask(SAVE, channel=channel, orders=[order()])).data["saveOrders"]
        assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [
            (code, None if code == "NOT_FOUND" and answer["userErrors"][0]["field"] is None else ["channelId"])
        ]
    world.role = Role.VIEWER
    assert (await world.ask(SAVE, channel=world.shop_id, orders=[order()])).codes == ["FORBIDDEN"]
    assert await world.orders() == []


async def test_the_log_counts_orders_and_tells_of_no_buyer(world: OrderWorld) -> None:
    await world.product("L")
    await world.saved(order(1, buyerHandle="handle-of-a-buyer", buyerCountry="IS"), order(2))
    await world.save(order(1))
    await world.saved(order(1, minutes=1, buyerHandle="handle-of-a-buyer"))
    world.role = Role.OWNER
    log = (await world.ask("{ auditLog { nodes { action changes } } }")).data["auditLog"]["nodes"]
    assert [each["changes"]["after"] for each in log if each["action"] == "orders.saved"] == [
        {"saved": 1, "new": 0, "products_changed": 0}, {"saved": 2, "new": 2, "products_changed": 1}
    ]  # fmt: skip
    assert "handle-of-a-buyer" not in str(log)
    shop = (await world.ask("{ channels { nodes { ordersSyncedAt } } }")).data["channels"]["nodes"]
    assert shop == [{"ordersSyncedAt": "2026-11-28T12:00:00+00:00"}]
