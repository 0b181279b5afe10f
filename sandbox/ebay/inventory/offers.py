"""Owns the offers: what of an item is sold where and for how much, before and while it is a listing."""

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply, page_of
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.inventory.listings import end_listing, revise_listing
from sandbox.ebay.inventory.problems import MISSING_FIELD, NO_OFFER, NO_SKU, USER_ERROR
from sandbox.ebay.inventory.requests import READS, WRITES, check_language, invalid, paged, writing_sku
from sandbox.ebay.inventory.shapes import OfferBody
from sandbox.ebay.markets import MARKETS
from sandbox.ebay.sellers import Object, Shop
from sandbox.ebay.state import EbaySandbox, shown

_FIXED_PRICE = "FIXED_PRICE"
# Said at the creation, and never changed.
_LASTING = ("offerId", "sku", "marketplaceId", "format", "status", "listing")
_LONGEST_DESCRIPTION = 500_000


async def create_offer(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Little is needed to begin: the rest is asked for when the offer is published."""
    check_language(call)
    body, shop = call.read(OfferBody), call.shop
    _check_values(body)
    if body.marketplace_id not in MARKETS:
        raise invalid("marketplaceId")
    if body.format != _FIXED_PRICE:
        raise invalid("format", "This sandbox sells at fixed prices alone.")
    sku = body.sku or ""
    if sku not in shop.items:
        raise EbayRefusal(NO_SKU, f"{sku} could not be found or is not available in the system.", status=400)
    async with writing_sku(sandbox, call, sku):
        _check_alone(shop, sku, body.marketplace_id or "")
        offer_id = f"5{sandbox.number():010d}"
        kept = {name: value for name, value in call.json().items() if name not in ("offerId", "status", "listing")}
        shop.offers[offer_id] = {"listingDuration": "GTC", **kept, "offerId": offer_id, "status": "UNPUBLISHED"}
    return EbayReply({"offerId": offer_id}, 201)


def _check_alone(shop: Shop, sku: str, marketplace: str) -> None:
    """One offer of a SKU; a second marketplace needs a SKU of its own."""
    for offer in shop.offers.values():
        if offer["sku"] == sku:
            is_same = offer["marketplaceId"] == marketplace
            said = "Offer entity already exists." if is_same else "The SKU is offered on another marketplace."
            raise EbayRefusal(USER_ERROR, said, parameters={"offerId": offer["offerId"]})


def _check_values(body: OfferBody) -> None:
    if body.available_quantity is not None and body.available_quantity < 0:
        raise invalid("availableQuantity")
    if len(body.listing_description or "") > _LONGEST_DESCRIPTION:
        raise invalid("listingDescription")
    if body.listing_duration not in (None, "GTC"):
        raise invalid("listingDuration", "Fixed prices last until they are cancelled: GTC.")


def offer_of(call: EbayCall) -> Object:
    found = call.shop.offers.get(call.ids["offer_id"])
    if found is None:
        raise EbayRefusal(NO_OFFER, parameters={"offerId": call.ids["offer_id"]})
    return found


async def update_offer(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Replaces the whole offer, and revises its listing when there is one."""
    check_language(call)
    offer, shop = offer_of(call), call.shop
    _check_values(call.read(OfferBody))
    fresh = {name: value for name, value in call.json().items() if name not in _LASTING}
    fresh |= {"listingDuration": "GTC"} | {name: offer[name] for name in _LASTING if name in offer}
    warnings: list[Object] = []
    async with writing_sku(sandbox, call, offer["sku"]):
        if offer["status"] == "PUBLISHED":
            if not fresh.get("listingDescription"):
                said = "listingDescription is missing: an offer that is live needs one of its own."
                raise EbayRefusal(MISSING_FIELD, said, parameters={"fieldName": "listingDescription"})
            warnings = await revise_listing(sandbox, shop, offer=fresh, item=shop.items[offer["sku"]])
        shop.offers[offer["offerId"]] = fresh
    return EbayReply({"offerId": offer["offerId"]} | ({"warnings": warnings} if warnings else {}))


def read_offer(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply(shown(offer_of(call)))


def list_offers(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Of one SKU; 404 when it has none."""
    sku = call.query.get("sku")
    if not sku:
        raise invalid("sku")
    wanted = {"marketplaceId": call.query.get("marketplace_id"), "format": call.query.get("format")}
    rows = [
        offer
        for offer in call.shop.offers.values()
        if offer["sku"] == sku and all(value in (None, offer[name]) for name, value in wanted.items())
    ]
    if not rows:
        raise EbayRefusal(NO_OFFER, parameters={"sku": sku})
    return EbayReply(paged(call, rows, name="offers", page=page_of(call)))


async def delete_offer(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Ends its listing."""
    offer = offer_of(call)
    async with writing_sku(sandbox, call, offer["sku"]):
        if offer["status"] == "PUBLISHED":
            end_listing(sandbox, call.shop, offer)
        del call.shop.offers[offer["offerId"]]
    return NO_CONTENT


_PATH = "/sell/inventory/v1/offer"
_KEYED = f"{_PATH}/{{offer_id}}"
CALLS = (
    CallRoute("GET", _PATH, "inventory.offers", READS, list_offers),
    CallRoute("POST", _PATH, "inventory.create_offer", WRITES, create_offer),
    CallRoute("GET", _KEYED, "inventory.offer", READS, read_offer),
    CallRoute("PUT", _KEYED, "inventory.update_offer", WRITES, update_offer),
    CallRoute("DELETE", _KEYED, "inventory.delete_offer", WRITES, delete_offer),
)
