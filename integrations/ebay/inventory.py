"""Items and offers of the Inventory API, one at a time: read as they are, changed in our parts, written whole.

A write replaces everything, so that what others made of an item (weights, further aspects, tax) is sent back as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.faults import faults_in, refusal
from integrations.ebay.markets import MARKETS
from integrations.errors import InvalidResponse, ObjectMissing
from integrations.selling.records import ListingDraft
from integrations.selling.refusals import refused
from integrations.selling.values import Fields, written

Body = dict[str, Any]
ROOT = "/sell/inventory/v1"
PUBLISHED = "PUBLISHED"
_FIXED_PRICE = "FIXED_PRICE"
# Read-only parts, which are not sent back.
_ITEM_READ_ONLY = ("sku", "locale", "groupIds", "inventoryItemGroupKeys")
_OFFER_READ_ONLY = ("offerId", "status", "listing")
_POLICY_NAMES = {"SHIPPING": "fulfillmentPolicyId", "PAYMENT": "paymentPolicyId", "RETURN": "returnPolicyId"}


async def item_of(rest: EbayRest, sku: str) -> Body:
    """Empty when there is none; raises RefusedFields for one that is a variation among others."""
    try:
        item = (await rest.get(_item_path(sku))).raw
    except ObjectMissing:
        return {}
    if item.get("groupIds") or item.get("inventoryItemGroupKeys"):
        reason = "This SKU is one of several variations of a listing at eBay, which is changed there alone."
        raise refused(reason, "sku")
    return dict(item)


async def write_item(rest: EbayRest, sku: str, market: str | None, *, old: Body, new: Body) -> None:
    """Nothing when both are the same: a listing may be revised 250 times a day."""
    if old == new:
        return
    body = {name: value for name, value in new.items() if name not in _ITEM_READ_ONLY}
    await rest.call(RestAsk("PUT", _item_path(sku), body=body, headers=_language(market)))


def drafted_item(old: Body, draft: ListingDraft) -> Body:
    """The item with the draft's words, quantity and pictures; aspects of others stay beside ours."""
    product = dict(Fields.of(old).part("product").raw)
    aspects = dict(Fields.of(product).part("aspects").raw)
    product |= {
        "title": draft.title,
        "description": draft.description[:4000],
        "aspects": aspects | {name: list(values) for name, values in draft.aspects.items()},
        "imageUrls": list(draft.image_urls),
    }
    return with_quantity({**old, "condition": draft.condition, "product": product}, draft.quantity)


def with_quantity(item: Body, quantity: int) -> Body:
    availability = dict(Fields.of(item).part("availability").raw)
    stock = dict(Fields.of(availability).part("shipToLocationAvailability").raw)
    stock.pop("allocationByFormat", None)
    return {**item, "availability": availability | {"shipToLocationAvailability": stock | {"quantity": quantity}}}


async def offers_of(rest: EbayRest, sku: str) -> Sequence[Body]:
    """The offers of a SKU; eBay answers 404 where there is none."""
    try:
        found = [dict(each.raw) async for page in rest.pages(_offers_ask(sku)) for each in page.parts("offers")]
    except ObjectMissing:
        return ()
    return found


async def offer_by_sku(rest: EbayRest, sku: str) -> Body | None:
    """The fixed-price offer, of which a SKU has one at most."""
    found = [offer for offer in await offers_of(rest, sku) if offer.get("format", _FIXED_PRICE) == _FIXED_PRICE]
    return found[0] if found else None


async def offer_by_id(rest: EbayRest, offer_id: str) -> Body | None:
    try:
        return dict((await rest.get(_offer_path(offer_id))).raw)
    except ObjectMissing:
        return None


