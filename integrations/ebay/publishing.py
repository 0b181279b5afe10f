"""Offering, changing and ending: steps that look before each of them, so that a crash anywhere leaves one listing.

The item is a PUT and may be written again. An offer is looked up by its SKU before one is made, and read before it is
published or withdrawn; after a lost answer the same look decides whether the step has happened.
"""

from collections.abc import Sequence

import structlog

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.faults import faults_in
from integrations.ebay.inventory import (
    ROOT,
    Body,
    create_offer,
    drafted_item,
    drafted_offer,
    item_of,
    listed_as,
    offer_by_id,
    offer_by_sku,
    publish_offer,
    set_price_and_quantity,
    withdraw_offer,
    write_item,
    write_offer,
)
from integrations.ebay.markets import listing_url
from integrations.errors import ObjectMissing, Rejected
from integrations.selling.marketplace import Tell
from integrations.selling.once import done_once, once
from integrations.selling.records import (
    ListingChange,
    ListingDraft,
    ListingRef,
    RecordProblem,
    RemoteListing,
    RemoteStatus,
)
from integrations.selling.refusals import refused
from integrations.selling.values import Fields, written

_log = structlog.get_logger(__name__)
_MIGRATED_AT_ONCE = 5
_REFUSED = 300
_LONGEST_ITEM_DESCRIPTION = 4000


async def publish(rest: EbayRest, draft: ListingDraft, tell: Tell) -> RemoteListing:
    """The one listing of the draft's SKU; one that is live already is left as it is.

    Raises RefusedFields with everything that eBay finds wrong, after which the same call goes on from there.
    """
    await tell("Looking for what eBay has of the product")
    offer = await offer_by_sku(rest, draft.sku)
    if offer is not None:
        _check_market(offer, draft)
        listing_id = listed_as(offer)
        if listing_id is not None:
            return _as_listed(draft, str(offer["offerId"]), listing_id)
    await tell("Writing the item")
    item = await item_of(rest, draft.sku)
    await write_item(rest, draft.sku, draft.market, old=item, new=drafted_item(item, draft))
    await tell("Writing the offer")
    offer_id = await _written_offer(rest, offer, draft)
    await tell("Publishing the offer")
    return _as_listed(draft, offer_id, await _published(rest, offer_id))


async def change_listing(rest: EbayRest, listing: ListingRef, change: ListingChange) -> None:
    """Sets what is not None; raises ObjectMissing when eBay has no such offer or listing any more."""
    offer = await _offer_of(rest, listing)
    if offer is None or not _is_of(offer, listing):
        raise ObjectMissing("eBay does not have this listing any more.")
    sku, offer_id = str(offer["sku"]), str(offer["offerId"])
    if change.title is not None or change.description is not None:
        await _change_words(rest, offer, change)
    part: Body = {}
    if change.price is not None:
        part["price"] = {"value": written(change.price), "currency": listing.currency}
    if change.quantity is not None:
        part["availableQuantity"] = change.quantity
    if part:
        await set_price_and_quantity(rest, sku, offer_id, part)


async def end_listing(rest: EbayRest, listing: ListingRef) -> None:
    """The offer stays at eBay, unpublished. A listing that has ended, or is none, is no error."""
    offer = await _offer_of(rest, listing)
    if offer is None or listed_as(offer) is None or not _is_of(offer, listing):
        return
    offer_id = str(offer["offerId"])

    async def has_ended() -> bool:
        left = await offer_by_id(rest, offer_id)
        return left is None or listed_as(left) is None

    await done_once(lambda: withdraw_offer(rest, offer_id), has_ended)


async def migrate(rest: EbayRest, listing_ids: Sequence[str]) -> list[RecordProblem]:
    """Takes over listings of the older APIs; answers those that eBay refused, with its reasons."""
    problems: list[RecordProblem] = []
    for start in range(0, len(listing_ids), _MIGRATED_AT_ONCE):
        problems += await _migrate_some(rest, listing_ids[start : start + _MIGRATED_AT_ONCE])
    return problems


