"""Offering, changing and ending at eBay: once each, wherever an earlier call was cut."""

from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from integrations.ebay.session import EbaySession
from integrations.errors import IntegrationError, ObjectMissing, Unavailable
from integrations.selling.records import ListingChange, ListingDraft, RemoteStatus
from integrations.selling.refusals import RefusedFields
from sandbox.ebay.faults import EbayFaultKind
from tests.integrations.ebay.conftest import EbayWorld
from tests.integrations.ebay.drafts import a_draft, listed, quietly, ref

CUTS = (EbayFaultKind.RESET, EbayFaultKind.ANSWER_LOST)


async def test_a_product_is_offered_step_by_step_and_told(ebay: EbayWorld) -> None:
    steps: list[str] = []

    async def tell(words: str) -> None:
        steps.append(words)

    session = ebay.session()
    listing = await session.publish(a_draft(ebay), tell)
    assert listing.status is RemoteStatus.LIVE
    assert listing.url == f"https://www.ebay.de/itm/{listing.external_id}"
    assert len(steps) == 4
    (found,) = await listed(session)
    assert found == replace(listing, url=found.url)


@pytest.mark.parametrize("kind", CUTS)
async def test_a_cut_at_any_call_ends_in_exactly_one_listing(ebay: EbayWorld, kind: EbayFaultKind) -> None:
    """Every call from the cut on fails, as for a process that died; the next one goes on."""
    session, draft = ebay.session(), a_draft(ebay)
    for nth in count(1):
        ebay.server.sandbox.faults.clear()
        draft = replace(draft, sku=f"CUT-{kind}-{nth}")
        ebay.spoil("inventory.*", kind, nth=nth)
        ebay.spoil("inventory.*", EbayFaultKind.RESET, nth=nth + 1, times=None)
        was_cut = await fails(session, draft)
        ebay.server.sandbox.faults.clear()
        listing = await session.publish(draft, quietly)
        again = await session.publish(draft, quietly)
        assert again.external_id == listing.external_id
        assert len(of_sku(ebay, draft.sku)) == 1
        if not was_cut:
            break
    assert nth >= 5


async def fails(session: EbaySession, draft: ListingDraft) -> bool:
    try:
        await session.publish(draft, quietly)
    except IntegrationError:
        return True
    return False


def of_sku(ebay: EbayWorld, sku: str) -> list[str]:
    return [each["listingId"] for each in ebay.shop().listings.values() if each["sku"] == sku]


@pytest.mark.parametrize("call", ["inventory.create_offer", "inventory.publish_offer", "inventory.put_item"])
async def test_a_lost_answer_is_looked_up_at_once(ebay: EbayWorld, call: str) -> None:
    ebay.spoil(call, EbayFaultKind.ANSWER_LOST)
    listing = await ebay.session().publish(a_draft(ebay), quietly)
    assert of_sku(ebay, "MUG-1") == [listing.external_id]


@pytest.mark.parametrize("call", ["inventory.put_item", "inventory.create_offer", "inventory.publish_offer"])
async def test_a_passing_fault_is_no_refusal(ebay: EbayWorld, call: str) -> None:
    """25001 and 25025 were shown to sellers as refusals elsewhere."""
    for error_id in (25001, 25025):
        body = f'{{"errors":[{{"errorId":{error_id},"message":"busy"}}]}}'
        ebay.spoil(call, status=400, body=body, times=None)
        with pytest.raises(Unavailable):
            await ebay.session().publish(a_draft(ebay), quietly)
        ebay.server.sandbox.faults.clear()
    assert (await ebay.session().publish(a_draft(ebay), quietly)).external_id


async def test_what_ebay_refuses_names_the_fields_and_can_be_mended(ebay: EbayWorld) -> None:
    session, draft = ebay.session(), a_draft(ebay)
    bad = replace(draft, price=Decimal(0), category_id="11450", policies={**draft.policies, "RETURN": "none"})
    with pytest.raises(RefusedFields) as caught:
        await session.publish(bad, quietly)
    fields = {problem.field for problem in caught.value.problems}
    assert {"price", "category_id", "policies.RETURN"} <= fields
    await session.publish(draft, quietly)
    assert len(of_sku(ebay, draft.sku)) == 1


