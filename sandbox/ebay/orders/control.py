"""Owns what a test does to the orders of a shop: buyers who buy, pay and cancel, and odd records."""

import re
from typing import Any

import msgspec

from sandbox.ebay.control import shop_of
from sandbox.ebay.notifications.announcing import announce_sale
from sandbox.ebay.orders.amounts import Purse, read_cents, written
from sandbox.ebay.orders.lazy import order_id_of
from sandbox.ebay.orders.plans import LinePlan, OrderPlan, made_order, mark_paid
from sandbox.ebay.orders.refunds import currency_of, left_cents, start_refund
from sandbox.ebay.orders.sales import sell
from sandbox.ebay.orders.search import own_order, settle_refunds
from sandbox.ebay.orders.shelf import LazyOrders, Object, OrderShelf, instant, touch
from sandbox.ebay.sellers import Shop
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, takes

_FIRST_PREFIX = 20
_MADE_PREFIX = 12
_MOST_LINES = 20
_AMOUNT = re.compile(r"\d{1,10}(\.\d{1,2})?")


class _SoldLine(msgspec.Struct, forbid_unknown_fields=True):
    """Of a live listing nothing else is needed; without one it is a thing that nobody listed here."""

    listing_id: str | None = None
    quantity: int = 1
    price: str = "10.00"
    sku: str = "SKU-1"
    title: str = "Sandbox thing"


class _Sale(msgspec.Struct, forbid_unknown_fields=True):
    """Amounts are texts of the seller's currency. `created` is an instant, by itself now.

    `other_currency` with `rate` is what the buyer paid in.
    """

    seller: str
    lines: list[_SoldLine]
    buyer: str = "buyer_1"
    paid: bool = True
    created_s: int | None = None
    marketplace: str | None = None
    delivery: str = "0.00"
    discount: str = "0.00"
    delivery_discount: str = "0.00"
    tax: str = "0.00"
    adjustment: str = "0.00"
    collected_tax: str = "0.00"
    other_currency: str | None = None
    rate: float = 1.0


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    order_id: str


