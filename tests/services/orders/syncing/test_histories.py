"""Random histories of a seller: whatever happens between two pages, in the end what is stored is what eBay has."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.worlds.ebay_orders import EbayOrders

_CENT = Decimal("0.01")


def _amount(order: dict[str, Any], name: str) -> Decimal:
    return Decimal(order["pricingSummary"].get(name, {"value": "0"})["value"])


def _as_ebay_has_it(order: dict[str, Any]) -> tuple[Any, ...]:
    taken_off = _amount(order, "priceDiscount") + _amount(order, "adjustment")
    refunds = order["paymentSummary"]["refunds"] + [each for line in order["lineItems"] for each in line["refunds"]]
    made = {each["refundId"]: Decimal(each["amount"]["value"]) for each in refunds if each["refundStatus"] != "FAILED"}
    is_cancelled = order["cancelStatus"]["cancelState"] == "CANCELED"
    return (
        _amount(order, "priceSubtotal"),
        -taken_off,
        _amount(order, "deliveryCost") + _amount(order, "deliveryDiscount"),
        _amount(order, "total"),
        is_cancelled,
        # The sandbox makes a refund of nothing where an order is cancelled that was paid back already.
        tuple(sorted((refund_id, amount) for refund_id, amount in made.items() if amount)),
        sum(line["quantity"] for line in order["lineItems"]),
    )


async def _as_stored(ebay: EbayOrders) -> dict[str, tuple[Any, ...]]:
    refunds, lines = await ebay.refunds(), await ebay.lines()
    return {
        external_id: (
            order.subtotal,
            order.discount,
            order.shipping,
            order.total,
            order.status.value == "CANCELLED",
            tuple(sorted((each.external_id, each.amount) for each in refunds if each.order_id == order.id)),
            sum(line.quantity for line in lines if line.order_id == order.id),
        )
        for external_id, order in (await ebay.orders()).items()
    }


def _acts(ebay: EbayOrders, dice: random.Random, known: list[str]) -> list[Callable[[], object]]:
    """What may happen at any moment; an act that eBay refuses at that moment does nothing."""

    def some() -> str:
        return dice.choice(known)

    def sells() -> None:
        price = f"{dice.randint(1, 99)}.{dice.randint(0, 99):02d}"
        lines = [{"price": price, "quantity": dice.randint(1, 3), "sku": f"S{dice.randint(0, 3)}"}]
        known.append(ebay.sale(*lines * dice.randint(1, 2), delivery="4.90", discount=dice.choice(["0.00", "0.50"])))

    return [
        sells,
        sells,
        lambda: ebay.control("orders/refund", order_id=some(), amount=f"0.{dice.randint(10, 99)}"),
        lambda: ebay.control("orders/cancel", order_id=some()),
        lambda: ebay.control("orders/change", order_id=some(), fields={"orderFulfillmentStatus": "FULFILLED"}),
        lambda: ebay.control("orders/hole", order_id=some(), is_hole=dice.random() < 0.5),
        lambda: ebay.control("orders/spoil", order_id=some(), fields=dice.choice([{}, {}, {"lineItems": 7}])),
        lambda: ebay.move(seconds=dice.randint(1, 90)),
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_stored_is_what_ebay_has_to_the_cent(ebay: EbayOrders, seed: int) -> None:
    dice, known = random.Random(seed), list[str]()
    acts = _acts(ebay, dice, known)
    acts[0]()
    ebay.control("orders/generate", count=450, step_s=120)
    known += [f"20-00000-{number:05d}" for number in range(0, 450, 25)]
    bad = ebay.sale()
    ebay.control("orders/spoil", order_id=bad, fields={"lineItems": "never"})
    ebay.control("orders/paging", newest_first=dice.random() < 0.5)

    def happens() -> None:
        for _ in range(dice.randint(0, 3)):
            try:
                dice.choice(acts)()
            except ValueError:
                continue

    ebay.after_each_page(happens)
    for _ in range(6):
        happens()
        ebay.move(minutes=15)
        assert (await ebay.sync()).status.value == "SUCCEEDED"
    ebay.after_each_page(lambda: None)
    ebay.shelf.holes.clear()
    ebay.shelf.spoiled = {bad: ebay.shelf.spoiled[bad]}
    for _ in range(3):
        ebay.move(days=2)
        await ebay.sync()
    shown = {order_id: _as_ebay_has_it(order) for order_id, order in ebay.shelf.made.items() if order_id != bad}
    stored = await _as_stored(ebay)
    assert {
        order_id: (stored.get(order_id), order) for order_id, order in shown.items() if stored.get(order_id) != order
    } == {}
    assert len(stored) == len(shown) + 450 - len(ebay.shelf.taken)
    assert [each.external_id for each in await ebay.retries()] == [bad]
