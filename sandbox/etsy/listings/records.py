"""Owns what is remembered of a listing; must not know how the API shows it."""

from typing import Any

import msgspec

Object = dict[str, Any]


class Offering(msgspec.Struct):
    """`price` in thousandths."""

    offering_id: int
    quantity: int
    price: int
    is_enabled: bool = True
    readiness_state_id: int | None = None


class PropertyValue(msgspec.Struct):
    property_id: int
    property_name: str
    scale_id: int | None
    value_ids: list[int]
    values: list[str]


class Product(msgspec.Struct):
    product_id: int
    sku: str
    offerings: list[Offering]
    property_values: list[PropertyValue] = []


class Inventory(msgspec.Struct):
    """Which properties decide what; without variations one product with one offering."""

    products: list[Product]
    price_on_property: list[int] = []
    quantity_on_property: list[int] = []
    sku_on_property: list[int] = []
    readiness_state_on_property: list[int] = []

    @property
    def offerings(self) -> list[Offering]:
        return [offering for product in self.products for offering in product.offerings]

    @property
    def quantity(self) -> int:
        return sum(offering.quantity for offering in self.offerings if offering.is_enabled)

    @property
    def has_variations(self) -> bool:
        return any(product.property_values for product in self.products)


class Picture(msgspec.Struct):
    """`place` in a listing is where it stands in its list."""

    listing_image_id: int
    width: int
    height: int
    color: str
    created_s: int
    alt_text: str = ""


class Listing(msgspec.Struct):
    """`given` is what the seller has said of it, by the API's names. `shown` is what answers say in place of the true
    values, as control has it.
    """

    listing_id: int
    state: str
    given: Object
    inventory: Inventory
    created_s: int
    updated_s: int
    state_s: int
    # Since it was published, or renewed; None for a draft.
    ending_s: int | None = None
    images: list[Picture] = []
    # By their ids; those of variations are the inventory's.
    properties: dict[int, PropertyValue] = {}
    shown: Object = {}
