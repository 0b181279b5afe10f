"""Owns things to list: drafts that Etsy takes as they are, for tests to spoil one field at a time."""

from typing import Any

from tests.sandbox.etsy.etsy_client import EtsyClient, jpeg

LISTINGS = "/shops/{shop}/listings"


def draft_body(etsy: EtsyClient, shop: str = "DE", **changes: Any) -> dict[str, Any]:
    """A change to None takes the field away."""
    own = etsy.shop(shop)
    body: dict[str, Any] = {
        "quantity": 3,
        "title": "Becher aus Keramik",
        "description": "Ein Becher.",
        "price": 12.34,
        "who_made": "i_did",
        "when_made": "made_to_order",
        "taxonomy_id": 1064,
        "is_supply": False,
        "shipping_profile_id": next(iter(own.shipping_profiles)),
        "readiness_state_id": next(iter(own.readiness_states)),
        "return_policy_id": next(iter(own.return_policies)),
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


async def drafted(etsy: EtsyClient, shop: str = "DE", **changes: Any) -> int:
    """The id of a draft without a picture."""
    got = await etsy.call("POST", LISTINGS, draft_body(etsy, shop, **changes), shop=shop)
    assert got.status == 201, got
    return int(got.body["listing_id"])


async def active(etsy: EtsyClient, shop: str = "DE", **changes: Any) -> int:
    """The id of a listing that is on sale."""
    listing_id = await drafted(etsy, shop, **changes)
    assert (await etsy.upload(listing_id, jpeg(), shop=shop)).status == 201
    got = await etsy.call("PATCH", f"{LISTINGS}/{listing_id}", {"state": "active"}, shop=shop)
    assert (got.status, got.body["state"]) == (200, "active"), got
    return listing_id


async def read(etsy: EtsyClient, listing_id: int, shop: str = "DE") -> dict[str, Any]:
    """The listing with its pictures, its inventory and the SKUs of that."""
    got = await etsy.call("GET", f"/listings/{listing_id}?includes=Images", shop=shop)
    inventory = await etsy.call("GET", f"/listings/{listing_id}/inventory", shop=shop)
    assert (got.status, inventory.status) == (200, 200), got
    skus = [product["sku"] for product in inventory.body["products"] if product["sku"]]
    return {**got.body, "inventory": inventory.body, "skus": skus}


def put_body(etsy: EtsyClient, shop: str = "DE", **changes: Any) -> dict[str, Any]:
    """An inventory of one product; changes are the offering's, or its product's SKU."""
    offering = {
        "quantity": 5,
        "is_enabled": True,
        "price": 20.5,
        "readiness_state_id": next(iter(etsy.shop(shop).readiness_states)),
    }
    sku = changes.pop("sku", "CUP-1")
    return {
        "products": [{"sku": sku, "property_values": [], "offerings": [offering | changes]}],
        "price_on_property": [],
        "quantity_on_property": [],
        "sku_on_property": [],
        "readiness_state_on_property": [],
    }
