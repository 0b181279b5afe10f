"""Owns things to list: items and offers that eBay takes as they are, for tests to spoil one field at a time."""

from collections.abc import Mapping
from typing import Any

from tests.sandbox.ebay.ebay_client import EbayClient, Got

INVENTORY = "/sell/inventory/v1"
PICTURE = "https://pictures.example.org/1.jpg"
Changes = Mapping[str, Any]


def item_body(**changes: Any) -> dict[str, Any]:
    product = {
        "title": "Becher aus Keramik",
        "description": "Ein Becher.",
        "aspects": {"Material": ["Keramik"]},
        "imageUrls": [PICTURE],
    }
    body: dict[str, Any] = {
        "availability": {"shipToLocationAvailability": {"quantity": 3}},
        "condition": "USED_GOOD",
        "product": product,
    }
    return body | changes


async def policy_ids(ebay: EbayClient, seller: str = "EBAY_DE") -> dict[str, str]:
    found = {}
    for kind in ("fulfillment", "payment", "return"):
        got = await ebay.call("GET", f"/sell/account/v1/{kind}_policy?marketplace_id={seller}", seller=seller)
        found[f"{kind}PolicyId"] = got.body[f"{kind}Policies"][0][f"{kind}PolicyId"]
    return found


async def offer_body(ebay: EbayClient, sku: str, *, seller: str = "EBAY_DE", **changes: Any) -> dict[str, Any]:
    """With a location that is there."""
    address = {"location": {"address": {"country": seller[-2:], "postalCode": "10115"}}}
    assert (await ebay.call("POST", f"{INVENTORY}/location/home", address, seller=seller)).status in (204, 409)
    currency = {"EBAY_DE": "EUR", "EBAY_US": "USD", "EBAY_GB": "GBP"}[seller]
    body: dict[str, Any] = {
        "sku": sku,
        "marketplaceId": seller,
        "format": "FIXED_PRICE",
        "availableQuantity": 2,
        "categoryId": "20696",
        "listingDescription": "<p>Ein Becher.</p>",
        "listingPolicies": await policy_ids(ebay, seller),
        "merchantLocationKey": "home",
        "pricingSummary": {"price": {"value": "12.34", "currency": currency}},
    }
    return body | changes


async def put_item(ebay: EbayClient, sku: str, **changes: Any) -> Got:
    return await ebay.call("PUT", f"{INVENTORY}/inventory_item/{sku}", item_body(**changes))


async def offered(ebay: EbayClient, sku: str, *, item: Changes | None = None, offer: Changes | None = None) -> str:
    """The id of an offer that was not published."""
    assert (await put_item(ebay, sku, **item or {})).status == 201
    got = await ebay.call("POST", f"{INVENTORY}/offer", await offer_body(ebay, sku, **offer or {}))
    assert got.status == 201, got
    return str(got.body["offerId"])


async def publish(ebay: EbayClient, offer_id: str) -> Got:
    return await ebay.call("POST", f"{INVENTORY}/offer/{offer_id}/publish")


async def listed(ebay: EbayClient, sku: str) -> tuple[str, str]:
    """The ids of an offer and of its listing."""
    offer_id = await offered(ebay, sku)
    got = await publish(ebay, offer_id)
    assert got.status == 200, got
    return offer_id, str(got.body["listingId"])


async def read_offer(ebay: EbayClient, offer_id: str) -> dict[str, Any]:
    got = await ebay.call("GET", f"{INVENTORY}/offer/{offer_id}")
    assert got.status == 200
    return dict(got.body)