async def _migrate_some(rest: EbayRest, listing_ids: Sequence[str]) -> list[RecordProblem]:
    """Those of one call; where eBay refuses the whole of it, each listing is asked for alone."""
    try:
        return await _migrated_at_once(rest, listing_ids)
    except Rejected as rejected:
        if len(listing_ids) == 1:
            return [RecordProblem(rejected.message, None, listing_ids[0])]
    return [problem for each in listing_ids for problem in await _migrate_some(rest, [each])]


async def _migrated_at_once(rest: EbayRest, listing_ids: Sequence[str]) -> list[RecordProblem]:
    body = {"requests": [{"listingId": each} for each in listing_ids]}
    answer = await rest.call(RestAsk("POST", f"{ROOT}/bulk_migrate_listing", body=body, is_idempotent=False))
    told = {each.text("listingId"): each for each in answer.fields.parts("responses")}
    problems: list[RecordProblem] = []
    for listing_id in listing_ids:
        part = told.get(listing_id, Fields({}))
        status = part.whole("statusCode")
        if status is None or status >= _REFUSED:
            faults = faults_in(part.raw)
            reason = faults[0].problem.message if faults else "eBay gave no answer for this listing."
            problems.append(RecordProblem(reason, None, listing_id))
    return problems


async def _written_offer(rest: EbayRest, offer: Body | None, draft: ListingDraft) -> str:
    if offer is not None:
        await write_offer(rest, offer, drafted_offer(offer, draft))
        return str(offer["offerId"])

    async def made_meanwhile() -> str | None:
        found = await offer_by_sku(rest, draft.sku)
        return None if found is None else str(found["offerId"])

    return await once(lambda: create_offer(rest, draft), made_meanwhile)


async def _published(rest: EbayRest, offer_id: str) -> str:
    async def listed() -> str | None:
        found = await offer_by_id(rest, offer_id)
        return None if found is None else listed_as(found)

    async def act() -> str:
        listing_id, warnings = await publish_offer(rest, offer_id)
        if warnings:
            _log.warning("listing_warned", vendor="eBay", listing_id=listing_id, warnings=warnings)
        return listing_id

    return await once(act, listed)


async def _change_words(rest: EbayRest, offer: Body, change: ListingChange) -> None:
    """A title is the item's; a description is both the item's and the offer's."""
    sku, market = str(offer["sku"]), Fields.of(offer).text("marketplaceId")
    item = await item_of(rest, sku)
    product = dict(Fields.of(item).part("product").raw)
    if change.title is not None:
        product["title"] = change.title
    if change.description is not None:
        product["description"] = change.description[:_LONGEST_ITEM_DESCRIPTION]
        await write_offer(rest, offer, {**offer, "listingDescription": change.description})
    await write_item(rest, sku, market, old=item, new={**item, "product": product})


async def _offer_of(rest: EbayRest, listing: ListingRef) -> Body | None:
    if listing.offer_id is not None:
        return await offer_by_id(rest, listing.offer_id)
    return await offer_by_sku(rest, listing.sku) if listing.sku is not None else None


def _is_of(offer: Body, listing: ListingRef) -> bool:
    """Whether the offer is that listing: an offer that was published anew is another one."""
    current = Fields.of(offer).part("listing").text("listingId")
    return listing.external_id is None or current == listing.external_id


def _check_market(offer: Body, draft: ListingDraft) -> None:
    market = Fields.of(offer).text("marketplaceId")
    if market != draft.market:
        raise refused(f"eBay offers this SKU in {market} already; another market needs a SKU of its own.", "sku")


def _as_listed(draft: ListingDraft, offer_id: str, listing_id: str) -> RemoteListing:
    return RemoteListing(
        external_id=listing_id,
        title=draft.title,
        currency=draft.currency,
        price=draft.price,
        quantity=draft.quantity,
        status=RemoteStatus.LIVE,
        offer_id=offer_id,
        sku=draft.sku,
        url=listing_url(draft.market, listing_id),
        market=draft.market,
        description=draft.description,
        image_url=draft.image_urls[0] if draft.image_urls else None,
    )
