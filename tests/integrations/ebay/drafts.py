"""Drafts that eBay's stand-in takes, for the tests of listings."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.ebay.session import EbaySession
from integrations.selling.records import ListingDraft, ListingRef, RemoteListing
from tests.integrations.ebay.conftest import EbayWorld


def a_place(ebay: EbayWorld, seller: str = "EBAY_DE") -> None:
    berlin = {"merchantLocationKey": "berlin", "name": "Berlin", "merchantLocationStatus": "ENABLED"}
    ebay.shop(seller).locations = {"berlin": berlin}


def a_draft(ebay: EbayWorld, seller: str = "EBAY_DE", **more: object) -> ListingDraft:
    a_place(ebay, seller)
    shop = ebay.shop(seller)
    named = {"SHIPPING": "fulfillment", "PAYMENT": "payment", "RETURN": "return"}
    policies = {ours: next(iter(shop.policies[kind])) for ours, kind in named.items()}
    fields: Mapping[str, Any] = {
        "sku": "MUG-1",
        "market": seller,
        "title": "A mug",
        "description": "It holds tea.",
        "price": Decimal("12.50"),
        "currency": shop.seller.currency,
        "quantity": 3,
        "category_id": "20696",
        "condition": "NEW",
        "aspects": {"Material": ["Glas"]},
        "image_urls": ["https://pictures.example/1.jpg"],
        "policies": policies | {"LOCATION": "berlin"},
    }
    return ListingDraft(**{**fields, **more})


async def quietly(_words: str) -> None:
    return


async def listed(session: EbaySession) -> list[RemoteListing]:
    return [listing async for page in session.listings() for listing in page.listings]


def ref(listing: RemoteListing, **more: object) -> ListingRef:
    fields: Mapping[str, Any] = {
        "external_id": listing.external_id,
        "offer_id": listing.offer_id,
        "sku": listing.sku,
        "market": listing.market,
        "currency": listing.currency,
    }
    return ListingRef(**{**fields, **more})
