"""Owns what a sale does: to what is on sale, and to the receipt that it makes; must not read a request."""

from dataclasses import dataclass

from sandbox.etsy.listings.records import Product
from sandbox.etsy.listings.states import enter, settle
from sandbox.etsy.receipts.records import Buyer, PaidBack, Receipt, SoldLine
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.webhooks.announcing import announce
from sandbox.etsy.webhooks.records import OrderEvent

# Of the total, and for each receipt; Etsy's own fees differ by country.
_FEE_SHARE, _FEE_BASE = 0.105, 250


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a sale: of a listing that is there, or of anything."""

    quantity: int
    listing_id: int | None = None
    product_id: int | None = None
    sku: str = ""
    title: str = ""
    unit: int = 0


def sold_line(sandbox: EtsySandbox, shop: EtsyShop, wanted: Wanted) -> SoldLine:
    """Takes it off the listing, which may be sold out then. Raises ValueError for what cannot be sold."""
    transaction_id = sandbox.number()
    if wanted.listing_id is None:
        return SoldLine(transaction_id, None, None, wanted.sku, wanted.title, wanted.quantity, wanted.unit)
    listing = shop.listings.get(wanted.listing_id)
    if listing is not None:
        settle(shop, listing, sandbox.now_s)
    if listing is None or listing.state != "active":
        raise ValueError(f"listing {wanted.listing_id} is not on sale")
    product = _product(listing.inventory.products, wanted.product_id)
    offering = product.offerings[0]
    if not offering.is_enabled or offering.quantity < wanted.quantity:
        raise ValueError(f"listing {wanted.listing_id} has {offering.quantity} of this product")
    offering.quantity -= wanted.quantity
    listing.updated_s = sandbox.now_s
    if listing.inventory.quantity == 0:
        enter(listing, "sold_out", sandbox.now_s)
    values = [
        {"property_id": each.property_id, "value_id": each.value_ids[0], "formatted_name": each.property_name,
         "formatted_value": each.values[0]}
        for each in product.property_values
    ]  # fmt: skip
    title = listing.given["title"]
    return SoldLine(
        transaction_id, listing.listing_id, product.product_id, product.sku, title, wanted.quantity, offering.price,
        variations=values,
    )  # fmt: skip


def record_sale(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt) -> None:
    """Keeps the receipt, and tells of it once it is paid."""
    shop.receipts.made[receipt.receipt_id] = receipt
    if receipt.is_paid:
        announce(sandbox, OrderEvent.PAID, shop, receipt.receipt_id)


def usual_fees(receipt: Receipt) -> int:
    return round(receipt.total * _FEE_SHARE) + _FEE_BASE


def buyer_of(number: int, country: str) -> Buyer:
    return Buyer(200_000_000 + number % 5_000, f"Buyer {number % 5_000}", country)


def pay(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt) -> None:
    receipt.is_paid, receipt.updated_s = True, sandbox.now_s
    announce(sandbox, OrderEvent.PAID, shop, receipt.receipt_id)


def cancel(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt) -> None:
    """Everything is paid back; what was sold is not on sale again by itself, as with Etsy."""
    if receipt.is_canceled:
        raise ValueError(f"receipt {receipt.receipt_id} is cancelled already")
    rest = receipt.total - receipt.refunded
    if receipt.is_paid and rest > 0:
        receipt.refunds.append(PaidBack(rest, sandbox.now_s, "Canceled order"))
    receipt.is_canceled, receipt.updated_s = True, sandbox.now_s
    announce(sandbox, OrderEvent.CANCELED, shop, receipt.receipt_id)


def refund(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt, paid_back: PaidBack) -> None:
    """Raises ValueError for more than what is left."""
    if paid_back.amount <= 0 or paid_back.amount > receipt.total - receipt.refunded:
        raise ValueError(f"receipt {receipt.receipt_id} has not so much to pay back")
    receipt.refunds.append(paid_back)
    if shop.receipts.refunds_change:
        receipt.updated_s = sandbox.now_s


def _product(products: list[Product], product_id: int | None) -> Product:
    for product in products:
        if product_id is None or product.product_id == product_id:
            return product
    raise ValueError(f"there is no product {product_id}")
