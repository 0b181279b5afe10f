"""Changing and ending listings of Etsy: in one number, once, and never what is not understood."""

from decimal import Decimal
from itertools import count

import pytest

from integrations.errors import IntegrationError, ObjectMissing
from integrations.selling.records import ListingChange
from integrations.selling.refusals import RefusedFields
from sandbox.etsy.listings.records import Listing, Offering, Product, PropertyValue
from sandbox.marketplaces.faults import CallFaultKind
from tests.integrations.etsy.conftest import EtsyWorld
from tests.integrations.etsy.drafts import only, published, ref

CUTS = (CallFaultKind.RESET, CallFaultKind.ANSWER_LOST)


def with_variations(listing: Listing, skus: tuple[str, str] = ("MUG-1", "MUG-2")) -> None:
    readiness = listing.inventory.products[0].offerings[0].readiness_state_id
    listing.inventory.products = [
        Product(
            number,
            sku,
            [Offering(number + 10, 2, 12_500, readiness_state_id=readiness)],
            [PropertyValue(200, "Primary color", None, [number], [sku])],
        )
        for number, sku in enumerate(skus, start=1)
    ]


@pytest.mark.parametrize("change", [ListingChange(price=Decimal(9)), ListingChange(quantity=1, title="Half")])
async def test_a_listing_with_variations_is_refused_and_stays_as_it_is(etsy: EtsyWorld, change: ListingChange) -> None:
    """Elsewhere a write of one variation deleted the others, and their photos."""
    session = etsy.session()
    listing = await published(etsy)
    with_variations(only(etsy))
    before = only(etsy).inventory.products
    with pytest.raises(RefusedFields) as caught:
        await session.change(ref(listing), change)
    assert caught.value.problems[0].field in ("price", "quantity")
    assert only(etsy).given["title"] != "Half"
    await session.change(ref(listing), ListingChange(title="Mugs"))
    assert (only(etsy).inventory.products, only(etsy).given["title"]) == (before, "Mugs")


async def test_one_of_several_variations_is_not_published_anew(etsy: EtsyWorld) -> None:
    await published(etsy)
    with_variations(only(etsy), ("OTHER", "MUG-1"))
    with pytest.raises(RefusedFields) as caught:
        await published(etsy)
    assert caught.value.problems[0].field == "sku"


async def test_one_number_is_changed_and_the_rest_of_the_inventory_stays(etsy: EtsyWorld) -> None:
    session = etsy.session()
    listing = await published(etsy)
    readiness = list(etsy.shop.readiness_states)[1]
    only(etsy).inventory.offerings[0].readiness_state_id = readiness
    await session.change(ref(listing), ListingChange(quantity=7))
    await session.change(ref(listing, external_id=None), ListingChange(price=Decimal("19.99"), description="Of clay."))
    [product] = only(etsy).inventory.products
    [offering] = product.offerings
    assert (product.sku, offering.quantity, offering.price, offering.readiness_state_id) == (
        "MUG-1",
        7,
        19_990,
        readiness,
    )
    assert only(etsy).given["description"] == "Of clay."


async def test_what_is_so_already_is_not_written(etsy: EtsyWorld) -> None:
    session = etsy.session()
    listing = await published(etsy)
    before = len([call for call in etsy.calls() if call == "listings.replace_inventory"])
    await session.change(ref(listing), ListingChange(quantity=3, price=Decimal("12.50")))
    await session.change(ref(listing), ListingChange())
    assert etsy.calls().count("listings.replace_inventory") == before


async def test_a_quantity_of_0_another_currency_and_a_listing_that_is_over_are_refused(etsy: EtsyWorld) -> None:
    session = etsy.session()
    listing = await published(etsy)
    for change, currency, field in (
        (ListingChange(quantity=0), "EUR", "quantity"),
        (ListingChange(price=Decimal(9)), "USD", "currency"),
    ):
        with pytest.raises(RefusedFields) as caught:
            await session.change(ref(listing, currency=currency), change)
        assert caught.value.problems[0].field == field
    only(etsy).state = "sold_out"
    with pytest.raises(RefusedFields):
        await session.change(ref(listing), ListingChange(quantity=5))
    assert (only(etsy).state, len(etsy.shop.fees)) == ("sold_out", 1)


async def test_a_listing_that_is_gone_cannot_be_changed_and_is_ended_already(etsy: EtsyWorld) -> None:
    session = etsy.session()
    listing = await published(etsy)
    for state in ("sold_out", "expired", "draft", "inactive", "removed"):
        only(etsy).state = state
        await session.end(ref(listing))
        assert only(etsy).state == state
    etsy.shop.listings.clear()
    await session.end(ref(listing))
    await session.end(ref(listing, external_id=None))
    with pytest.raises(ObjectMissing):
        await session.change(ref(listing), ListingChange(quantity=1))
    with pytest.raises(ObjectMissing):
        await session.change(ref(listing, external_id="../users/me"), ListingChange(quantity=1))


@pytest.mark.parametrize("kind", CUTS)
async def test_a_cut_while_ending_ends_it_once_and_for_all(etsy: EtsyWorld, kind: CallFaultKind) -> None:
    session = etsy.session()
    listing = await published(etsy)
    for nth in count(1):
        only(etsy).state = "active"
        etsy.spoil("listings.*", kind, nth=nth)
        etsy.spoil("listings.*", CallFaultKind.RESET, nth=nth + 1, times=None)
        try:
            await session.end(ref(listing))
            was_cut = False
        except IntegrationError:
            was_cut = True
        etsy.mend()
        await session.end(ref(listing))
        assert only(etsy).state == "inactive"
        if not was_cut:
            break
    assert nth >= 3


async def test_a_listing_of_another_shop_is_none_of_ours(etsy: EtsyWorld) -> None:
    [other] = etsy.control("listings/ready", shop="US", sku="THEIRS")["listings"]
    listing = await published(etsy)
    with pytest.raises(ObjectMissing):
        await etsy.session().change(ref(listing, external_id=str(other["listing_id"])), ListingChange(title="Ours"))
    await etsy.session().end(ref(listing, external_id=str(other["listing_id"])))
    assert [call for call in etsy.calls() if call == "listings.update"] == ["listings.update"]
