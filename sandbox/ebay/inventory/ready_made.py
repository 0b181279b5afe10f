"""Owns listings that are there without having been published: migrated ones, and those that a test orders."""

from dataclasses import dataclass

import msgspec

from sandbox.ebay.control import shop_of
from sandbox.ebay.inventory.listings import show
from sandbox.ebay.sellers import POLICY_IDS, Object, Shop
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, takes

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ReadyListing:
    """`price` is an amount of the seller's currency, as a text."""

    listing_id: str
    sku: str
    title: str
    price: str
    quantity: int
    category_id: str
    image_urls: list[str]


def put_live(shop: Shop, ready: ReadyListing) -> Object:
    """The offer of a listing that is live from now on, with its item."""
    sku, seller = ready.sku, shop.seller
    shop.items[sku] = item = {
        "sku": sku,
        "locale": seller.language.replace("-", "_"),
        "condition": "USED_GOOD",
        "availability": {"shipToLocationAvailability": {"quantity": ready.quantity}},
        "product": {"title": ready.title, "description": ready.title, "imageUrls": ready.image_urls},
    }
    offer_id = f"5{ready.listing_id[-10:]}"
    shop.offers[offer_id] = offer = {
        "offerId": offer_id,
        "sku": sku,
        "marketplaceId": seller.marketplace,
        "format": "FIXED_PRICE",
        "availableQuantity": ready.quantity,
        "categoryId": ready.category_id,
        "listingDuration": "GTC",
        "listingPolicies": {name: next(iter(shop.policies[kind]), None) for kind, name in POLICY_IDS.items()},
        "pricingSummary": {"price": {"value": ready.price, "currency": seller.currency}},
        "status": "PUBLISHED",
    }
    shop.listings[ready.listing_id] = listing = {
        "listingId": ready.listing_id,
        "offerId": offer_id,
        "sku": sku,
        "marketplaceId": seller.marketplace,
        "soldQuantity": 0,
    }
    show(listing, offer, item)
    return offer


class _ReadyOrder(msgspec.Struct, forbid_unknown_fields=True):
    """SKUs are `sku_prefix` with a number that counts from 1."""

    seller: str
    count: int = 1
    sku_prefix: str = "READY-"
    title: str = "Becher aus Keramik"
    price: str = "12.34"
    quantity: int = 5
    image_urls: list[str] = msgspec.field(default_factory=lambda: ["https://pictures.example.org/1.jpg"])


def _make(sandbox: EbaySandbox, body: _ReadyOrder) -> object:
    shop = shop_of(sandbox, body.seller)
    if not 1 <= body.count <= _MOST:
        raise ValueError(f"count is 1 to {_MOST}")
    skus = [f"{body.sku_prefix}{place}" for place in range(1, body.count + 1)]
    if not shop.items.keys().isdisjoint(skus):
        raise ValueError("some of these SKUs are there already: take another prefix")
    made = []
    for sku in skus:
        listing_id = f"1100{sandbox.number():08d}"
        ready = ReadyListing(listing_id, sku, body.title, body.price, body.quantity, "20696", body.image_urls)
        made.append({"sku": sku, "listingId": listing_id, "offerId": put_live(shop, ready)["offerId"]})
    return {"listings": made}


CONTROL = (ControlRoute("POST", "listings/ready", takes(_ReadyOrder, _make)),)
