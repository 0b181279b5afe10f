"""Owns which orders of a shop answer a question, and in which order; must not know HTTP."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from sandbox.ebay.orders.filters import OrderWindow
from sandbox.ebay.orders.lazy import (
    is_hole,
    is_spoiled,
    lazy_order,
    number_of,
    numbers_between,
    numbers_left,
    order_id_of,
    stamp_of,
)
from sandbox.ebay.orders.shelf import LazyOrders, Object, OrderShelf, touch
from sandbox.ebay.sellers import Shop


@dataclass(frozen=True, slots=True)
class FoundOrders:
    """`orders` may be fewer than the page has places: those with errors are left out, and `left_out` counts them."""

    total: int
    orders: list[Object]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Matches:
    """Orders by their dates: those that were made stand at `places` among the lazy ones."""

    made: list[str]
    places: list[int]
    lazy: Sequence[int]

    def __len__(self) -> int:
        return len(self.made) + len(self.lazy)

    def at(self, place: int) -> str | int:
        """The id of one that was made, or the number of a lazy one."""
        before = bisect_left(self.places, place)
        if before < len(self.places) and self.places[before] == place:
            return self.made[before]
        return self.lazy[place - before]


def search_orders(shop: Shop, window: OrderWindow, *, limit: int, offset: int) -> FoundOrders:
    """An order that changes while somebody reads the pages moves: by its last change to the end, and others up."""
    matches = _matches(shop.orders, window)
    total = len(matches)
    places = range(min(offset, total), min(offset + limit, total))
    if shop.orders.newest_first:
        places = range(total - 1 - places.start, total - 1 - places.stop, -1)
    found = [_listed(shop, matches.at(place)) for place in places]
    orders = [order for order in found if order is not None]
    return FoundOrders(total, orders, len(found) - len(orders))


def orders_by_ids(shop: Shop, ids: list[str]) -> FoundOrders:
    """Ids of no order are left out without a word."""
    found = [find_order(shop, order_id) for order_id in ids]
    orders = [shown_order(shop, order, in_list=True) for order in found if order is not None]
    return FoundOrders(len(orders), orders)


def find_order(shop: Shop, order_id: str) -> Object | None:
    """To read. A lazy one is made anew each time; `own_order` gives one to change."""
    order = shop.orders.made.get(order_id)
    if order is not None:
        return order
    batch = shop.orders.lazy
    number = number_of(batch, order_id) if batch is not None else None
    return _lazy(shop, batch, number) if batch is not None and number is not None else None


def own_order(shop: Shop, order_id: str) -> Object | None:
    """To change: a lazy one is kept from now on."""
    order = find_order(shop, order_id)
    if order is not None and order_id not in shop.orders.made:
        batch = shop.orders.lazy
        number = number_of(batch, order_id) if batch is not None else None
        shop.orders.made[order_id] = order
        if number is not None:
            shop.orders.taken.add(number)
    return order


def shown_order(shop: Shop, order: Object, *, in_list: bool = False) -> Object:
    """As the API shows it. In lists nobody sees who asked for a cancellation."""
    shown = {key: value for key, value in order.items() if not key.startswith("_")}
    if in_list:
        shown["cancelStatus"] = shown["cancelStatus"] | {"cancelRequests": []}
    return shown | shop.orders.spoiled.get(order["orderId"], {})


def settle_refunds(shelf: OrderShelf, now_s: int) -> bool:
    """Refunds whose time has come; true when there were some."""
    due = [refund for refund in shelf.open_refunds if refund.at_s <= now_s]
    for refund in due:
        order = shelf.made[refund.order_id]
        refunds = order["paymentSummary"]["refunds"]
        for line in order["lineItems"]:
            refunds = refunds + line["refunds"]
        for shown in refunds:
            if shown["refundId"] == refund.refund_id:
                shown["refundStatus"] = "REFUNDED" if refund.succeeds else "FAILED"
        if refund.succeeds:
            order["_refunded_cents"] = order.get("_refunded_cents", 0) + order["_open_cents"]
            is_all = order["_refunded_cents"] >= order["_due_cents"]
            order["orderPaymentStatus"] = "FULLY_REFUNDED" if is_all else "PARTIALLY_REFUNDED"
        order["_open_cents"] = 0
        touch(order, refund.at_s)
        shelf.open_refunds.remove(refund)
    return bool(due)


def _matches(shelf: OrderShelf, window: OrderWindow) -> _Matches:
    key = "_modified_s" if window.by_change else "_created_s"
    made = sorted((order[key], order_id) for order_id, order in shelf.made.items() if _fits(order, window, key))
    batch = shelf.lazy
    if batch is None:
        return _Matches([order_id for _, order_id in made], list(range(len(made))), ())
    between = numbers_between(batch, ceil(window.from_s), floor(window.to_s), by_change=window.by_change)
    lazy = numbers_left(between, shelf.taken, window.statuses)

    def stamp(number: int) -> int:
        return stamp_of(batch, number, by_change=window.by_change)

    places = [place + bisect_right(lazy, moment, key=stamp) for place, (moment, _) in enumerate(made)]
    return _Matches([order_id for _, order_id in made], places, lazy)


def _fits(order: Object, window: OrderWindow, key: str) -> bool:
    if window.statuses and order["orderFulfillmentStatus"] not in window.statuses:
        return False
    return bool(window.from_s <= order[key] <= window.to_s)


def _listed(shop: Shop, which: str | int) -> Object | None:
    """None for one that has an error."""
    batch = shop.orders.lazy
    if isinstance(which, int):
        if batch is None or is_hole(batch, which) or order_id_of(batch, which) in shop.orders.holes:
            return None
        return shown_order(shop, _lazy(shop, batch, which), in_list=True)
    return None if which in shop.orders.holes else shown_order(shop, shop.orders.made[which], in_list=True)


def _lazy(shop: Shop, batch: LazyOrders, number: int) -> Object:
    seller = shop.seller
    order = lazy_order(batch, number, seller=seller.username, marketplace=seller.marketplace, currency=seller.currency)
    if is_spoiled(batch, number):
        order["lineItems"] = "unreadable"
    return order
