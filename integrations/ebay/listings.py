"""The seller's listings as the Inventory API has them: its items, and the offers of each.

What was listed by eBay's own pages or its older APIs is not among them until it is migrated.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.inventory import PUBLISHED, ROOT, Body, offers_of
from integrations.ebay.markets import listing_url
from integrations.ebay.values import money_in
from integrations.errors import Rejected
from integrations.selling.records import ListingPage, RecordProblem, RemoteListing, RemoteStatus
from integrations.selling.values import Fields

_PAGE = "100"
# Offers are asked for item by item; so many at a time.
_AT_ONCE = 6
_STATUSES = {
    "ACTIVE": RemoteStatus.LIVE,
    "OUT_OF_STOCK": RemoteStatus.SOLD,
    "ENDED": RemoteStatus.ENDED,
    "EBAY_ENDED": RemoteStatus.ENDED,
    "INACTIVE": RemoteStatus.ENDED,
    "NOT_LISTED": RemoteStatus.DRAFT,
}


async def listing_pages(rest: EbayRest) -> AsyncGenerator[ListingPage, None]:
    """Every offer of every item; an item without an offer is no listing. One odd record costs no other one."""
    async for page in rest.pages(RestAsk("GET", f"{ROOT}/inventory_item", {"limit": _PAGE, "offset": "0"})):
        items = page.parts("inventoryItems")
        seats = asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(*(_listings_of(rest, item, seats) for item in items))
        listings = [listing for some, _ in found for listing in some]
        yield ListingPage(listings, [problem for _, some in found for problem in some], page.whole("total"))


async def _listings_of(
    rest: EbayRest, item: Fields, seats: asyncio.Semaphore
) -> tuple[Sequence[RemoteListing], Sequence[RecordProblem]]:
    sku = item.text("sku")
    if sku is None:
        return (), (RecordProblem("An item at eBay has no SKU."),)
    try:
        async with seats:
            offers = await offers_of(rest, sku)
    except Rejected as error:
        return (), (RecordProblem(f"The offers of {sku} cannot be read: {error}", None, sku),)
    listings: list[RemoteListing] = []
    problems: list[RecordProblem] = []
    for offer in offers:
        listing = listing_of(item, offer)
        if listing is None:
            offer_id = Fields.of(offer).text("offerId")
            problems.append(RecordProblem(f"An offer of {sku} at eBay has no id or no price.", None, offer_id))
        else:
            listings.append(listing)
    return listings, problems


def listing_of(item: Fields, raw: Body) -> RemoteListing | None:
    """None for an offer without an id or a price."""
    offer, product = Fields.of(raw), item.part("product")
    price, offer_id = money_in(offer.part("pricingSummary"), "price"), offer.text("offerId")
    if price is None or offer_id is None or price.value < 0:
        return None
    listing_id, market = offer.part("listing").text("listingId"), offer.text("marketplaceId")
    images = product.texts("imageUrls")
    return RemoteListing(
        external_id=listing_id,
        title=product.text("title") or item.text("sku") or offer_id,
        currency=price.currency,
        price=price.value,
        quantity=_quantity(item, offer),
        status=_status(offer, listing_id),
        offer_id=offer_id,
        sku=item.text("sku"),
        url=listing_url(market, listing_id) if listing_id else None,
        market=market,
        description=offer.text("listingDescription") or product.text("description"),
        image_url=images[0] if images else None,
    )


def _quantity(item: Fields, offer: Fields) -> int:
    """What the item has, and no more than the offer gives."""
    stock = item.part("availability").part("shipToLocationAvailability").whole("quantity") or 0
    offered = offer.whole("availableQuantity")
    return stock if offered is None else min(stock, offered)


def _status(offer: Fields, listing_id: str | None) -> RemoteStatus | None:
    """None for a state that eBay added later."""
    if offer.text("status") != PUBLISHED:
        return RemoteStatus.ENDED if listing_id else RemoteStatus.DRAFT
    return _STATUSES.get(offer.part("listing").text("listingStatus") or "ACTIVE")
