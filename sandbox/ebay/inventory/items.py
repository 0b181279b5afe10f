"""Owns the inventory items: a PUT replaces the whole item, and what of it is live is revised with it."""

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply, page_of
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.inventory.listings import end_listing, live_offers, revise_listing
from sandbox.ebay.inventory.problems import NO_SKU
from sandbox.ebay.inventory.requests import READS, WRITES, check_language, invalid, paged, sku_of, writing_sku
from sandbox.ebay.inventory.shapes import ItemBody
from sandbox.ebay.sellers import Object
from sandbox.ebay.state import EbaySandbox

_LONGEST = {"title": 80, "subtitle": 55, "description": 4_000, "brand": 65, "mpn": 65}
_LONGEST_CONDITION = 1_000
_READ_ONLY = ("sku", "locale", "groupIds", "inventoryItemGroupKeys")
_MOST_A_PAGE = 200


async def put_item(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """201 for a new item, 204 for one that was replaced, 200 where eBay warns."""
    sku, locale, shop = sku_of(call), check_language(call), call.shop
    _check_values(call.read(ItemBody))
    item = {name: value for name, value in call.json().items() if name not in _READ_ONLY}
    item |= {"sku": sku, "locale": locale}
    warnings: list[Object] = []
    async with writing_sku(sandbox, call, sku):
        for offer in live_offers(shop, sku):
            warnings += await revise_listing(sandbox, shop, offer=offer, item=item)
        is_new = sku not in shop.items
        shop.items[sku] = item
    if warnings:
        return EbayReply({"warnings": warnings})
    return EbayReply(status=201) if is_new else NO_CONTENT


def _check_values(body: ItemBody) -> None:
    ship_to = body.availability.ship_to_location_availability if body.availability else None
    if ship_to and (ship_to.quantity or 0) < 0:
        raise invalid("availability.shipToLocationAvailability.quantity")
    if len(body.condition_description or "") > _LONGEST_CONDITION:
        raise invalid("conditionDescription")
    for name, longest in _LONGEST.items():
        if len(getattr(body.product, name, None) or "") > longest:
            raise invalid(name, f"Invalid value for {name}. The length should be between 1 and {longest} characters.")


def read_item(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply(_item(call))


def list_items(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    page = page_of(call, most=_MOST_A_PAGE)
    rows = [call.shop.items[sku] for sku in sorted(call.shop.items)]
    return EbayReply(paged(call, rows, name="inventoryItems", page=page))


async def delete_item(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """With its listing and its offers."""
    _item(call)
    sku, shop = sku_of(call), call.shop
    async with writing_sku(sandbox, call, sku):
        for offer in live_offers(shop, sku):
            end_listing(sandbox, shop, offer)
        del shop.items[sku]
        for offer_id in [each["offerId"] for each in shop.offers.values() if each["sku"] == sku]:
            del shop.offers[offer_id]
    return NO_CONTENT


def _item(call: EbayCall) -> Object:
    found = call.shop.items.get(sku_of(call))
    if found is None:
        said = f"{call.ids['sku']} could not be found or is not available in the system."
        raise EbayRefusal(NO_SKU, said, parameters={"sku": call.ids["sku"]})
    return found


_PATH = "/sell/inventory/v1/inventory_item"
_KEYED = f"{_PATH}/{{sku}}"
CALLS = (
    CallRoute("GET", _PATH, "inventory.items", READS, list_items),
    CallRoute("GET", _KEYED, "inventory.item", READS, read_item),
    CallRoute("PUT", _KEYED, "inventory.put_item", WRITES, put_item),
    CallRoute("DELETE", _KEYED, "inventory.delete_item", WRITES, delete_item),
)