async def test_what_others_made_of_an_item_stays(ebay: EbayWorld) -> None:
    """An item that was written without its other parts lost them elsewhere."""
    session, draft = ebay.session(), a_draft(ebay)
    listing = await session.publish(draft, quietly)
    item = ebay.shop().items["MUG-1"]
    item["packageWeightAndSize"] = {"weight": {"value": 1, "unit": "KILOGRAM"}}
    item["product"] |= {"ean": ["4006381333931"], "aspects": {"Material": ["Glas"], "Farbe": ["Blau"]}}
    offer = ebay.shop().offers[str(listing.offer_id)]
    offer["quantityLimitPerBuyer"] = 2
    await session.change(ref(listing), ListingChange(title="Another mug", description="It holds coffee."))
    await session.end(ref(listing))
    await session.publish(replace(draft, quantity=2), quietly)
    item, offer = ebay.shop().items["MUG-1"], ebay.shop().offers[str(listing.offer_id)]
    assert item["packageWeightAndSize"]["weight"]["value"] == 1
    assert item["product"]["ean"] == ["4006381333931"]
    assert item["product"]["aspects"]["Farbe"] == ["Blau"]
    assert offer["quantityLimitPerBuyer"] == 2
    assert item["availability"]["shipToLocationAvailability"]["quantity"] == 2


async def test_a_variation_among_others_is_not_written(ebay: EbayWorld) -> None:
    session, draft = ebay.session(), a_draft(ebay)
    await session.end(ref(await session.publish(draft, quietly)))
    ebay.shop().items["MUG-1"]["inventoryItemGroupKeys"] = ["mugs"]
    with pytest.raises(RefusedFields):
        await session.publish(draft, quietly)


async def test_a_sku_is_offered_in_one_market_alone(ebay: EbayWorld) -> None:
    session, draft = ebay.session(), a_draft(ebay)
    await session.publish(draft, quietly)
    with pytest.raises(RefusedFields) as caught:
        await session.publish(replace(draft, market="EBAY_AT"), quietly)
    assert caught.value.problems[0].field == "sku"


async def test_price_and_quantity_are_set_together_and_words_by_themselves(ebay: EbayWorld) -> None:
    session = ebay.session()
    listing = await session.publish(a_draft(ebay), quietly)
    await session.change(ref(listing), ListingChange(price=Decimal("9.90"), quantity=1))
    await session.change(ref(listing, offer_id=None), ListingChange(title="A cup", description="Of glass."))
    (found,) = await listed(session)
    assert (found.price, found.quantity, found.title, found.description) == (
        Decimal("9.90"),
        1,
        "A cup",
        "Of glass.",
    )
    assert found.external_id == listing.external_id


async def test_a_refusal_of_one_part_is_no_success(ebay: EbayWorld) -> None:
    session = ebay.session()
    listing = await session.publish(a_draft(ebay), quietly)
    with pytest.raises(RefusedFields) as caught:
        await session.change(ref(listing), ListingChange(price=Decimal(0)))
    assert [problem.field for problem in caught.value.problems] == ["price"]


@pytest.mark.parametrize("kind", CUTS)
async def test_ending_twice_or_after_a_cut_is_no_error(ebay: EbayWorld, kind: EbayFaultKind) -> None:
    session = ebay.session()
    listing = await session.publish(a_draft(ebay), quietly)
    ebay.spoil("inventory.withdraw_offer", kind)
    if kind is EbayFaultKind.RESET:
        with pytest.raises(Unavailable):
            await session.end(ref(listing))
    await session.end(ref(listing))
    await session.end(ref(listing))
    (found,) = await listed(session)
    assert found.status is RemoteStatus.ENDED


async def test_an_old_listing_of_an_offer_that_is_live_anew_is_not_ended(ebay: EbayWorld) -> None:
    session = ebay.session()
    old = await session.publish(a_draft(ebay), quietly)
    await session.end(ref(old))
    new = await session.publish(a_draft(ebay), quietly)
    await session.end(ref(old))
    with pytest.raises(ObjectMissing):
        await session.change(ref(old), ListingChange(quantity=1))
    (found,) = await listed(session)
    assert (found.external_id, found.status) == (new.external_id, RemoteStatus.LIVE)


async def test_a_listing_that_is_gone_has_ended(ebay: EbayWorld) -> None:
    session = ebay.session()
    listing = await session.publish(a_draft(ebay), quietly)
    ebay.shop().offers.clear()
    await session.end(ref(listing))
    with pytest.raises(ObjectMissing):
        await session.change(ref(listing), ListingChange(quantity=1))


async def test_older_listings_are_taken_over_and_refusals_told(ebay: EbayWorld) -> None:
    old = {"seller": "EBAY_DE", "title": "Old", "price": "5.00"}
    ids = [ebay.control("listings/old", old | {"sku": f"OLD-{place}"}) for place in range(6)]
    ids.append(ebay.control("listings/old", old))
    listing_ids = [str(each["listingId"]) for each in ids if isinstance(each, dict)]
    session = ebay.session()
    problems = await session.migrate([*listing_ids, "unknown"])
    assert [problem.external_id for problem in problems] == [listing_ids[-1], "unknown"]
    assert len(await listed(session)) == 6
