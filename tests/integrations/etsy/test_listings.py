"""The shop's listings as Etsy's lists have them, to their end, whatever single records are."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import InvalidResponse, Misshapen
from integrations.etsy.listings import listing_of, marked_sku, skus_of
from integrations.selling.records import ListingPage, RemoteListing, RemoteStatus
from integrations.selling.sku_mark import marked, unmarked
from integrations.selling.values import Fields
from tests.integrations.etsy.conftest import EtsyWorld

Raw = dict[str, Any]


def raw_listing(**more: object) -> Raw:
    raw: Raw = {
        "listing_id": 81,
        "shop_id": 7,
        "title": "Father&#39;s mug",
        "description": "It holds tea &amp; milk.",
        "state": "active",
        "quantity": 3,
        "url": "https://www.etsy.com/listing/81/fathers-mug?utm_source=us",
        "price": {"amount": 1250, "divisor": 100, "currency_code": "EUR"},
        "views": 12,
        "num_favorers": 4,
        "images": [
            {"rank": 2, "url_fullxfull": "https://i.etsystatic.com/2.jpg"},
            {"rank": 1, "url_fullxfull": "https://i.etsystatic.com/1.jpg"},
        ],
        "inventory": {"products": [{"sku": "MUG-1"}]},
    }
    return raw | more


def read(**more: object) -> RemoteListing:
    found = listing_of(Fields(raw_listing(**more)))
    assert found is not None
    return found


async def all_pages(etsy: EtsyWorld) -> list[ListingPage]:
    return [page async for page in etsy.session().listings()]


def test_a_listing_is_read_as_it_is_shown() -> None:
    listing = read()
    assert listing == RemoteListing(
        external_id="81",
        title="Father's mug",
        currency="EUR",
        price=Decimal("12.50"),
        quantity=3,
        status=RemoteStatus.LIVE,
        sku="MUG-1",
        url="https://www.etsy.com/listing/81/fathers-mug",
        description="It holds tea & milk.",
        image_url="https://i.etsystatic.com/1.jpg",
        views=12,
        favourites=4,
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("active", RemoteStatus.LIVE),
        ("Active", RemoteStatus.LIVE),
        ("edit", RemoteStatus.ENDED),
        ("inactive", RemoteStatus.ENDED),
        ("draft", RemoteStatus.DRAFT),
        ("sold_out", RemoteStatus.SOLD),
        ("sold out", RemoteStatus.SOLD),
        ("expired", RemoteStatus.ENDED),
        ("removed", RemoteStatus.ENDED),
        ("hibernating", None),
        (None, None),
        (7, None),
    ],
)
def test_states_are_told_in_our_words(state: object, status: RemoteStatus | None) -> None:
    assert read(state=state).status is status


@pytest.mark.parametrize(
    ("more", "skus"),
    [
        ({}, ["MUG-1"]),
        ({"skus": ["MUG-1", "MUG-2"]}, ["MUG-1", "MUG-2"]),
        ({"inventory": None, "skus": ["A&amp;B"]}, ["A&B"]),
        ({"inventory": {"products": [{"sku": "A"}, {"sku": "B", "is_deleted": True}, {"sku": ""}, None]}}, ["A"]),
        ({"inventory": None}, []),
        ({"inventory": [], "skus": None}, []),
    ],
)
def test_skus_come_from_the_inventory_and_beside_it(more: Raw, skus: list[str]) -> None:
    assert skus_of(Fields(raw_listing(**more))) == skus
    assert read(**more).sku == (skus[0] if len(skus) == 1 else None)


@pytest.mark.parametrize(
    "more",
    [
        {"listing_id": None},
        {"listing_id": [81]},
        {"price": None},
        {"price": 12.5},
        {"price": {"amount": 1250, "divisor": 0, "currency_code": "EUR"}},
        {"price": {"amount": -1250, "divisor": 100, "currency_code": "EUR"}},
    ],
)
def test_without_an_id_or_a_price_there_is_no_listing(more: Raw) -> None:
    assert listing_of(Fields(raw_listing(**more))) is None


@pytest.mark.parametrize("name", [*raw_listing()])
@pytest.mark.parametrize("value", [None, "", [], {}, 7, True, 10**30, -1, [[[]]], [None]])
def test_no_value_of_any_field_is_an_exception(name: str, value: object) -> None:
    found = listing_of(Fields(raw_listing(**{name: value})))
    assert found is None or found.external_id


def test_the_mark_of_a_draft_is_found_and_is_no_part_of_its_words() -> None:
    text = marked("It holds tea.\n\n", "A&B-1")
    raw = Fields(raw_listing(description=text.replace("&", "&amp;")))
    assert marked_sku(raw) == "A&B-1"
    assert unmarked(text) == "It holds tea."
    assert (marked_sku(Fields(raw_listing())), unmarked("It holds tea.")) == (None, "It holds tea.")
    assert (unmarked(None), unmarked(""), unmarked("SKU: 1")) == (None, "", None)


@pytest.mark.parametrize(
    ("more", "description"),
    [({"inventory": None}, "It holds tea."), ({}, "It holds tea."), ({"skus": ["A"], "inventory": None}, None)],
)
def test_a_line_of_the_sellers_own_stays_in_the_description(more: Raw, description: str | None) -> None:
    text = marked("It holds tea.", "MUG-1")
    assert read(description=text, **more).description == (description or text)


async def test_listings_of_every_state_are_read_to_their_end(etsy: EtsyWorld) -> None:
    for state in ("active", "inactive", "draft", "sold_out", "expired"):
        etsy.control("listings/ready", count=3, state=state, sku=state)
    etsy.control("listings/ready", count=101, state="active", sku="MANY")
    pages = await all_pages(etsy)
    found = [listing for page in pages for listing in page.listings]
    assert len({listing.external_id for listing in found}) == 116
    assert [problem for page in pages for problem in page.unreadable] == []
    assert pages[-1].total == 116
    counted = {status: sum(listing.status is status for listing in found) for status in RemoteStatus}
    assert counted == {RemoteStatus.LIVE: 104, RemoteStatus.ENDED: 6, RemoteStatus.DRAFT: 3, RemoteStatus.SOLD: 3}
    assert {listing.sku for listing in found if listing.status is RemoteStatus.SOLD} == {
        "sold_out-1",
        "sold_out-2",
        "sold_out-3",
    }


async def test_one_odd_listing_costs_no_other_one(etsy: EtsyWorld) -> None:
    made = etsy.control("listings/ready", count=3)["listings"]
    next(iter(etsy.shop.listings.values())).shown = {"price": {"amount": 1, "divisor": 0, "currency_code": "EUR"}}
    pages = await all_pages(etsy)
    assert sum(len(page.listings) for page in pages) == 2
    [problem] = [problem for page in pages for problem in page.unreadable]
    assert problem.external_id == str(made[0]["listing_id"])


async def test_what_etsy_counts_and_does_not_show_is_told(etsy: EtsyWorld) -> None:
    etsy.spoil("listings.list", status=200, body='{"count": 950, "results": []}', times=None)
    pages = await all_pages(etsy)
    assert etsy.calls().count("listings.list") == 3 * 5
    problems = [problem for page in pages for problem in page.unreadable]
    assert len(problems) == 5
    assert "950" in problems[0].message


async def test_a_listing_that_is_shown_twice_stands_for_no_other_one(etsy: EtsyWorld) -> None:
    """etsy/open-api 510: of 271 listings 13 came on two pages, so that nobody knows which others did not come."""
    row = '{"listing_id": 81, "state": "active", "price": {"amount": 1, "divisor": 1, "currency_code": "EUR"}}'
    etsy.spoil("listings.list", status=200, body=f'{{"count": 2, "results": [{row}, {row}]}}')
    [problem] = [problem for page in await all_pages(etsy) for problem in page.unreadable]
    assert "counts 2 listings that are active, and shows 1" in problem.message


@pytest.mark.parametrize(
    "body", ["[]", "null", '{"count": null, "results": []}', '{"count": 3}', '{"count": "x", "results": []}']
)
async def test_a_page_that_is_none_ends_the_reading_loudly(etsy: EtsyWorld, body: str) -> None:
    etsy.spoil("listings.list", status=200, body=body)
    with pytest.raises(InvalidResponse) as caught:
        await all_pages(etsy)
    assert isinstance(caught.value, Misshapen)
