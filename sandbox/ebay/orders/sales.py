"""Owns what a sale does to what is on sale: the quantity of offer and item falls, and the last one ends the listing."""

from dataclasses import dataclass

from sandbox.ebay.orders.amounts import cents_of
from sandbox.ebay.orders.shelf import Object
from sandbox.ebay.sellers import Shop


@dataclass(frozen=True, slots=True)
class SoldThing:
    sku: str
    title: str
    unit_cents: int


def sell(shop: Shop, listing_id: str, quantity: int) -> SoldThing:
    """Raises ValueError for a listing that is not live, and for more than there is."""
    offer = _live_offer(shop, listing_id)
    if offer is None:
        raise ValueError(f"there is no live listing {listing_id}")
    item = shop.items[offer["sku"]]
    if offer.get("availableQuantity", 0) < quantity:
        raise ValueError(f"of listing {listing_id} fewer are left")
    _add(offer, item, -quantity)
    offer["listing"]["soldQuantity"] = offer["listing"].get("soldQuantity", 0) + quantity
    price = offer["pricingSummary"]["price"]
    return SoldThing(offer["sku"], item["product"]["title"], cents_of(price))


def relist(shop: Shop, order: Object) -> None:
    """What was not sent after all is on sale again, where the listing is still there."""
    for line in order["lineItems"]:
        offer = _live_offer(shop, line["legacyItemId"])
        if offer is not None:
            _add(offer, shop.items[offer["sku"]], line["quantity"])


def _live_offer(shop: Shop, listing_id: str) -> Object | None:
    for offer in shop.offers.values():
        if offer.get("status") == "PUBLISHED" and offer.get("listing", {}).get("listingId") == listing_id:
            return offer
    return None


def _add(offer: Object, item: Object, count: int) -> None:
    offer["availableQuantity"] = max(0, offer.get("availableQuantity", 0) + count)
    stock = item.get("availability", {}).get("shipToLocationAvailability")
    if stock is not None:
        stock["quantity"] = max(0, stock.get("quantity", 0) + count)
