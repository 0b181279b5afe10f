"""Owns how a listing, its pictures and its inventory look in answers; must not change them."""

from html import escape
from typing import Any

from sandbox.etsy.listings.records import Inventory, Listing, Picture, Product, PropertyValue
from sandbox.etsy.money import Purse
from sandbox.etsy.shops import EtsyShop, shown_shop
from sandbox.etsy.state import EtsySandbox

Object = dict[str, Any]
# What a single listing may come with, and what those of a list may: the first has lost two.
ONE_INCLUDES = ("Images", "Shop", "User", "Translations", "Videos", "Personalization", "BuyerPrice")
INCLUDES = (*ONE_INCLUDES, "Shipping", "Inventory")
# What a listing has where the seller said nothing.
_UNSAID = {
    "shop_section_id": None, "featured_rank": -1, "is_taxable": True, "is_customizable": False,
    "shipping_profile_id": None, "return_policy_id": None, "is_supply": False, "item_weight": None,
    "item_weight_unit": None, "item_length": None, "item_width": None, "item_height": None,
    "item_dimensions_unit": None, "should_auto_renew": False, "taxonomy_id": None, "who_made": None, "when_made": None,
}  # fmt: skip


def shown_text(sandbox: EtsySandbox, text: str) -> str:
    """As Etsy answers with it: quotes, angles and ampersands as entities of HTML."""
    return escape(text).replace("&#x27;", "&#39;") if sandbox.has_entities else text


def shown_listing(sandbox: EtsySandbox, shop: EtsyShop, listing: Listing, includes: list[str]) -> Object:
    given, inventory = listing.given, listing.inventory
    readiness = inventory.offerings[0].readiness_state_id
    found = {name: given.get(name, value) for name, value in _UNSAID.items()}
    found |= {
        "listing_id": listing.listing_id,
        "user_id": shop.seller.user_id,
        "shop_id": shop.shop_id,
        "title": shown_text(sandbox, given["title"]),
        "description": shown_text(sandbox, given["description"]),
        "state": listing.state,
        "creation_timestamp": listing.created_s,
        "created_timestamp": listing.created_s,
        "original_creation_timestamp": listing.created_s,
        "ending_timestamp": listing.ending_s or listing.created_s,
        "last_modified_timestamp": listing.updated_s,
        "updated_timestamp": listing.updated_s,
        "state_timestamp": listing.state_s,
        "quantity": inventory.quantity,
        "url": listing_url(sandbox, listing),
        "num_favorers": 0,
        "non_taxable": not given.get("is_taxable", True),
        "is_personalizable": False,
        "listing_type": given.get("type", "physical"),
        "tags": given.get("tags", []),
        "materials": given.get("materials", []),
        "style": given.get("styles", []),
        # Of active listings alone, as Etsy documents it.
        "readiness_state_id": readiness if listing.state == "active" else None,
        "processing_min": None,
        "processing_max": None,
        "file_data": "",
        "has_variations": inventory.has_variations,
        "is_private": False,
        "language": "en-US",
        "price": shop.purse.shows(min(each.price for each in inventory.offerings)),
        "suggested_title": None,
    }
    return found | _included(sandbox, shop, listing, includes=includes) | listing.shown


def listing_url(sandbox: EtsySandbox, listing: Listing) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in listing.given["title"].lower()).split()
    return f"{sandbox.url}/listing/{listing.listing_id}/{'-'.join(words[:8])}"


def _included(sandbox: EtsySandbox, shop: EtsyShop, listing: Listing, *, includes: list[str]) -> Object:
    """With Inventory the texts of all SKUs as well, each once."""
    found: Object = {}
    if "Images" in includes:
        found["images"] = shown_pictures(sandbox, listing)
    if "Shop" in includes:
        found["shop"] = shown_shop(shop, sandbox.url)
    if "Shipping" in includes:
        found["shipping_profile"] = shop.shipping_profiles.get(listing.given.get("shipping_profile_id", 0))
    if "Inventory" in includes:
        found["inventory"] = shown_inventory(listing.inventory, shop.purse)
        found["skus"] = list(dict.fromkeys(each.sku for each in listing.inventory.products if each.sku))
    for name in ("User", "Videos", "Translations"):
        if name in includes:
            found[name.lower()] = [] if name != "User" else {"user_id": shop.seller.user_id}
    return found


def shown_pictures(sandbox: EtsySandbox, listing: Listing) -> list[Object]:
    return [shown_picture(sandbox, listing, picture) for picture in listing.images]


def shown_picture(sandbox: EtsySandbox, listing: Listing, picture: Picture) -> Object:
    red, green, blue = (int(picture.color[place : place + 2], 16) for place in (0, 2, 4))
    address = f"{sandbox.url}/images/{picture.listing_image_id}"
    return {
        "listing_id": listing.listing_id,
        "listing_image_id": picture.listing_image_id,
        "hex_code": picture.color.upper(),
        "red": red,
        "green": green,
        "blue": blue,
        "hue": 0,
        "saturation": 0,
        "brightness": max(red, green, blue) * 100 // 255,
        "is_black_and_white": red == green == blue,
        "creation_tsz": picture.created_s,
        "created_timestamp": picture.created_s,
        "rank": listing.images.index(picture) + 1,
        "url_75x75": f"{address}_75x75.jpg",
        "url_170x135": f"{address}_170x135.jpg",
        "url_570xN": f"{address}_570xN.jpg",
        "url_fullxfull": f"{address}_fullxfull.jpg",
        "full_height": picture.height,
        "full_width": picture.width,
        "alt_text": picture.alt_text,
    }


def shown_inventory(inventory: Inventory, purse: Purse) -> Object:
    return {
        "products": [_shown_product(each, purse) for each in inventory.products],
        "price_on_property": inventory.price_on_property,
        "quantity_on_property": inventory.quantity_on_property,
        "sku_on_property": inventory.sku_on_property,
        "readiness_state_on_property": inventory.readiness_state_on_property,
    }


def _shown_product(product: Product, purse: Purse) -> Object:
    offerings = [
        {
            "offering_id": each.offering_id,
            "quantity": each.quantity,
            "is_enabled": each.is_enabled,
            "is_deleted": False,
            "price": purse.shows(each.price),
            "readiness_state_id": each.readiness_state_id,
        }
        for each in product.offerings
    ]
    return {
        "product_id": product.product_id,
        "sku": product.sku,
        "is_deleted": False,
        "offerings": offerings,
        "property_values": [_shown_value(each) for each in product.property_values],
    }


def _shown_value(value: PropertyValue) -> Object:
    return {
        "property_id": value.property_id,
        "property_name": value.property_name,
        "scale_id": value.scale_id,
        "scale_name": None if value.scale_id is None else f"Scale {value.scale_id}",
        "value_ids": value.value_ids,
        "values": value.values,
        # What a GET has and a PUT does not take.
        "value_pairs": [
            {"value_id": value_id, "value": text} for value_id, text in zip(value.value_ids, value.values, strict=False)
        ],
    }
