"""Owns what a member may say of an item, and what is wrong with it; must not keep it.

The site tells every field that is wrong at once. The longest title and description, the bounds of the price and the
number of photos come from public reports; that two colours and three materials are the most does too.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.vinted.errors import Fault, invalid, wrong
from sandbox.vinted.terms.catalogue import (
    BRANDS,
    CATALOGS,
    COLOURS,
    CONDITIONS,
    MATERIALS,
    MOST_COLOURS,
    MOST_MATERIALS,
    PARCELS,
    SIZES,
    Catalog,
)

Object = dict[str, Any]
LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_BRAND = 100, 2_000, 50
LEAST_PRICE, HIGHEST_PRICE = Decimal(1), Decimal(30_000)
_CENTS = Decimal("0.01")


def item_of(body: Object) -> Object:
    found = body.get("item")
    if not isinstance(found, dict):
        raise wrong("item", "The item is missing.")
    return found


def check_item(body: Object, *, currency: str) -> Object:
    """All that is kept of it, by name; raises VintedRefusal with each field that is wrong."""
    reader = _Reader(body)
    catalog = reader.catalog()
    given: Object = {
        "title": reader.text("title", LONGEST_TITLE),
        "description": reader.text("description", LONGEST_DESCRIPTION),
        "price": reader.price(),
        "currency": reader.currency(currency),
        "catalog_id": catalog.catalog_id if catalog else None,
        "condition_id": reader.condition(),
        "color_ids": reader.ids("color_ids", body.get("color_ids"), COLOURS, MOST_COLOURS),
        "material_ids": reader.ids("material", reader.attribute("material"), MATERIALS, MOST_MATERIALS),
        "package_size_id": reader.choice("package_size_id", PARCELS, is_needed=True),
        "is_unisex": body.get("is_unisex") is True,
    }
    given |= reader.brand(catalog) | reader.size(catalog)
    if reader.faults:
        raise invalid(reader.faults)
    return given


@dataclass(slots=True)
class _Reader:
    """Reads field by field and collects what is wrong: a reader's answers count only where nothing is."""

    body: Object
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, words: str) -> None:
        self.faults.append((name, words))

    def text(self, name: str, longest: int) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not value.strip():
            self.fault(name, f"The {name} is missing.")
        elif len(value) > longest:
            self.fault(name, f"The {name} is longer than {longest} characters.")
        return value.strip() if isinstance(value, str) else ""

    def price(self) -> str:
        """A number, or a text with one."""
        value = self.body.get("price")
        try:
            found = Decimal(str(value)) if type(value) in (int, float, str) else None
        except InvalidOperation:
            found = None
        if found is None or not found.is_finite():
            self.fault("price", "The price is not a number.")
            return ""
        if not LEAST_PRICE <= found <= HIGHEST_PRICE:
            self.fault("price", f"The price has to be between {LEAST_PRICE} and {HIGHEST_PRICE}.")
            return ""
        if found != found.quantize(_CENTS):
            self.fault("price", "The price has parts of a cent.")
        return str(found.quantize(_CENTS))

    def currency(self, own: str) -> str:
        if self.body.get("currency") != own:
            self.fault("currency", f"Prices are in {own} here.")
        return own

    def catalog(self) -> Catalog | None:
        value = self.body.get("catalog_id")
        found = CATALOGS.get(value) if type(value) is int else None
        if found is None or found.below:
            self.fault("category", "Choose a category, down to the last level.")
            return None
        return found

    def attribute(self, code: str) -> object:
        """The ids under this code, or nothing; what is no attribute is told once, with the condition."""
        found = self.body.get("item_attributes")
        for each in found if isinstance(found, list) else []:
            if isinstance(each, dict) and each.get("code") == code:
                return each.get("ids")
        return None

    def condition(self) -> int | None:
        """Among the attributes, or as `status_id`, as it was before."""
        attribute = self.attribute("condition")
        value = attribute[0] if isinstance(attribute, list) and len(attribute) == 1 else self.body.get("status_id")
        if type(value) is not int or value not in CONDITIONS:
            self.fault("condition", "Choose a condition.")
            return None
        return value

    def ids(self, name: str, value: object, known: Container[int], most: int) -> list[int]:
        if value is None:
            return []
        if not isinstance(value, list) or any(type(each) is not int or each not in known for each in value):
            self.fault(name, "Choose from the list.")
            return []
        if len(value) > most:
            self.fault(name, f"Choose at most {most}.")
        return value

    def choice(self, name: str, known: Container[int], *, is_needed: bool) -> int | None:
        value = self.body.get(name)
        if value is None and not is_needed:
            return None
        if type(value) is not int or value not in known:
            self.fault(name, "Choose from the list.")
            return None
        return value

    def brand(self, catalog: Catalog | None) -> Object:
        """By id, or by name where the site does not know it."""
        brand_id, name = self.choice("brand_id", BRANDS, is_needed=False), self.body.get("brand")
        if name is not None and not (isinstance(name, str) and len(name) <= LONGEST_BRAND):
            self.fault("brand", f"A brand has at most {LONGEST_BRAND} characters.")
        elif catalog and catalog.needs_brand and brand_id is None and not (name or "").strip():
            self.fault("brand", "Choose a brand.")
        return {"brand_id": brand_id, "brand": BRANDS.get(brand_id, "") if brand_id else name or ""}

    def size(self, catalog: Catalog | None) -> Object:
        """As `size_id`, or among the attributes, as the condition is."""
        if catalog is None or catalog.size_group is None:
            return {"size_id": None}
        attribute = self.attribute("size")
        value = attribute[0] if isinstance(attribute, list) and len(attribute) == 1 else self.body.get("size_id")
        if type(value) is not int or value not in SIZES[catalog.size_group]:
            self.fault("size_id", "Choose a size.")
            return {"size_id": None}
        return {"size_id": value}


Pick = Callable[[int], bool]


def photo_ids_of(body: Object, may_have: Pick, *, most: int) -> list[int]:
    """In their order; raises VintedRefusal where one may not be this item's, or stands twice."""
    found = body.get("assigned_photos")
    if not isinstance(found, list) or not found:
        raise wrong("photos", "Add at least one photo.")
    ids = [each.get("id") if isinstance(each, dict) else None for each in found]
    if len(ids) > most:
        raise wrong("photos", f"An item has at most {most} photos.")
    if len(set(ids)) < len(ids) or any(type(each) is not int or not may_have(each) for each in ids):
        raise wrong("photos", "A photo cannot be used here. Upload it again.")
    return [each for each in ids if isinstance(each, int)]
