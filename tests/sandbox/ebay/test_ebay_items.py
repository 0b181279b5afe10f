"""What the stand-in of eBay takes as an inventory item and as a location, and what it refuses."""

from typing import Any

import pytest

from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.shelf import INVENTORY, item_body, listed, offered, put_item

ITEM = f"{INVENTORY}/inventory_item"


async def test_a_put_replaces_everything(ebay: EbayClient) -> None:
    assert (await put_item(ebay, "replaced")).status == 201
    poorer = {"availability": {"shipToLocationAvailability": {"quantity": 1}}}
    again = await ebay.call("PUT", f"{ITEM}/replaced", poorer)
    assert (again.status, again.body) == (204, None)
    found = (await ebay.call("GET", f"{ITEM}/replaced")).body
    assert found == poorer | {"sku": "replaced", "locale": "de_DE"}
    assert (await ebay.call("PUT", f"{ITEM}/replaced", found)).status == 204


@pytest.mark.parametrize("language", ["", "german", "de_DE"])
async def test_content_language_is_needed(ebay: EbayClient, language: str) -> None:
    refused = await ebay.call("PUT", f"{ITEM}/language", item_body(), **{"Content-Language": language})
    assert (refused.status, refused.error_ids) == (400, [25709])
    assert "Content-Language" in refused.body["errors"][0]["longMessage"]


