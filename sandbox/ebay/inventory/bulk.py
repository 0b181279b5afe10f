"""Owns the calls that answer in parts, each with a status of its own: prices and quantities, and migration."""

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import EbayRefusal, shown_problem
from sandbox.ebay.inventory.listings import live_offers, revise_listing
from sandbox.ebay.inventory.problems import INVALID_PRICE, NO_OFFER, NO_SKU, NOT_FOUND, USER_ERROR
from sandbox.ebay.inventory.ready_made import ReadyListing, put_live
from sandbox.ebay.inventory.requests import WRITES, invalid, writing_sku
from sandbox.ebay.inventory.shapes import Migrations, OfferChange, PriceQuantities, PriceQuantity
from sandbox.ebay.sellers import Object, Shop
from sandbox.ebay.state import EbaySandbox

_MOST_OFFERS = 25
_MOST_MIGRATIONS = 5
_OK, _PARTS = 200, 207


async def update_prices(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Of one SKU and its offers."""
    requests = call.read(PriceQuantities).requests
    if len(requests) != 1:
        raise invalid("requests", "One SKU can be changed with a call.")
    asked = requests[0]
    if not asked.offers and asked.ship_to_location_availability is None:
        raise invalid("requests", "There is nothing to change.")
    if len(asked.offers) > _MOST_OFFERS or len({change.offer_id for change in asked.offers}) < len(asked.offers):
        raise invalid("offers", f"At most {_MOST_OFFERS} offers, each once.")
    sku = asked.sku or _sku_of_offers(call.shop, asked)
    if sku not in call.shop.items:
        raise EbayRefusal(NO_SKU, parameters={"sku": sku}, status=400)
    async with writing_sku(sandbox, call, sku):
        return _parts(await _changed(sandbox, call.shop, sku=sku, asked=asked))


def _sku_of_offers(shop: Shop, asked: PriceQuantity) -> str:
    found = [shop.offers[change.offer_id]["sku"] for change in asked.offers if change.offer_id in shop.offers]
    return str(found[0]) if found else ""


async def _changed(sandbox: EbaySandbox, shop: Shop, *, sku: str, asked: PriceQuantity) -> list[Object]:
    """A part for the SKU when its quantity was asked for, and one for each offer."""
    parts: list[Object] = []
    if asked.ship_to_location_availability is not None:
        quantity = asked.ship_to_location_availability.quantity
        parts.append(await _with_quantity(sandbox, shop, sku=sku, quantity=quantity))
    for change in asked.offers:
        part = {"sku": sku, "offerId": change.offer_id}
        try:
            warnings = await _change_offer(sandbox, shop, sku=sku, change=change)
        except EbayRefusal as refusal:
            parts.append(part | {"statusCode": refusal.status, "errors": refusal.errors})
        else:
            parts.append(part | {"statusCode": _OK} | ({"warnings": warnings} if warnings else {}))
    return parts


async def _with_quantity(sandbox: EbaySandbox, shop: Shop, *, sku: str, quantity: int | None) -> Object:
    part: Object = {"sku": sku}
    if quantity is None or quantity < 0:
        refusal = invalid("shipToLocationAvailability.quantity")
        return part | {"statusCode": refusal.status, "errors": refusal.errors}
    old = shop.items[sku]
    available = (old.get("availability") or {}) | {"shipToLocationAvailability": {"quantity": quantity}}
    fresh = old | {"availability": available}
    warnings: list[Object] = []
    try:
        for offer in live_offers(shop, sku):
            warnings += await revise_listing(sandbox, shop, offer=offer, item=fresh)
    except EbayRefusal as refusal:
        return part | {"statusCode": refusal.status, "errors": refusal.errors}
    shop.items[sku] = fresh
    return part | {"statusCode": _OK} | ({"warnings": warnings} if warnings else {})


async def _change_offer(sandbox: EbaySandbox, shop: Shop, *, sku: str, change: OfferChange) -> list[Object]:
    offer = shop.offers.get(change.offer_id)
    if offer is None or offer["sku"] != sku:
        raise EbayRefusal(NO_OFFER, parameters={"offerId": change.offer_id})
    fresh = dict(offer)
    if change.available_quantity is not None:
        if change.available_quantity < 0:
            raise invalid("availableQuantity")
        fresh["availableQuantity"] = change.available_quantity
    if change.price is not None:
        price = {"value": change.price.value, "currency": change.price.currency}
        fresh["pricingSummary"] = (offer.get("pricingSummary") or {}) | {"price": price}
    warnings: list[Object] = []
    if offer["status"] == "PUBLISHED":
        warnings = await revise_listing(sandbox, shop, offer=fresh, item=shop.items[sku])
    elif change.price is not None and not change.price.value.replace(".", "", 1).isdigit():
        raise EbayRefusal(INVALID_PRICE)
    shop.offers[change.offer_id] = fresh
    return warnings


def migrate(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    requests, shop = call.read(Migrations).requests, call.shop
    if not 1 <= len(requests) <= _MOST_MIGRATIONS:
        raise invalid("requests", f"1 to {_MOST_MIGRATIONS} listings a call.")
    return _parts([_migrated(shop, request.listing_id) for request in requests])


def _migrated(shop: Shop, listing_id: str) -> Object:
    old = shop.old_listings.get(listing_id)
    if old is None:
        return _refused(listing_id, shown_problem(NOT_FOUND), status=404)
    if not old["sku"]:
        return _refused(listing_id, shown_problem(USER_ERROR, "The listing needs a SKU before it can be migrated."))
    if not old["has_policies"] or not shop.seller.is_opted_in:
        return _refused(listing_id, shown_problem(USER_ERROR, "The listing does not use business policies."))
    if old["sku"] in shop.items:
        return _refused(listing_id, shown_problem(USER_ERROR, "The SKU is an inventory item already."))
    ready = ReadyListing(
        listing_id, old["sku"], old["title"], old["price"], old["quantity"], old["category_id"], old["image_urls"]
    )
    offer = put_live(shop, ready)
    del shop.old_listings[listing_id]
    return {
        "statusCode": _OK,
        "listingId": listing_id,
        "marketplaceId": shop.seller.marketplace,
        "inventoryItems": [{"sku": old["sku"], "offerId": offer["offerId"]}],
    }


def _refused(listing_id: str, error: Object, status: int = 400) -> Object:
    return {"statusCode": status, "listingId": listing_id, "errors": [error]}


def _parts(parts: list[Object]) -> EbayReply:
    """200 when each went well, else 207: also when none did."""
    is_good = all(part["statusCode"] == _OK for part in parts)
    return EbayReply({"responses": parts}, _OK if is_good else _PARTS)


_PATH = "/sell/inventory/v1"
CALLS = (
    CallRoute("POST", f"{_PATH}/bulk_update_price_quantity", "inventory.update_prices", WRITES, update_prices),
    CallRoute("POST", f"{_PATH}/bulk_migrate_listing", "inventory.migrate", WRITES, migrate),
)
