"""Owns how an offer becomes a listing and ends as one."""

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.inventory.listings import begin_listing, end_listing
from sandbox.ebay.inventory.offers import offer_of
from sandbox.ebay.inventory.problems import NO_OFFER, USER_ERROR
from sandbox.ebay.inventory.requests import WRITES, writing_sku
from sandbox.ebay.state import EbaySandbox


async def publish(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Raises EbayRefusal for an offer that is live: a listing does not begin twice."""
    offer = offer_of(call)
    async with writing_sku(sandbox, call, offer["sku"]):
        if offer["status"] == "PUBLISHED":
            listing_id = offer["listing"]["listingId"]
            raise EbayRefusal(USER_ERROR, "The offer is already published.", parameters={"listingId": listing_id})
        listing = await begin_listing(sandbox, call.shop, offer)
    return EbayReply({"listingId": listing["listingId"], "warnings": []})


async def withdraw(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Raises EbayRefusal for an offer that is not live, also for one that was withdrawn before."""
    offer = offer_of(call)
    async with writing_sku(sandbox, call, offer["sku"]):
        if offer["status"] != "PUBLISHED":
            raise EbayRefusal(NO_OFFER, parameters={"offerId": offer["offerId"]}, status=400)
        listing_id = end_listing(sandbox, call.shop, offer)
    return EbayReply({"listingId": listing_id})


_KEYED = "/sell/inventory/v1/offer/{offer_id}"
# Part of eBay's pages, and of programs, write the paths with a slash at their end.
CALLS = tuple(
    CallRoute("POST", f"{_KEYED}/{path}", f"inventory.{name}", WRITES, act)
    for name, path, act in (
        ("publish_offer", "publish", publish),
        ("publish_offer", "publish/", publish),
        ("withdraw_offer", "withdraw", withdraw),
        ("withdraw_offer", "withdraw/", withdraw),
    )
)
