"""Owns which fields the Inventory API takes and of which types: another field or type is refused, as eBay does."""

from typing import Any, Literal

import msgspec

Condition = Literal[
    "NEW",
    "LIKE_NEW",
    "NEW_OTHER",
    "NEW_WITH_DEFECTS",
    "CERTIFIED_REFURBISHED",
    "EXCELLENT_REFURBISHED",
    "VERY_GOOD_REFURBISHED",
    "GOOD_REFURBISHED",
    "SELLER_REFURBISHED",
    "USED_EXCELLENT",
    "USED_VERY_GOOD",
    "USED_GOOD",
    "USED_ACCEPTABLE",
    "FOR_PARTS_OR_NOT_WORKING",
    "PRE_OWNED_EXCELLENT",
    "PRE_OWNED_FAIR",
]


class _Fields(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """In these, `None` as a value is taken as absent, as eBay takes it."""


class ShipToLocation(_Fields):
    quantity: int | None = None
    availability_distributions: list[Any] | None = None
    # Read-only, and sent back by whoever reads, changes and writes.
    allocation_by_format: dict[str, Any] | None = None


class ItemAvailability(_Fields):
    ship_to_location_availability: ShipToLocation | None = None
    pickup_at_location_availability: list[Any] | None = None


class ItemProduct(_Fields):
    title: str | None = None
    subtitle: str | None = None
    description: str | None = None
    aspects: dict[str, list[str]] | None = None
    brand: str | None = None
    mpn: str | None = None
    epid: str | None = None
    ean: list[str] | None = None
    isbn: list[str] | None = None
    upc: list[str] | None = None
    image_urls: list[str] | None = None
    video_ids: list[str] | None = None


class ItemBody(_Fields):
    availability: ItemAvailability | None = None
    condition: Condition | None = None
    condition_description: str | None = None
    condition_descriptors: list[Any] | None = None
    package_weight_and_size: dict[str, Any] | None = None
    product: ItemProduct | None = None
    # Read-only, as above.
    sku: str | None = None
    locale: str | None = None
    group_ids: list[str] | None = None
    inventory_item_group_keys: list[str] | None = None


class Money(_Fields):
    """eBay's amounts are texts; a number is a field that cannot be read."""

    value: str
    currency: str


class OfferPricing(_Fields):
    price: Money | None = None
    original_retail_price: Money | None = None
    minimum_advertised_price: Money | None = None
    originally_sold_for_retail_price_on: str | None = None
    pricing_visibility: str | None = None


class OfferPolicies(_Fields):
    fulfillment_policy_id: str | None = None
    payment_policy_id: str | None = None
    return_policy_id: str | None = None
    best_offer_terms: dict[str, Any] | None = None
    shipping_cost_overrides: list[Any] | None = None
    e_bay_plus_if_eligible: bool | None = msgspec.field(default=None, name="eBayPlusIfEligible")


class OfferBody(_Fields):
    """Of an update; `OfferCreation` has what is needed at first."""

    available_quantity: int | None = None
    category_id: str | None = None
    secondary_category_id: str | None = None
    listing_description: str | None = None
    listing_duration: str | None = None
    listing_policies: OfferPolicies | None = None
    listing_start_date: str | None = None
    merchant_location_key: str | None = None
    pricing_summary: OfferPricing | None = None
    quantity_limit_per_buyer: int | None = None
    hide_buyer_details: bool | None = None
    include_catalog_product_details: bool | None = None
    lot_size: int | None = None
    store_category_names: list[str] | None = None
    tax: dict[str, Any] | None = None
    charity: dict[str, Any] | None = None
    extended_producer_responsibility: dict[str, Any] | None = None
    regulatory: dict[str, Any] | None = None
    # Read-only, as above.
    offer_id: str | None = None
    sku: str | None = None
    marketplace_id: str | None = None
    format: Literal["FIXED_PRICE", "AUCTION"] | None = None
    listing: dict[str, Any] | None = None
    status: str | None = None


class LocationAddress(_Fields):
    country: str | None = None
    postal_code: str | None = None
    city: str | None = None
    state_or_province: str | None = None
    county: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None


class LocationPlace(_Fields):
    address: LocationAddress
    geo_coordinates: dict[str, float] | None = None


class LocationBody(_Fields):
    location: LocationPlace
    name: str | None = None
    phone: str | None = None
    location_types: list[str] | None = None
    location_instructions: str | None = None
    location_additional_information: str | None = None
    location_web_url: str | None = None
    merchant_location_status: Literal["ENABLED", "DISABLED"] = "ENABLED"
    operating_hours: list[Any] | None = None
    special_hours: list[Any] | None = None


class OfferChange(_Fields):
    offer_id: str
    available_quantity: int | None = None
    price: Money | None = None


class PriceQuantity(_Fields):
    sku: str | None = None
    ship_to_location_availability: ShipToLocation | None = None
    offers: list[OfferChange] = []


class PriceQuantities(_Fields):
    requests: list[PriceQuantity]


class Migration(_Fields):
    listing_id: str


class Migrations(_Fields):
    requests: list[Migration]
