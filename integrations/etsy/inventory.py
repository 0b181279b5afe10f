"""The inventory of a listing: read as it is, changed in one number, written whole.

A write replaces everything: one that left a variation out would delete it at Etsy, with its photos. So only what is
understood is written: a listing of one product without variations.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.errors import Misshapen
from integrations.etsy.app import VENDOR
from integrations.etsy.calls import EtsyAsk, EtsyRest, ListingPath
from integrations.etsy.values import left_in, money_in, words_in
from integrations.selling.records import RecordProblem
from integrations.selling.refusals import RefusedFields, refused
from integrations.selling.values import Fields

# Told by Etsy, and not taken back.
_PRODUCT_READ_ONLY = ("product_id", "is_deleted")
_OFFERING_READ_ONLY = ("offering_id", "is_deleted")
_PROPERTY_READ_ONLY = ("scale_name", "value_pairs")
_ON_PROPERTY = ("price_on_property", "quantity_on_property", "sku_on_property", "readiness_state_on_property")
_VARIATIONS = "The listing has variations, whose {what} is changed at Etsy alone."
_OUT_OF_STOCK = "Etsy takes no quantity of 0: end the listing instead."


@dataclass(frozen=True, slots=True)
class StockWrite:
    """What to set of a listing; None leaves a part as it is. `currency` is the one that the price is in."""

    sku: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    quantity: int | None = None
    readiness_state_id: int | None = None

    @property
    def is_nothing(self) -> bool:
        return all(each is None for each in (self.sku, self.price, self.quantity, self.readiness_state_id))


async def write_stock(rest: EtsyRest, listing: ListingPath, stock: StockWrite) -> None:
    """Sets what is not None; nothing is written where all of it is so already.

    Raises RefusedFields for a listing with variations, for another currency, and for a quantity of 0.
    """
    if stock.is_nothing:
        return
    if stock.quantity is not None and stock.quantity < 1:
        raise refused(_OUT_OF_STOCK, "quantity")
    path = f"{listing.alone}/inventory"
    read = await rest.get(path)
    _check_single(read, stock)
    old = written_inventory(read)
    new = _with_stock(old, stock)
    if new != old:
        await rest.call(EtsyAsk("PUT", path, body=new))


def written_inventory(read: Fields) -> dict[str, Any]:
    """The inventory in the form in which it is written: an amount and its divisor become a decimal number."""
    products = [_product(each) for each in left_in(read, "products")]
    decides = {name: read.raw.get(name) for name in _ON_PROPERTY}
    return {"products": products} | {name: ids if isinstance(ids, list) else [] for name, ids in decides.items()}


def _product(raw: Fields) -> dict[str, Any]:
    kept = {name: value for name, value in raw.raw.items() if name not in _PRODUCT_READ_ONLY}
    values = [
        {name: value for name, value in each.raw.items() if name not in _PROPERTY_READ_ONLY}
        for each in raw.parts("property_values")
    ]
    offerings = [_offering(each) for each in left_in(raw, "offerings")]
    return kept | {"sku": words_in(raw, "sku") or "", "property_values": values, "offerings": offerings}


def _offering(raw: Fields) -> dict[str, Any]:
    price = money_in(raw, "price")
    if price is None:
        raise Misshapen(f"{VENDOR} sent an inventory whose price cannot be read.")
    kept = {name: value for name, value in raw.raw.items() if name not in _OFFERING_READ_ONLY}
    return kept | {"price": float(price.value)}


def _check_single(read: Fields, stock: StockWrite) -> None:
    products = left_in(read, "products")
    offerings = [each for product in products for each in left_in(product, "offerings")]
    if len(products) > 1 or len(offerings) > 1 or any(each.parts("property_values") for each in products):
        parts = (("price", stock.price), ("quantity", stock.quantity), ("sku", stock.sku))
        named = [name for name, value in parts if value is not None] or ["sku"]
        problems = [RecordProblem(_VARIATIONS.format(what=name), name) for name in named]
        raise RefusedFields(problems[0].message, problems=problems)
    if not offerings:
        raise Misshapen(f"{VENDOR} sent an inventory without a product.")
    priced = money_in(offerings[0], "price")
    if stock.price is not None and priced is not None and stock.currency not in (priced.currency, None):
        raise refused(f"The shop sells in {priced.currency}, not in {stock.currency}.", "currency")


def _with_stock(old: dict[str, Any], stock: StockWrite) -> dict[str, Any]:
    [product] = old["products"]
    [offering] = product["offerings"]
    told: dict[str, Any] = {}
    if stock.price is not None:
        told["price"] = float(stock.price)
    if stock.quantity is not None:
        told |= {"quantity": stock.quantity, "is_enabled": True}
    if stock.readiness_state_id is not None:
        told["readiness_state_id"] = stock.readiness_state_id
    sku = product["sku"] if stock.sku is None else stock.sku
    return old | {"products": [product | {"sku": sku, "offerings": [offering | told]}]}
