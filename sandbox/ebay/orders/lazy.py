"""Owns orders that exist only while somebody looks: number `i` of a batch is computed; must not change one."""

from collections.abc import Sequence
from functools import lru_cache

from sandbox.ebay.orders.amounts import Purse
from sandbox.ebay.orders.plans import LinePlan, Object, OrderPlan, made_order
from sandbox.ebay.orders.shelf import LazyOrders, touch

_PAID_AFTER_S = 60
_BUYERS = 5_000
# What the number of an order is multiplied with, to make of it what looks drawn: a prime of 31 bits.
_STIR = 2_147_483_629


def order_id_of(batch: LazyOrders, number: int) -> str:
    return f"{batch.prefix:02d}-{number // 100_000:05d}-{number % 100_000:05d}"


def number_of(batch: LazyOrders, order_id: str) -> int | None:
    """None for the id of another's order."""
    parts = order_id.split("-")
    if [len(part) for part in parts] != [2, 5, 5] or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    number = int(parts[1]) * 100_000 + int(parts[2])
    return number if int(parts[0]) == batch.prefix and number < batch.count else None


def status_of(number: int) -> str:
    """Of 20 one is not sent yet, and one in part."""
    match number % 20:
        case 0:
            return "NOT_STARTED"
        case 1:
            return "IN_PROGRESS"
        case _:
            return "FULFILLED"


def stamp_of(batch: LazyOrders, number: int, *, by_change: bool) -> int:
    return batch.first_s + number * batch.step_s + (_PAID_AFTER_S if by_change else 0)


def numbers_between(batch: LazyOrders, from_s: int, to_s: int, *, by_change: bool) -> range:
    """Those of orders made, or changed last, in the range; both ends are in it."""
    start = stamp_of(batch, 0, by_change=by_change)
    first = max(0, -((start - from_s) // batch.step_s))
    last = min(batch.count - 1, (to_s - start) // batch.step_s)
    return range(first, max(first, last + 1))


@lru_cache(maxsize=8)
def _numbers_left(numbers: range, taken: frozenset[int], statuses: frozenset[str]) -> tuple[int, ...]:
    return tuple(each for each in numbers if each not in taken and (not statuses or status_of(each) in statuses))


def numbers_left(numbers: range, taken: set[int], statuses: frozenset[str]) -> Sequence[int]:
    """Without those that were changed; with statuses, those that have one of them."""
    return _numbers_left(numbers, frozenset(taken), statuses) if taken or statuses else numbers


def lazy_order(batch: LazyOrders, number: int, *, seller: str, marketplace: str, currency: str) -> Object:
    drawn = (number + 1) * (batch.seed + 1) * _STIR % 1_000_003
    created_s = stamp_of(batch, number, by_change=False)
    lines = tuple(_line(batch, number, drawn, place) for place in range(1 + number % batch.most_lines))
    plan = OrderPlan(
        order_id=order_id_of(batch, number),
        created_s=created_s,
        marketplace=marketplace,
        purse=Purse(currency),
        seller=seller,
        buyer=f"buyer_{drawn % _BUYERS}",
        lines=lines,
        delivery_cents=drawn % 3 * 245,
        discount_cents=100 if drawn % 11 == 0 else 0,
    )
    order = made_order(plan)
    touch(order, created_s + _PAID_AFTER_S)
    status = status_of(number)
    order["orderFulfillmentStatus"] = status
    for line in order["lineItems"]:
        line["lineItemFulfillmentStatus"] = status
    return order


def _line(batch: LazyOrders, number: int, drawn: int, place: int) -> LinePlan:
    product = (drawn + place) % batch.products
    return LinePlan(
        line_id=f"{batch.prefix:02d}{number:08d}{place + 1:02d}",
        listing_id=f"2{batch.prefix:02d}{product:09d}",
        sku=f"SKU-{batch.seed}-{product}",
        title=f"Lazy product {product}",
        quantity=1 + (drawn % 7 == 0),
        unit_cents=499 + product * 37 % 9_000,
    )


def is_hole(batch: LazyOrders, number: int) -> bool:
    return batch.holes_every > 0 and (number + 1) % batch.holes_every == 0


def is_spoiled(batch: LazyOrders, number: int) -> bool:
    return batch.spoiled_every > 0 and (number + 1) % batch.spoiled_every == 0
