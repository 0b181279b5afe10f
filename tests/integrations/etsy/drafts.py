"""Drafts that Etsy's stand-in takes, for the tests of listings."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.etsy.session import EtsySession
from integrations.selling.records import ListingDraft, ListingRef, RemoteListing
from sandbox.etsy.listings.records import Listing
from tests.integrations.etsy.conftest import EtsyWorld


def a_draft(etsy: EtsyWorld, **more: object) -> ListingDraft:
    shop = etsy.shop
    fields: Mapping[str, Any] = {
        "sku": "MUG-1",
        "market": "",
        "title": "Father's mug",
        "description": "It holds tea.",
        "price": Decimal("12.50"),
        "currency": shop.seller.currency,
        "quantity": 3,
        "category_id": "1064",
        "condition": None,
        "aspects": {},
        "image_urls": [f"{etsy.pictures}/20.jpg", f"{etsy.pictures}/40.jpg"],
        "policies": {
            "SHIPPING": str(next(iter(shop.shipping_profiles))),
            "RETURN": str(next(iter(shop.return_policies))),
            "PROCESSING": str(next(iter(shop.readiness_states))),
        },
    }
    return ListingDraft(**{**fields, **more})


async def quietly(_words: str) -> None:
    return


async def listed(session: EtsySession) -> list[RemoteListing]:
    return [listing async for page in session.listings() for listing in page.listings]


def ref(listing: RemoteListing, **more: object) -> ListingRef:
    fields: Mapping[str, Any] = {
        "external_id": listing.external_id,
        "offer_id": None,
        "sku": listing.sku,
        "market": None,
        "currency": listing.currency,
    }
    return ListingRef(**{**fields, **more})


def of_sku(etsy: EtsyWorld, sku: str = "MUG-1") -> list[Listing]:
    """Every listing that is the SKU's, by its inventory or by the mark of a draft."""
    return [
        listing
        for listing in etsy.shop.listings.values()
        if listing.inventory.products[0].sku == sku or listing.given["description"].endswith(f"SKU: {sku}")
    ]


def only(etsy: EtsyWorld, sku: str = "MUG-1") -> Listing:
    [found] = of_sku(etsy, sku)
    return found


async def published(etsy: EtsyWorld, **more: object) -> RemoteListing:
    return await etsy.session().publish(a_draft(etsy, **more), quietly)