class _Cancelled(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    order_id: str
    reason: str = "BUYER_ASKED_CANCEL"


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    order_id: str
    fields: dict[str, Any]


class _Hole(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    order_id: str
    is_hole: bool = True


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    """By itself the last order is an hour old. Orders have 1 to `most_lines` lines, in turns."""

    seller: str
    count: int
    seed: int = 1
    step_s: int = 60
    first_s: int | None = None
    products: int = 100
    holes_every: int = 0
    spoiled_every: int = 0
    most_lines: int = 1


class _RefundRule(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    takes_s: int | None = None
    succeed: bool | None = None


class _PaidBack(msgspec.Struct, forbid_unknown_fields=True):
    """Without an amount it is all that is left, without a line it is the order's."""

    seller: str
    order_id: str
    amount: str | None = None
    line_item_id: str | None = None


class _Paging(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    newest_first: bool


def make_order(sandbox: EbaySandbox, sale: _Sale) -> object:
    shop = shop_of(sandbox, sale.seller)
    number = sandbox.number()
    order_id = f"{_MADE_PREFIX}-{number // 100_000:05d}-{number % 100_000:05d}"
    lines = tuple(_line(shop, line, f"{number:010d}{place:02d}") for place, line in enumerate(sale.lines))
    if not lines:
        raise ValueError("an order has lines")
    plan = OrderPlan(
        order_id=order_id,
        created_s=sandbox.now_s if sale.created_s is None else sale.created_s,
        marketplace=sale.marketplace or shop.seller.marketplace,
        purse=Purse(shop.seller.currency, sale.other_currency, sale.rate),
        seller=shop.seller.username,
        buyer=sale.buyer,
        lines=lines,
        delivery_cents=_cents(sale.delivery),
        discount_cents=_cents(sale.discount),
        delivery_discount_cents=_cents(sale.delivery_discount),
        tax_cents=_cents(sale.tax),
        adjustment_cents=_cents(sale.adjustment),
        collected_cents=_cents(sale.collected_tax),
        is_paid=sale.paid,
    )
    shop.orders.made[order_id] = order = made_order(plan)
    if plan.is_paid:
        announce_sale(sandbox, shop, order)
    return {"orderId": order_id, "lineItemIds": [line.line_id for line in lines]}


def _line(shop: Shop, line: _SoldLine, line_id: str) -> LinePlan:
    if line.quantity < 1:
        raise ValueError("quantity is 1 or more")
    if line.listing_id is not None:
        sold = sell(shop, line.listing_id, line.quantity)
        return LinePlan(line_id, line.listing_id, sold.sku, sold.title, line.quantity, sold.unit_cents)
    listing_id = f"1100{line_id[-8:]}"
    return LinePlan(line_id, listing_id, line.sku, line.title, line.quantity, _cents(line.price))


def _cents(text: str) -> int:
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError(f"{text} is no amount")
    return read_cents(text) or 0


def _pay(sandbox: EbaySandbox, body: _Named) -> None:
    shop, order = _found(sandbox, body.seller, body.order_id)
    touch(order, sandbox.now_s)
    mark_paid(order, Purse(currency_of(order)))
    announce_sale(sandbox, shop, order)


def _cancel(sandbox: EbaySandbox, body: _Cancelled) -> None:
    """By whom and why is seen in the single order alone. What was paid is paid back at once."""
    shop, order = _found(sandbox, body.seller, body.order_id)
    order["cancelStatus"] = {
        "cancelState": "CANCELED",
        "cancelledDate": instant(sandbox.now_s),
        "cancelRequests": [
            {
                "cancelRequestId": str(sandbox.number()),
                "cancelRequestState": "COMPLETED",
                "cancelRequestedDate": instant(sandbox.now_s),
                "cancelCompletedDate": instant(sandbox.now_s),
                "cancelInitiator": "SELLER",
                "cancelReason": body.reason,
            }
        ],
    }
    touch(order, sandbox.now_s)
    if order["orderPaymentStatus"] == "PAID":
        start_refund(sandbox, shop, order=order, amounts={None: left_cents(order)})


def _change(sandbox: EbaySandbox, body: _Change) -> None:
    """Fields of the top, as they shall be from now on: an unknown status for instance."""
    _, order = _found(sandbox, body.seller, body.order_id)
    order.update({name: value for name, value in body.fields.items() if not name.startswith("_")})
    touch(order, sandbox.now_s)


def _spoil(sandbox: EbaySandbox, body: _Change) -> None:
    """What answers say in place of the truth, whatever it is; without fields the truth again."""
    shop, order = _found(sandbox, body.seller, body.order_id)
    shop.orders.spoiled[body.order_id] = body.fields
    touch(order, sandbox.now_s)


def _set_hole(sandbox: EbaySandbox, body: _Hole) -> None:
    shop, _ = _found(sandbox, body.seller, body.order_id)
    if body.is_hole:
        shop.orders.holes.add(body.order_id)
    else:
        shop.orders.holes.discard(body.order_id)


def _generate(sandbox: EbaySandbox, body: _Batch) -> object:
    """Takes no time, however many: they are made when they are read. A shop has one batch; the next takes its place."""
    shop = shop_of(sandbox, body.seller)
    if min(body.count, body.step_s, body.products) < 1 or not 1 <= body.most_lines <= _MOST_LINES:
        raise ValueError(f"count, step_s and products are 1 or more, most_lines is 1 to {_MOST_LINES}")
    shops = list(sandbox.book.shops)
    batch = LazyOrders(
        prefix=_FIRST_PREFIX + shops.index(shop.seller.user_id),
        seed=body.seed,
        count=body.count,
        first_s=sandbox.now_s - 3_600 - body.count * body.step_s if body.first_s is None else body.first_s,
        step_s=body.step_s,
        products=body.products,
        holes_every=body.holes_every,
        spoiled_every=body.spoiled_every,
        most_lines=body.most_lines,
    )
    _forget_batch(shop.orders, batch.prefix)
    shop.orders.lazy = batch
    return {"first": order_id_of(batch, 0), "last": order_id_of(batch, batch.count - 1), "firstS": batch.first_s}


def _forget_batch(shelf: OrderShelf, prefix: int) -> None:
    """Also what became of its orders: the next batch has the same ids."""
    start = f"{prefix:02d}-"
    shelf.taken.clear()
    shelf.open_refunds = [refund for refund in shelf.open_refunds if not refund.order_id.startswith(start)]
    shelf.holes = {order_id for order_id in shelf.holes if not order_id.startswith(start)}
    for known in (shelf.made, shelf.spoiled, shelf.shipments):
        for order_id in [each for each in known if each.startswith(start)]:
            del known[order_id]


def _set_refunds(sandbox: EbaySandbox, body: _RefundRule) -> None:
    shelf = shop_of(sandbox, body.seller).orders
    if body.takes_s is not None:
        shelf.refund_takes_s = body.takes_s
    if body.succeed is not None:
        shelf.refunds_succeed = body.succeed


def _pay_back(sandbox: EbaySandbox, body: _PaidBack) -> object:
    """As a seller does on eBay's own pages."""
    shop, order = _found(sandbox, body.seller, body.order_id)
    settle_refunds(shop.orders, sandbox.now_s)
    cents = left_cents(order) if body.amount is None else _cents(body.amount)
    if not 0 < cents <= left_cents(order):
        raise ValueError(f"{written(left_cents(order))} is left to pay back")
    return {"refundId": start_refund(sandbox, shop, order=order, amounts={body.line_item_id: cents})}


def _set_paging(sandbox: EbaySandbox, body: _Paging) -> None:
    shop_of(sandbox, body.seller).orders.newest_first = body.newest_first


def _found(sandbox: EbaySandbox, seller: str, order_id: str) -> tuple[Shop, Object]:
    shop = shop_of(sandbox, seller)
    order = own_order(shop, order_id)
    if order is None:
        raise ValueError(f"there is no order {order_id}")
    return shop, order


CONTROL = (
    ControlRoute("POST", "orders", takes(_Sale, make_order)),
    ControlRoute("POST", "orders/pay", takes(_Named, _pay)),
    ControlRoute("POST", "orders/cancel", takes(_Cancelled, _cancel)),
    ControlRoute("POST", "orders/change", takes(_Change, _change)),
    ControlRoute("POST", "orders/spoil", takes(_Change, _spoil)),
    ControlRoute("POST", "orders/hole", takes(_Hole, _set_hole)),
    ControlRoute("POST", "orders/generate", takes(_Batch, _generate)),
    ControlRoute("POST", "orders/refunds", takes(_RefundRule, _set_refunds)),
    ControlRoute("POST", "orders/refund", takes(_PaidBack, _pay_back)),
    ControlRoute("POST", "orders/paging", takes(_Paging, _set_paging)),
)
