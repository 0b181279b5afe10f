"""Owns reading an inventory and putting another one in its place; nothing of the old one stays by itself."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, choice_of
from sandbox.etsy.errors import EtsyRefusal, field_refusal, too_short
from sandbox.etsy.fields import Fields
from sandbox.etsy.listings.lookup import own_listing
from sandbox.etsy.listings.records import Inventory, Listing, Object, Offering, Product, PropertyValue
from sandbox.etsy.listings.shapes import shown_inventory
from sandbox.etsy.listings.values import LONGEST_SKU, check_price, check_quantity, check_readiness
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.taxonomy.catalogue import NODES

_ON_PROPERTY = ("price_on_property", "quantity_on_property", "sku_on_property", "readiness_state_on_property")
_TAKEN = ("products", *_ON_PROPERTY)
_OF_PRODUCT = ("sku", "property_values", "offerings")
_OF_OFFERING = ("quantity", "is_enabled", "price", "readiness_state_id")
_OF_VALUE = ("property_id", "property_name", "scale_id", "value_ids", "values")
# Custom variations have these two numbers, in every category.
_CUSTOM = (513, 514)
# By how many properties a listing may vary; three for those who ask for it.
_MOST_PROPERTIES = ("2", "3")
_FIRST_VALUE = 10_000_000_000


def read_inventory(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, listing = own_listing(sandbox, call)
    return EtsyReply(shown_inventory(listing.inventory, shop.purse))


def replace_inventory(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Products that are not sent again are gone. A state stays as it is: what is sold out is not on sale again."""
    shop, listing = own_listing(sandbox, call)
    fields = call.fields()
    fields.need("products")
    _only(fields.values, _TAKEN, "")
    raw = fields.values["products"]
    if not isinstance(raw, list):
        raise EtsyRefusal("Expected array value for 'products' (got string)")
    if not raw:
        raise too_short("products")
    old = {_key(each): each for each in listing.inventory.products}
    products = [_product(sandbox, shop, listing, each=each, old=old) for each in raw]
    inventory = Inventory(products, *(_ids(fields, name) for name in _ON_PROPERTY))
    _check_whole(inventory, most=int(choice_of(call, "max_variations_supported", _MOST_PROPERTIES, default="2")))
    if inventory.quantity == 0:
        raise EtsyRefusal("The listing must have at least one enabled offering with a quantity greater than 0.")
    listing.inventory, listing.updated_s = inventory, sandbox.now_s
    return EtsyReply(shown_inventory(inventory, shop.purse))


def _only(values: Any, taken: tuple[str, ...], where: str) -> None:
    """Raises EtsyRefusal for fields that a GET has and a PUT does not take."""
    if not isinstance(values, dict):
        raise EtsyRefusal(f"Expected object value for '{where or 'body'}' (got array)")
    unknown = [f"{where}{'.' if where else ''}{name}" for name in values if name not in taken]
    if unknown:
        raise EtsyRefusal(f"Unexpected Input Parameter: [{', '.join(unknown)}]")


def _ids(fields: Fields, name: str) -> list[int]:
    found = fields.values.get(name) or []
    if not isinstance(found, list) or any(type(each) is not int for each in found):
        raise EtsyRefusal(f"Expected array value for '{name}' (got string)")
    return found


def _product(sandbox: EtsySandbox, shop: EtsyShop, listing: Listing, *, each: Any, old: dict[str, Product]) -> Product:
    """With the ids that a product with the same properties had."""
    _only(each, _OF_PRODUCT, "products")
    fields = Fields(each, is_form=False)
    sku = fields.text("sku") or ""
    if len(sku) > LONGEST_SKU:
        raise field_refusal("sku", f"cannot be longer than {LONGEST_SKU} characters")
    if not isinstance(each.get("property_values"), list):
        raise EtsyRefusal("Missing Input Parameter: [property_values]")
    offerings = each.get("offerings")
    if not isinstance(offerings, list) or len(offerings) != 1:
        raise EtsyRefusal("Each product must have exactly one offering.")
    values = [_property_value(value, listing) for value in each["property_values"]]
    made = Product(0, sku, [_offering(shop, listing, offerings[0])], values)
    before = old.get(_key(made))
    made.product_id = before.product_id if before else sandbox.number()
    made.offerings[0].offering_id = before.offerings[0].offering_id if before else sandbox.number()
    return made


