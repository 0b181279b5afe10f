"""Owns the life of a listing: it begins, is revised, sells, ends; and how a test moves it. Must not speak HTTP."""

from zoneinfo import ZoneInfo

import msgspec

from sandbox.ebay.control import shop_of
from sandbox.ebay.errors import EbayRefusal, shown_problem
from sandbox.ebay.inventory.checks import listing_problems, quantity_for_sale
from sandbox.ebay.inventory.pictures import picture_problems
from sandbox.ebay.inventory.problems import LOCKED, NO_REVISION, ON_HOLD, USER_ERROR
from sandbox.ebay.sellers import Object, Shop
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, takes

_PACIFIC = ZoneInfo("America/Los_Angeles")
_BAD_REQUEST = 400
ACTIVE, SOLD_OUT, ENDED = "ACTIVE", "OUT_OF_STOCK", "ENDED"


def live_offers(shop: Shop, sku: str) -> list[Object]:
    return [offer for offer in shop.offers.values() if offer["sku"] == sku and offer["status"] == "PUBLISHED"]


async def begin_listing(sandbox: EbaySandbox, shop: Shop, offer: Object) -> Object:
    """The listing of an offer; raises EbayRefusal with everything that is wrong."""
    item = shop.items[offer["sku"]]
    await _check(sandbox, shop, offer=offer, item=item)
    listing_id = f"1100{sandbox.number():08d}"
    shop.listings[listing_id] = listing = {
        "listingId": listing_id,
        "offerId": offer["offerId"],
        "sku": offer["sku"],
        "marketplaceId": offer["marketplaceId"],
        "soldQuantity": 0,
        "startedAt": sandbox.now_text(),
    }
    offer["status"] = "PUBLISHED"
    show(listing, offer, item)
    return listing


async def revise_listing(sandbox: EbaySandbox, shop: Shop, *, offer: Object, item: Object) -> list[Object]:
    """Makes a live listing what `offer` and `item` say; warnings. Raises EbayRefusal and then changes nothing."""
    listing = shop.listings[offer["listing"]["listingId"]]
    if listing.get("_hold") == "LOCKED":
        raise EbayRefusal(LOCKED)
    day = f"{listing['listingId']}:{sandbox.clock.today(_PACIFIC)}"
    if shop.revisions.get(day, 0) >= sandbox.config.daily_revisions:
        raise EbayRefusal(NO_REVISION, "The listing was revised as often as it may be on one day.")
    await _check(sandbox, shop, offer=offer, item=item, known=listing["imageUrls"])
    shop.revisions[day] = shop.revisions.get(day, 0) + 1
    show(listing, offer, item)
    return [shown_problem(ON_HOLD)] if listing.get("_hold") else []


def end_listing(sandbox: EbaySandbox, shop: Shop, offer: Object) -> str:
    """The offer stays, unpublished. The id of the listing."""
    listing_id: str = offer["listing"]["listingId"]
    shop.listings[listing_id] |= {"status": ENDED, "endedAt": sandbox.now_text()}
    offer["status"] = "UNPUBLISHED"
    offer["listing"] = offer["listing"] | {"listingStatus": ENDED}
    return listing_id


def take_from_listing(shop: Shop, listing_id: str, quantity: int) -> None:
    """A sale: item and offer have less. Raises ValueError when there are not as many."""
    listing = shop.listings[listing_id]
    offer, item = shop.offers[listing["offerId"]], shop.items[listing["sku"]]
    if listing["status"] != ACTIVE or listing["quantity"] < quantity:
        raise ValueError(f"listing {listing_id} has not {quantity} to sell")
    listing["soldQuantity"] += quantity
    _add(listing, offer, item, count=-quantity)


def return_to_listing(shop: Shop, listing_id: str, quantity: int) -> None:
    """A sale that is none after all: as many are there again. What has ended meanwhile stays so."""
    listing = shop.listings[listing_id]
    if listing["status"] != ENDED:
        listing["soldQuantity"] -= quantity
        offer, item = shop.offers[listing["offerId"]], shop.items[listing["sku"]]
        _add(listing, offer, item, count=quantity)


def _add(listing: Object, offer: Object, item: Object, *, count: int) -> None:
    stock = item["availability"]["shipToLocationAvailability"]
    stock["quantity"] = max(0, stock["quantity"] + count)
    if offer.get("availableQuantity") is not None:
        offer["availableQuantity"] = max(0, offer["availableQuantity"] + count)
    show(listing, offer, item)


def show(listing: Object, offer: Object, item: Object) -> None:
    """What buyers see, and what the offer says of it."""
    product = item.get("product") or {}
    quantity = quantity_for_sale(item, offer)
    listing |= {
        "title": product.get("title"),
        "imageUrls": list(product.get("imageUrls") or []),
        "price": offer["pricingSummary"]["price"],
        "quantity": quantity,
        "status": ACTIVE if quantity else SOLD_OUT,
    }
    offer["listing"] = {
        "listingId": listing["listingId"],
        "listingStatus": listing["status"],
        "soldQuantity": listing["soldQuantity"],
    }
    if listing.get("_hold"):
        offer["listing"]["listingOnHold"] = True


async def _check(
    sandbox: EbaySandbox, shop: Shop, *, offer: Object, item: Object, known: list[str] | None = None
) -> None:
    """`known` are the pictures of a listing that is live already."""
    found = listing_problems(shop, offer, item, is_live=known is not None)
    urls = list((item.get("product") or {}).get("imageUrls") or [])
    found += await picture_problems(sandbox, urls, known or [])
    if found:
        raise EbayRefusal(USER_ERROR, status=_BAD_REQUEST).with_errors(found)


class _ListingOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    listing_id: str


class _HoldOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`hold` is REVISABLE, LOCKED, or empty to end it."""

    seller: str
    listing_id: str
    hold: str = "REVISABLE"


class _OldListing(msgspec.Struct, forbid_unknown_fields=True):
    """One of the old Trading API, which this API sees after it was migrated."""

    seller: str
    title: str
    price: str
    sku: str | None = None
    quantity: int = 1
    category_id: str = "20696"
    image_urls: list[str] = []
    has_policies: bool = True


def _end(sandbox: EbaySandbox, body: _ListingOrder) -> None:
    shop = shop_of(sandbox, body.seller)
    end_listing(sandbox, shop, shop.offers[shop.listings[body.listing_id]["offerId"]])


def _hold(sandbox: EbaySandbox, body: _HoldOrder) -> None:
    shop = shop_of(sandbox, body.seller)
    listing = shop.listings[body.listing_id]
    listing["_hold"] = body.hold
    show(listing, shop.offers[listing["offerId"]], shop.items[listing["sku"]])


def _add_old(sandbox: EbaySandbox, body: _OldListing) -> object:
    shop = shop_of(sandbox, body.seller)
    listing_id = f"1100{sandbox.number():08d}"
    shop.old_listings[listing_id] = msgspec.to_builtins(body)
    return {"listingId": listing_id}


CONTROL = (
    ControlRoute("POST", "listings/end", takes(_ListingOrder, _end)),
    ControlRoute("POST", "listings/hold", takes(_HoldOrder, _hold)),
    ControlRoute("POST", "listings/old", takes(_OldListing, _add_old)),
)
