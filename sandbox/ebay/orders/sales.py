"""Owns what a sale does to what is on sale: it is fewer by what was sold, or again as many."""

from dataclasses import dataclass

from sandbox.ebay.inventory.listings import return_to_listing, take_from_listing
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
    if listing_id not in shop.listings:
        raise ValueError(f"there is no live listing {listing_id}")
    take_from_listing(shop, listing_id, quantity)
    listing = shop.listings[listing_id]
    return SoldThing(listing["sku"], listing["title"], cents_of(listing["price"]))


def relist(shop: Shop, order: Object) -> None:
    """What was not sent after all is on sale again, where the listing is still there."""
    for line in order["lineItems"]:
        if line["legacyItemId"] in shop.listings:
            return_to_listing(shop, line["legacyItemId"], line["quantity"])
