"""What a sale does to products: it finds them by SKU, takes from their quantities, and gives back what it took.

A quantity is never below 0, and nothing is given back that was not taken. The status of a product follows: PUBLISHED
becomes SOLD at 0, and SOLD becomes PUBLISHED once something is there again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.orders.line import OrderLine
from models.orders.storing import SoldProduct
from models.products.product import ProductStatus

_MOST = 2_147_483_647


@dataclass(slots=True)
class Stock:
    """The products that orders are about, locked; `left` is what there will be of each that changes."""

    by_id: dict[UUID, SoldProduct]
    by_sku: dict[str, SoldProduct]
    left: dict[UUID, int] = field(default_factory=dict)

    def product_of_sku(self, sku: str | None) -> UUID | None:
        """The product that has the SKU now."""
        product = None if sku is None else self.by_sku.get(sku)
        return None if product is None else product.id

    def take(self, product_id: UUID, wanted: int) -> int:
        """Takes as much of the product as there is; answers how much that was."""
        there = self._there(product_id)
        taken = min(there, wanted)
        self.left[product_id] = there - taken
        return taken

    def give_back(self, product_id: UUID | None, taken: int) -> None:
        """Gives back what was taken; a product that was erased meanwhile gets nothing."""
        if product_id in self.by_id and taken > 0:
            self.left[product_id] = min(self._there(product_id) + taken, _MOST)

    def changed(self) -> list[dict[str, Any]]:
        """The quantity and status of each product that has another quantity than before."""
        return [
            {"id": product_id, "quantity": left, "status": _status(self.by_id[product_id].status, left).value}
            for product_id, left in self.left.items()
            if left != self.by_id[product_id].quantity
        ]

    def _there(self, product_id: UUID) -> int:
        return self.left.get(product_id, self.by_id[product_id].quantity)


def stock_of(products: Iterable[SoldProduct]) -> Stock:
    listed = list(products)
    by_sku = {each.sku: each for each in listed if not each.is_deleted}
    return Stock({each.id: each for each in listed}, by_sku)


def wanted_again(known: OrderLine, quantity: int, *, was_cancelled: bool) -> int:
    """How much a line that is stored may have taken once its quantity has changed; the order is not cancelled now.

    Of a line that got less than it sold only what is sold besides is taken later.
    """
    if was_cancelled:
        return quantity
    if quantity > known.quantity:
        return known.stock_taken + quantity - known.quantity
    return min(known.stock_taken, quantity)


def _status(before: ProductStatus, left: int) -> ProductStatus:
    if before is ProductStatus.PUBLISHED and left == 0:
        return ProductStatus.SOLD
    if before is ProductStatus.SOLD and left > 0:
        return ProductStatus.PUBLISHED
    return before
