"""Offering, changing and ending: steps that look before each of them, so that a crash anywhere leaves one listing.

A draft is marked with its SKU in the last line of its description, which no buyer sees: Etsy gives drafts a SKU with
their inventory only, so that one whose making was cut could not be found otherwise. The mark goes as it becomes active.
A listing that is sold out is never made active: that renews it, for a fee.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from integrations.errors import InvalidResponse, ObjectMissing
from integrations.etsy.account import processing_profiles
from integrations.etsy.calls import EtsyAsk, EtsyRest, ListingPath
from integrations.etsy.inventory import StockWrite, write_stock
from integrations.etsy.listings import (
    INACTIVE,
    listing_by_id,
    listing_of,
    listings_by_sku,
    skus_of,
    state_of,
)
from integrations.etsy.made import made_of
from integrations.etsy.pictures import write_pictures
from integrations.etsy.taxonomy import CategoryProperty
from integrations.etsy.values import is_id, moment_in, number_of_id
from integrations.selling.marketplace import Tell
from integrations.selling.once import done_once, once
from integrations.selling.records import ListingChange, ListingDraft, ListingRef, RemoteListing
from integrations.selling.refusals import refused
from integrations.selling.sku_mark import marked
from integrations.selling.values import Fields

_ACTIVE, _DRAFT, _SOLD_OUT = "active", "draft", "sold_out"
# Where a listing of the SKU may be that is gone on with, the likeliest to be the only one first.
_LOOKED_AT = (_ACTIVE, _DRAFT, "inactive", _SOLD_OUT)
# In the order in which a listing goes through them: one that goes on meanwhile is in one of the lists at least.
_READ = (_DRAFT, "inactive", _ACTIVE)
# One that was sold out so lately may have been published by the call whose answer was lost.
_SOLD_LATELY = timedelta(days=1)
_GONE = "Etsy does not have this listing any more."
_OVER = "The listing is {state} at Etsy: making it active again costs Etsy's fee. Publish the product anew."
_VARIATION = "This SKU is one of several variations of a listing at Etsy, which is changed there alone."
_JUST_SOLD = (
    "Etsy has a listing with this SKU that was sold out within the last day: look whether it is this one. A new one can"
    " be made a day after the sale, or with another SKU."
)


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """Where listings of a draft are made: the shop, what the draft's category asks for, and the time."""

    shop_id: str
    properties: Sequence[CategoryProperty]
    now: datetime


async def publish(rest: EtsyRest, draft: ListingDraft, place: DraftPlace, tell: Tell) -> RemoteListing:
    """The one listing of the draft's SKU; one that is active already is left as it is.

    Raises RefusedFields with everything that Etsy finds wrong, after which the same call goes on from there.
    """
    await tell("Looking for what Etsy has of the product")
    found = await _to_go_on_with(rest, draft, place)
    if found is not None and state_of(found) == _ACTIVE:
        return _as_listed(found, draft.sku)
    words = await _words(rest, draft, place)
    if found is None:
        await tell("Making the draft")
        found = await _made_draft(rest, draft, words, place)
    listing = ListingPath(place.shop_id, _id_of(found))
    await tell("Sending the pictures")
    await write_pictures(rest, listing, draft.image_urls, draft.title)
    await tell("Writing the inventory")
    await write_stock(rest, listing, _stock_of(draft))
    await tell("Writing the properties")
    await _write_properties(rest, listing, draft, place.properties)
    await tell("Publishing the listing")
    return _as_listed(await _activated(rest, listing, words), draft.sku)


async def change_listing(rest: EtsyRest, shop_id: str, listing: ListingRef, change: ListingChange) -> None:
    """Sets what is not None; raises ObjectMissing when Etsy has no such listing any more."""
    found = await _listing(rest, shop_id, listing)
    if found is None or state_of(found) == "removed":
        raise ObjectMissing(_GONE)
    path = ListingPath(shop_id, _id_of(found))
    stock = StockWrite(price=change.price, currency=listing.currency, quantity=change.quantity)
    if not stock.is_nothing and state_of(found) not in (_ACTIVE, _DRAFT, *INACTIVE):
        raise refused(_OVER.format(state=state_of(found).replace("_", " ")))
    words = {name: value for name, value in (("title", change.title), ("description", change.description)) if value}
    # First what Etsy may refuse, so that nothing is changed by half.
    await write_stock(rest, path, stock)
    if words:
        await rest.call(EtsyAsk("PATCH", path.of_shop, body=words))


async def end_listing(rest: EtsyRest, shop_id: str, listing: ListingRef) -> None:
    """The listing stays at Etsy, inactive. One that has ended already, or is gone, is no error."""
    found = await _listing(rest, shop_id, listing)
    if found is None or state_of(found) != _ACTIVE:
        return
    path = ListingPath(shop_id, _id_of(found))

    async def has_ended() -> bool:
        left = await listing_by_id(rest, shop_id, path.listing_id)
        return left is None or state_of(left) != _ACTIVE

    await done_once(lambda: rest.call(EtsyAsk("PATCH", path.of_shop, body={"state": "inactive"})), has_ended)


