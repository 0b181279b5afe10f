"""The reading of a seller's listings, categories and aspects, and what is told of a draft before it is sent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.ebay.drafts import problems_of
from integrations.ebay.listings import listing_of
from integrations.errors import Unavailable
from integrations.selling.records import RemoteStatus
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from tests.integrations.ebay.conftest import EbayWorld
from tests.integrations.ebay.drafts import a_draft, listed, quietly


async def test_every_page_is_read_and_an_odd_offer_is_told(ebay: EbayWorld) -> None:
    session, draft = ebay.session(), a_draft(ebay)
    await session.publish(draft, quietly)
    shop = ebay.shop()
    for place in range(230):
        sku = f"S-{place:03d}"
        shop.items[sku] = {**shop.items["MUG-1"], "sku": sku}
    offer = {"offerId": "odd", "sku": "S-001", "marketplaceId": "EBAY_DE", "format": "FIXED_PRICE", "status": "?"}
    shop.offers["odd"] = offer
    pages = [page async for page in session.listings()]
    assert [len(page.listings) for page in pages] == [1, 0, 0]
    assert {page.total for page in pages} == {231}
    assert [problem.external_id for page in pages for problem in page.unreadable] == ["odd"]


async def test_a_fault_in_the_middle_is_not_taken_for_no_offers(ebay: EbayWorld) -> None:
    await ebay.session().publish(a_draft(ebay), quietly)
    ebay.spoil("inventory.offers", times=None)
    with pytest.raises(Unavailable):
        await listed(ebay.session())


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        ({"status": "PUBLISHED", "listing": {"listingId": "1", "listingStatus": "ACTIVE"}}, RemoteStatus.LIVE),
        ({"status": "PUBLISHED", "listing": {"listingId": "1", "listingStatus": "OUT_OF_STOCK"}}, RemoteStatus.SOLD),
        ({"status": "PUBLISHED", "listing": {"listingId": "1", "listingStatus": "FROZEN"}}, None),
        ({"status": "UNPUBLISHED", "listing": {"listingId": "1"}}, RemoteStatus.ENDED),
        ({"status": "UNPUBLISHED"}, RemoteStatus.DRAFT),
        ({}, RemoteStatus.DRAFT),
    ],
)
def test_states_are_ours_and_a_later_one_is_open(offer: dict[str, Any], status: RemoteStatus | None) -> None:
    price = {"price": {"value": "1.00", "currency": "EUR"}}
    found = listing_of(Fields({}), {"offerId": "o", "pricingSummary": price, **offer})
    assert found is not None
    assert found.status is status


def test_a_good_draft_has_no_problems_and_a_bad_one_has_all(ebay: EbayWorld) -> None:
    draft = a_draft(ebay)
    assert problems_of(draft, "https://api.ebay.com") == []
    bad = replace(
        draft,
        sku="a b",
        market="EBAY_MARS",
        title="x" * 81,
        description=" ",
        price=Decimal("1.001"),
        quantity=0,
        category_id=None,
        condition="SHINY",
        image_urls=[],
        policies={},
    )
    fields = [problem.field for problem in problems_of(bad, "https://api.ebay.com")]
    assert fields == [
        *("market", "sku", "title", "description", "price", "quantity", "category_id", "condition"),
        *("policies.SHIPPING", "policies.PAYMENT", "policies.RETURN", "policies.LOCATION", "image_urls"),
    ]


def test_what_is_not_chosen_is_there_to_choose_or_is_to_be_made_first(ebay: EbayWorld) -> None:
    draft = replace(a_draft(ebay), policies={}, policy_kinds=["SHIPPING", "PAYMENT", "RETURN"])
    *chosen, place = [problem.message for problem in problems_of(draft, ebay.server.url)]
    assert [message[-15:] for message in chosen] == ["not chosen yet."] * 3
    assert place == (
        "The channel has no place that goods are sent from yet: make one at eBay, then run CHECK by syncChannel."
    )


async def test_sellers_have_a_place_but_one(ebay: EbayWorld) -> None:
    for seller, has_place in (("EBAY_DE", True), ("EBAY_US", True), ("EBAY_GB", False)):
        found = await ebay.session(seller).policies([seller])
        assert ("LOCATION" in {each.kind for each in found}) is has_place


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/f/1.jpg", "http://localhost/1.jpg", "ftp://x", "", "https://"])
def test_ebay_itself_cannot_fetch_from_this_machine(ebay: EbayWorld, url: str) -> None:
    draft = replace(a_draft(ebay), image_urls=[url])
    assert [problem.field for problem in problems_of(draft, "https://api.ebay.com")] == ["image_urls"]
    at_home = [problem.field for problem in problems_of(draft, ebay.server.url)]
    assert at_home == ([] if "127.0.0.1" in url or "localhost" in url else ["image_urls"])


async def test_required_aspects_and_closed_lists_are_told_before(ebay: EbayWorld) -> None:
    draft = replace(a_draft(ebay), category_id="57988", aspects={"Marke": ["X"], "Größe": ["M"], "Abteilung": ["Igel"]})
    problems = await ebay.session().draft_problems(draft)
    assert [problem.field for problem in problems] == ["aspects", "aspects"]
    assert "Farbe" in problems[0].message
    assert "Igel" in problems[1].message
    no_leaf = await ebay.session().draft_problems(replace(draft, category_id="11450"))
    assert [problem.field for problem in no_leaf] == ["category_id"]


async def test_categories_and_values_are_asked_for_once_a_day(ebay: EbayWorld) -> None:
    session = ebay.session()
    for _ in range(3):
        (found,) = await session.terms("CATEGORY", market="EBAY_DE", parent=None, search="Tasse")
    assert (found.external_id, found.name) == ("20696", "Möbel & Wohnen > Becher & Tassen")
    for _ in range(2):
        values = await session.terms("COLOUR", market="EBAY_DE", parent="57988", search="bl")
    assert [value.name for value in values] == ["Blau"]
    assert [call for call in ebay.calls() if call.startswith("taxonomy")] == [
        *("taxonomy.default_tree", "taxonomy.suggestions", "taxonomy.aspects")
    ]
    ebay.now[0] += timedelta(days=2)
    await session.terms("CATEGORY", market="EBAY_DE", parent=None, search="tasse")
    assert ebay.calls().count("taxonomy.suggestions") == 2


async def test_kinds_without_a_list_at_ebay_have_no_terms(ebay: EbayWorld) -> None:
    session = ebay.session()
    for kind in ("CATEGORY", "COLOUR"):
        with pytest.raises(RefusedFields):
            await session.terms(kind, market="EBAY_DE", parent=None, search=" ")
    assert await session.terms("SEASON", market="EBAY_DE", parent="57988", search=None) == []
    assert await session.terms("MOOD", market="EBAY_DE", parent="57988", search=None) == []
    assert len(await session.terms("CONDITION", market="EBAY_DE", parent=None, search="used")) == 4