def drafted_offer(old: Body, draft: ListingDraft) -> Body:
    policies = dict(Fields.of(old).part("listingPolicies").raw)
    policies |= {name: draft.policies[kind] for kind, name in _POLICY_NAMES.items() if kind in draft.policies}
    return {
        **old,
        "sku": draft.sku,
        "marketplaceId": draft.market,
        "format": _FIXED_PRICE,
        "availableQuantity": draft.quantity,
        "categoryId": draft.category_id,
        "listingDescription": draft.description,
        "listingPolicies": policies,
        "merchantLocationKey": draft.policies.get("LOCATION") or old.get("merchantLocationKey"),
        "pricingSummary": {**Fields.of(old).part("pricingSummary").raw, "price": _price(draft)},
    }


async def create_offer(rest: EbayRest, draft: ListingDraft) -> str:
    """The new offer's id; not to be repeated before somebody has looked."""
    body = drafted_offer({}, draft)
    ask = RestAsk("POST", f"{ROOT}/offer", body=body, headers=_language(draft.market), is_idempotent=False)
    offer_id = (await rest.call(ask)).fields.text("offerId")
    if offer_id is None:
        raise InvalidResponse("eBay does not tell the id of the new offer.")
    return offer_id


async def write_offer(rest: EbayRest, old: Body, new: Body) -> None:
    """Nothing when both are the same."""
    if old == new:
        return
    body = {name: value for name, value in new.items() if name not in _OFFER_READ_ONLY}
    path, market = _offer_path(str(old["offerId"])), Fields.of(old).text("marketplaceId")
    await rest.call(RestAsk("PUT", path, body=body, headers=_language(market)))


async def publish_offer(rest: EbayRest, offer_id: str) -> tuple[str, list[str]]:
    """The listing's id and eBay's warnings; not to be repeated before somebody has looked."""
    answer = await rest.call(RestAsk("POST", f"{_offer_path(offer_id)}/publish", is_idempotent=False))
    listing_id = answer.fields.text("listingId")
    if listing_id is None:
        raise InvalidResponse("eBay does not tell the id of the new listing.")
    return listing_id, [fault.text for fault in faults_in(answer.body, "warnings")]


async def withdraw_offer(rest: EbayRest, offer_id: str) -> None:
    await rest.call(RestAsk("POST", f"{_offer_path(offer_id)}/withdraw", is_idempotent=False))


async def set_price_and_quantity(rest: EbayRest, sku: str, offer_id: str, change: Mapping[str, Any]) -> None:
    """`change` is the offer's part; the quantity is set at the item too. Raises RefusedFields with what was refused."""
    request: Body = {"sku": sku, "offers": [{"offerId": offer_id, **change}]}
    if "availableQuantity" in change:
        request["shipToLocationAvailability"] = {"quantity": change["availableQuantity"]}
    ask = RestAsk("POST", f"{ROOT}/bulk_update_price_quantity", body={"requests": [request]})
    # Each part has a status of its own, whatever that of the answer is.
    faults = [fault for part in (await rest.call(ask)).fields.parts("responses") for fault in faults_in(part.raw)]
    if faults:
        raise refusal(faults)


def _price(draft: ListingDraft) -> dict[str, str]:
    return {"value": written(draft.price), "currency": draft.currency}


def listed_as(offer: Body) -> str | None:
    """The id of the listing that an offer is, None while it is none."""
    if offer.get("status") != PUBLISHED:
        return None
    return Fields.of(offer).part("listing").text("listingId")


def _language(market: str | None) -> dict[str, str]:
    """Raises RefusedFields for a market that eBay added later."""
    known = MARKETS.get(market or "")
    if known is None:
        raise refused(f"Listings of the market {market!r} cannot be written here.", "market")
    return {"Content-Language": known.language}


def _item_path(sku: str) -> str:
    return f"{ROOT}/inventory_item/{quote(sku, safe='')}"


def _offer_path(offer_id: str) -> str:
    return f"{ROOT}/offer/{quote(offer_id, safe='')}"


def _offers_ask(sku: str) -> RestAsk:
    return RestAsk("GET", f"{ROOT}/offer", {"sku": sku, "limit": "25", "offset": "0"})