WRONG: dict[str, tuple[object, int, str]] = {
    "no JSON": (b"{", 2004, ""),
    "empty": (b"", 2004, ""),
    "a list": ([], 2004, ""),
    "null": (None, 2004, ""),
    "unknown field": (item_body(colour="red"), 2004, "colour"),
    "unknown field inside": (item_body(product={"titel": "x"}), 2004, "product.titel"),
    "unknown condition": (item_body(condition="Used"), 2004, "condition"),
    "number as text": (item_body(availability={"shipToLocationAvailability": {"quantity": "3"}}), 2004, "quantity"),
    "aspect without a list": (item_body(product={"aspects": {"Marke": "x"}}), 2004, "product.aspects"),
    "negative": (item_body(availability={"shipToLocationAvailability": {"quantity": -1}}), 25709, "quantity"),
    "long title": (item_body(product={"title": "x" * 81}), 25709, "title"),
    "enormous description": (item_body(product={"description": "x" * 100_000}), 25709, "description"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_does_not_fit_is_named(ebay: EbayClient, name: str) -> None:
    body, error_id, named = WRONG[name]
    refused = await ebay.call("PUT", f"{ITEM}/wrong", b"null" if name == "null" else body)
    assert (refused.status, refused.error_ids) == (400, [error_id])
    assert named in refused.body["errors"][0]["parameters"][0]["value"]
    assert (await ebay.call("GET", f"{ITEM}/wrong")).status == 404


@pytest.mark.parametrize("sku", ["x" * 51, "two%20words", "%C3%BC"])
async def test_skus_are_short_and_plain(ebay: EbayClient, sku: str) -> None:
    assert (await ebay.call("PUT", f"{ITEM}/{sku}", item_body())).error_ids == [25707]


async def test_pages_are_counted_in_pages(ebay: EbayClient) -> None:
    for number in range(5):
        await ebay.call("PUT", f"{ITEM}/page-{number}", item_body(), seller="EBAY_US")
    first = (await ebay.call("GET", f"{ITEM}?limit=2", seller="EBAY_US")).body
    assert (first["total"], first["size"], first["limit"]) == (5, 2, 2)
    assert "prev" not in first
    second = (await ebay.call("GET", first["next"], seller="EBAY_US")).body
    assert [item["sku"] for item in second["inventoryItems"]] == ["page-2", "page-3"]
    last = (await ebay.call("GET", second["next"], seller="EBAY_US")).body
    assert ([item["sku"] for item in last["inventoryItems"]], "next" in last) == (["page-4"], False)
    for wrong in ("limit=0", "limit=201", "offset=-1", "limit=many"):
        assert (await ebay.call("GET", f"{ITEM}?{wrong}", seller="EBAY_US")).error_ids == [2004]


async def test_a_shop_is_seen_by_its_seller_alone(ebay: EbayClient) -> None:
    await put_item(ebay, "mine")
    assert (await ebay.call("GET", f"{ITEM}/mine", seller="EBAY_GB")).error_ids == [25702]


async def test_reading_does_not_allow_writing(ebay: EbayClient) -> None:
    ebay.tokens["EBAY_GB"] = await ebay.token("EBAY_GB", ["sell.inventory.readonly"])
    assert (await ebay.call("GET", ITEM, seller="EBAY_GB")).status == 200
    denied = await ebay.call("PUT", f"{ITEM}/x", item_body(), seller="EBAY_GB")
    assert (denied.status, denied.error_ids) == (403, [1100])


async def test_deleting_ends_the_listing_and_takes_the_offers(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "deleted")
    assert (await ebay.call("DELETE", f"{ITEM}/deleted")).status == 204
    assert (await ebay.call("DELETE", f"{ITEM}/deleted")).error_ids == [25702]
    assert (await ebay.call("GET", f"{INVENTORY}/offer/{offer_id}")).error_ids == [25713]
    shop = await ebay.control("POST", "shop", {"seller": "EBAY_DE"})
    assert shop["listings"][listing_id]["status"] == "ENDED"


async def test_what_is_live_is_revised_and_stays_a_good_listing(ebay: EbayClient) -> None:
    _, listing_id = await listed(ebay, "revised")
    fresh = item_body()
    fresh["product"]["title"] = "Anderer Becher"
    assert (await ebay.call("PUT", f"{ITEM}/revised", fresh)).status == 204
    refused = await ebay.call("PUT", f"{ITEM}/revised", item_body(product={"title": "Ohne Bild"}))
    assert (refused.status, refused.error_ids) == (400, [25002])
    shop = await ebay.control("POST", "shop", {"seller": "EBAY_DE"})
    assert shop["listings"][listing_id]["title"] == shop["items"]["revised"]["product"]["title"] == "Anderer Becher"


LOCATION = f"{INVENTORY}/location"
PLACE: dict[str, Any] = {"location": {"address": {"country": "DE", "postalCode": "10115"}}, "name": "Lager"}


async def test_a_location_is_made_once(ebay: EbayClient) -> None:
    assert (await ebay.call("GET", f"{LOCATION}/berlin")).error_ids == [25804]
    assert (await ebay.call("POST", f"{LOCATION}/berlin", PLACE)).status == 204
    again = await ebay.call("POST", f"{LOCATION}/berlin", PLACE)
    assert (again.status, again.error_ids) == (409, [25803])
    found = (await ebay.call("GET", f"{LOCATION}/berlin")).body
    assert (found["merchantLocationStatus"], found["name"]) == ("ENABLED", "Lager")
    assert "berlin" in [each["merchantLocationKey"] for each in (await ebay.call("GET", LOCATION)).body["locations"]]
    assert (await ebay.call("DELETE", f"{LOCATION}/berlin")).status == 204


@pytest.mark.parametrize(
    ("body", "error_id"),
    [
        ({"location": {"address": {"country": "DE"}}}, 25802),
        ({"location": {"address": {"postalCode": "10115"}}}, 25802),
        ({"location": {}}, 2004),
        ({}, 2004),
        ({**PLACE, "merchantLocationKey": "x"}, 2004),
    ],
)
async def test_a_location_needs_an_address(ebay: EbayClient, body: dict[str, Any], error_id: int) -> None:
    assert (await ebay.call("POST", f"{LOCATION}/nowhere", body)).error_ids == [error_id]


async def test_offers_are_deleted_one_by_one(ebay: EbayClient) -> None:
    offer_id = await offered(ebay, "single")
    assert (await ebay.call("DELETE", f"{INVENTORY}/offer/{offer_id}")).status == 204
    assert (await ebay.call("DELETE", f"{INVENTORY}/offer/{offer_id}")).error_ids == [25713]