def _offering(shop: EtsyShop, listing: Listing, each: Any) -> Offering:
    _only(each, _OF_OFFERING, "offerings")
    fields = Fields(each, is_form=False)
    fields.need("quantity", "price", "is_enabled")
    readiness = fields.whole("readiness_state_id")
    if listing.given.get("type") != "download":
        if readiness is None:
            raise EtsyRefusal("A readiness_state_id is required for physical listings.")
        check_readiness(shop, readiness)
    return Offering(
        0,
        check_quantity(fields.whole("quantity") or 0, least=0),
        check_price(shop, fields.decimal("price")),
        is_enabled=bool(fields.flag("is_enabled")),
        readiness_state_id=readiness,
    )


def _property_value(each: Any, listing: Listing) -> PropertyValue:
    _only(each, _OF_VALUE, "property_values")
    fields = Fields(each, is_form=False)
    fields.need("property_id")
    property_id, values = fields.whole("property_id") or 0, fields.words("values")
    node = NODES.get(listing.given["taxonomy_id"])
    known = {known.property_id: known.name for known in (node.properties if node else ()) if known.has_variations}
    if property_id not in known and property_id not in _CUSTOM:
        raise EtsyRefusal(f"Property {property_id} cannot be used for variations of this listing.")
    if not values:
        raise EtsyRefusal("Property values can't be empty")
    name = fields.text("property_name") or known.get(property_id, "")
    return PropertyValue(property_id, name, fields.whole("scale_id"), _value_ids(property_id, values), values)


def _value_ids(property_id: int, values: list[str]) -> list[int]:
    """The shop's own, whatever ids were sent: Etsy makes one of each text."""
    return [_FIRST_VALUE + crc32(f"{property_id}:{value}".encode()) for value in values]


def _key(product: Product) -> str:
    return "|".join(f"{each.property_id}={','.join(each.values)}" for each in product.property_values)


def _check_whole(inventory: Inventory, *, most: int) -> None:
    """That products differ by their properties, and in what by which."""
    first = [each.property_id for each in inventory.products[0].property_values]
    if len(first) > most:
        raise EtsyRefusal(f"A listing can vary by at most {most} properties.")
    for product in inventory.products:
        if [each.property_id for each in product.property_values] != first:
            raise EtsyRefusal("All products must have the same properties in the same order.")
    if len({_key(product) for product in inventory.products}) < len(inventory.products):
        raise EtsyRefusal("Two products have the same property values.")
    of: dict[str, Callable[[Product], Any]] = {
        "price_on_property": lambda product: product.offerings[0].price,
        "quantity_on_property": lambda product: product.offerings[0].quantity,
        "sku_on_property": lambda product: product.sku,
        "readiness_state_on_property": lambda product: product.offerings[0].readiness_state_id,
    }
    for name, value_of in of.items():
        _check_varies(inventory, name, first=first, value_of=value_of)


def _check_varies(inventory: Inventory, name: str, *, first: list[int], value_of: Callable[[Product], Any]) -> None:
    ids: list[int] = getattr(inventory, name)
    if ids != [each for each in first if each in ids]:
        raise EtsyRefusal(f"{name}: property IDs must be in the same order as in products")
    seen: Object = {}
    for product in inventory.products:
        group = str([each.values for each in product.property_values if each.property_id in ids])
        if seen.setdefault(group, value_of(product)) != value_of(product):
            raise EtsyRefusal(f"{name}: must be consistent across products with the same property values")


_INVENTORY = "/listings/{listing_id}/inventory"
CALLS = (
    EtsyRoute("GET", _INVENTORY, "listings.inventory", "listings_r", read_inventory),
    EtsyRoute("PUT", _INVENTORY, "listings.replace_inventory", "listings_w", replace_inventory),
)
