"""Makes the lines of orders that are stored: each with its product, what a piece cost, and what it takes from stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from models.ids import new_id
from models.orders.line import OrderLine
from models.orders.order import OrderStatus
from models.orders.storing import StoredOrder
from services.orders.costs import CostBook
from services.orders.stock import Stock, wanted_again
from services.orders.wishes import LineWish, OrderWish


@dataclass(slots=True)
class LineWriter:
    """Makes lines, and moves the stock with them.

    What lines no longer need is given back at once, and what they need besides is taken by `take`, after all orders: so
    a piece that moves from one line or order to another is there when it is taken.
    """

    stock: Stock
    costs: CostBook
    # The channel's listings that were sold: by its own ids ours, and their products.
    listings: Mapping[str, tuple[UUID, UUID | None]] = field(default_factory=dict)
    # Of a marketplace: when the tenant began to sell there by Adgraph. What was sold before is history.
    counts_from: datetime | None = None
    _wanting: list[tuple[dict[str, Any], int]] = field(default_factory=list)

    def lines(
        self, wish: OrderWish, order_id: UUID, before: StoredOrder | None, old: Sequence[OrderLine]
    ) -> list[dict[str, Any]]:
        """The rows of an order's lines; `stock_taken` is what they keep until `take` is called."""
        by_id = {line.external_id: line for line in old}
        skus = [(line.sku or "").strip() or None for line in wish.lines]
        found, all_known = [], _known(wish.lines, skus, old)
        for position, (line, sku, known) in enumerate(zip(wish.lines, skus, all_known, strict=True)):
            same_id = by_id.get(line.external_id)
            listing_id, offered = self.listings.get(line.listing_external_id or "", (None, None))
            if listing_id is None and known is not None:
                listing_id = known.listing_id
            found_by = offered if offered in self.stock.by_id else self.stock.product_of_sku(sku)
            product_id, unit_cost = self._product(wish, found_by, before, known)
            wanted = self._wanted(wish, line, before, known, product_id)
            row = {
                "id": new_id() if same_id is None else same_id.id,
                "order_id": order_id,
                "position": position,
                "external_id": line.external_id,
                "sku": sku,
                "title": line.title,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount": line.discount,
                "listing_id": listing_id,
                "product_id": product_id,
                "is_linked": product_id in self.stock.by_id,
                "unit_cost": unit_cost,
                "stock_taken": 0 if known is None else min(known.stock_taken, wanted),
                "placed_at": wish.placed_at,
            }
            self._move_stock(row, known, wanted)
            found.append(row)
        kept = {known.id for known in all_known if known is not None}
        for gone in old:
            if gone.id not in kept:
                self.stock.give_back(gone.product_id, gone.stock_taken)
        return found

    def _move_stock(self, row: dict[str, Any], known: OrderLine | None, wanted: int) -> None:
        taken = 0 if known is None else known.stock_taken
        if known is not None and taken > wanted:
            self.stock.give_back(known.product_id, taken - wanted)
        if wanted > taken:
            self._wanting.append((row, wanted - taken))

    def take(self) -> None:
        """Takes from stock what the lines need, in the order in which they came; less where less is there."""
        for row, wanted in self._wanting:
            row["stock_taken"] += self.stock.take(row["product_id"], wanted)
        self._wanting.clear()

    def _product(
        self, wish: OrderWish, found: UUID | None, before: StoredOrder | None, known: OrderLine | None
    ) -> tuple[UUID | None, Decimal | None]:
        """The product of a line, and its cost: those that it has, even if the SKU is another product's by now.

        `found` is the product that the line's listing offers, else the one with its SKU.
        """
        if known is None or known.product_id is None:
            product_id = found
            if known is None:
                return product_id, self._cost(wish, product_id)
            # Sold before the product was there: its cost was not of that time.
        else:
            product_id = known.product_id
        if before is not None and before.currency != wish.currency:
            return product_id, self._cost(wish, product_id)
        return product_id, known.unit_cost

    def _wanted(
        self,
        wish: OrderWish,
        line: LineWish,
        before: StoredOrder | None,
        known: OrderLine | None,
        product_id: UUID | None,
    ) -> int:
        """How much of its product the line is to have taken."""
        if product_id not in self.stock.by_id or wish.status is OrderStatus.CANCELLED:
            return 0
        if self.counts_from is not None and wish.placed_at < max(
            self.counts_from, self.stock.by_id[product_id].created_at
        ):
            # A first reading brings months of sales that the product's quantity knows of.
            return 0
        if known is None:
            return line.quantity
        if known.product_id is None:
            # Sold before the product was there: its quantity was not of that time.
            return 0
        was_cancelled = before is not None and before.status is OrderStatus.CANCELLED
        return wanted_again(known, line.quantity, was_cancelled=was_cancelled)

    def _cost(self, wish: OrderWish, product_id: UUID | None) -> Decimal | None:
        product = None if product_id is None else self.stock.by_id.get(product_id)
        return None if product is None else self.costs.unit_cost(product, wish.currency, wish.placed_at)


def _known(lines: Sequence[LineWish], skus: Sequence[str | None], old: Sequence[OrderLine]) -> list[OrderLine | None]:
    """Of each line the one that is stored of it: with its id and SKU, else with its SKU.

    Files number the lines of an order, so that an id may go to another line.
    """
    by_id = {line.external_id: line for line in old}
    found: list[OrderLine | None] = []
    for line, sku in zip(lines, skus, strict=True):
        known = by_id.get(line.external_id)
        found.append(known if known is not None and known.sku == sku else None)
    taken = {known.id for known in found if known is not None}
    left: dict[str, list[OrderLine]] = {}
    for known in old:
        if known.sku is not None and known.id not in taken:
            left.setdefault(known.sku, []).append(known)
    for place, sku in enumerate(skus):
        if found[place] is None and sku is not None and left.get(sku):
            found[place] = left[sku].pop(0)
    return found