async def _to_go_on_with(rest: EtsyRest, draft: ListingDraft, place: DraftPlace) -> Fields | None:
    """Active ones first; None where a new one is made. Raises RefusedFields where nobody can tell."""
    listed = {state: await listings_by_sku(rest, place.shop_id, draft.sku, state) for state in _READ}
    if not any(listed.values()):
        listed[_SOLD_OUT] = await listings_by_sku(rest, place.shop_id, draft.sku, _SOLD_OUT)
    for state in _LOOKED_AT:
        for found in listed.get(state, ()):
            if len(skus_of(found)) > 1:
                raise refused(_VARIATION, "sku")
            if state != _SOLD_OUT:
                return found
            sold_at = moment_in(found, "state_timestamp", "updated_timestamp", "last_modified_timestamp")
            if sold_at is None or sold_at > place.now - _SOLD_LATELY:
                raise refused(_JUST_SOLD, "sku")
    return None


async def _words(rest: EtsyRest, draft: ListingDraft, place: DraftPlace) -> dict[str, Any]:
    """What a listing says of itself, beside its price and pictures; raises RefusedFields for an unknown condition."""
    readiness = draft.policies.get("PROCESSING")
    profiles = await processing_profiles(rest, place.shop_id)
    chosen = next((each for each in profiles if each.text("readiness_state_id") == readiness), Fields({}))
    is_to_order = chosen.text("readiness_state") == "made_to_order"
    made = made_of(draft.condition, place.now.year, is_to_order=is_to_order)
    if made is None:
        reason = f"Etsy does not know {draft.condition!r}: map the condition to who made it and when."
        raise refused(reason, "condition")
    ids = {
        "taxonomy_id": draft.category_id,
        "shipping_profile_id": draft.policies.get("SHIPPING"),
        "return_policy_id": draft.policies.get("RETURN"),
    }
    told = {name: number for name, value in ids.items() if (number := number_of_id(value)) is not None}
    return {"title": draft.title, "description": draft.description, **told, **made.fields}


async def _made_draft(rest: EtsyRest, draft: ListingDraft, words: dict[str, Any], place: DraftPlace) -> Fields:
    # Without pictures there is no `images`: Etsy refuses an empty list.
    body = words | {
        "description": marked(draft.description, draft.sku),
        "type": "physical",
        "price": float(draft.price),
        "quantity": draft.quantity,
    }
    readiness = number_of_id(draft.policies.get("PROCESSING"))
    if readiness is not None:
        body["readiness_state_id"] = readiness

    async def made_meanwhile() -> Fields | None:
        found = await listings_by_sku(rest, place.shop_id, draft.sku, _DRAFT)
        return found[0] if found else None

    async def make() -> Fields:
        ask = EtsyAsk("POST", f"/shops/{place.shop_id}/listings", body=body, is_idempotent=False)
        made = (await rest.call(ask)).fields
        _id_of(made)
        return made

    return await once(make, made_meanwhile)


async def _write_properties(
    rest: EtsyRest, listing: ListingPath, draft: ListingDraft, properties: Sequence[CategoryProperty]
) -> None:
    given = {name.casefold(): values for name, values in draft.aspects.items()}
    for each in properties:
        values = [value for value in given.get(each.aspect.name.casefold(), ()) if value.strip()][: each.most]
        known = [found for value in values if (found := each.values.get(value.casefold())) is not None]
        if not values or (each.aspect.is_selection and not known):
            continue
        body: dict[str, Any] = {"values": [found.name for found in known] or values}
        if known:
            body["value_ids"] = [int(found.value_id) for found in known]
        scale_id = number_of_id(next((found.scale_id for found in known if found.scale_id), None))
        if scale_id is not None:
            body["scale_id"] = scale_id
        await rest.call(EtsyAsk("PUT", f"{listing.of_shop}/properties/{each.property_id}", body=body))


async def _activated(rest: EtsyRest, listing: ListingPath, words: dict[str, Any]) -> Fields:
    async def active() -> Fields | None:
        found = await listing_by_id(rest, listing.shop_id, listing.listing_id)
        return found if found is not None and state_of(found) == _ACTIVE else None

    async def act() -> Fields:
        ask = EtsyAsk("PATCH", listing.of_shop, body=words | {"state": _ACTIVE}, is_idempotent=False)
        answer = (await rest.call(ask)).fields
        if state_of(answer) != _ACTIVE:
            raise InvalidResponse("Etsy does not tell whether the listing is active.")
        return answer

    # Not repeated unseen: what was active may be sold out by now, and would be renewed.
    return await once(act, active)


def _stock_of(draft: ListingDraft) -> StockWrite:
    return StockWrite(
        sku=draft.sku,
        price=draft.price,
        currency=draft.currency,
        quantity=draft.quantity,
        readiness_state_id=number_of_id(draft.policies.get("PROCESSING")),
    )


async def _listing(rest: EtsyRest, shop_id: str, listing: ListingRef) -> Fields | None:
    if listing.external_id is not None:
        return await listing_by_id(rest, shop_id, listing.external_id)
    if listing.sku is None:
        return None
    for state in _LOOKED_AT:
        found = await listings_by_sku(rest, shop_id, listing.sku, state)
        if found:
            return found[0]
    return None


def _id_of(raw: Fields) -> str:
    listing_id = raw.text("listing_id")
    if not is_id(listing_id):
        raise InvalidResponse("Etsy does not tell the id of the listing.")
    return listing_id


def _as_listed(raw: Fields, sku: str) -> RemoteListing:
    listing = listing_of(raw)
    if listing is None:
        raise InvalidResponse("Etsy sent a listing that cannot be read.")
    return replace(listing, sku=sku)
