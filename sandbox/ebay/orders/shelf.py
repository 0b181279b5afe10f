"""Owns what a shop remembers of its orders: those that somebody made, and a batch that is computed when it is read."""

from datetime import UTC, datetime
from typing import Any

import msgspec

Object = dict[str, Any]


class LazyOrders(msgspec.Struct):
    """`count` orders, `step_s` apart, the first at `first_s` (since the epoch); number `i` is the same for a seed.

    `prefix` begins their ids and is one batch's alone. Every `holes_every`-th has an error of its own, so that lists
    leave it out; every `spoiled_every`-th has no line items that could be read. 0 is none. Orders have
    1 to `most_lines` lines, in turns.
    """

    prefix: int
    seed: int
    count: int
    first_s: int
    step_s: int
    products: int = 100
    holes_every: int = 0
    spoiled_every: int = 0
    most_lines: int = 1


class OpenRefund(msgspec.Struct):
    """`at_s` is when it settles; `succeeds` tells how."""

    order_id: str
    refund_id: str
    at_s: int
    succeeds: bool = True


class OrderShelf(msgspec.Struct):
    """`made` by id, as the API shows them; names that begin with an underscore are ours.

    `taken` are numbers of lazy orders that were changed and so are among `made`. `holes` are ids which lists leave out,
    `spoiled` has fields by id that stand in an answer in place of the true ones.
    """

    made: dict[str, Object] = {}
    lazy: LazyOrders | None = None
    taken: set[int] = set()
    holes: set[str] = set()
    spoiled: dict[str, Object] = {}
    shipments: dict[str, list[Object]] = {}
    open_refunds: list[OpenRefund] = []
    # How refunds go from now on.
    refund_takes_s: int = 300
    refunds_succeed: bool = True
    newest_first: bool = False


def instant(seconds: int) -> str:
    """As eBay writes instants: UTC, milliseconds."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def touch(order: Object, now_s: int) -> None:
    order["_modified_s"], order["lastModifiedDate"] = now_s, instant(now_s)
