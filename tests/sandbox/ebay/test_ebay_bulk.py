"""Calls of the stand-in of eBay that answer in parts."""

from typing import Any

import pytest

from sandbox.ebay.inventory.listings import return_to_listing, take_from_listing
from sandbox.ebay.orders.sales import relist
from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.shelf import INVENTORY, listed, offered, read_offer

BULK = f"{INVENTORY}/bulk_update_price_quantity"
MIGRATE = f"{INVENTORY}/bulk_migrate_listing"


def change(sku: str, offers: list[dict[str, Any]], quantity: int | None = None) -> dict[str, Any]:
    asked: dict[str, Any] = {"sku": sku, "offers": offers}
    return {
        "requests": [asked | ({"shipToLocationAvailability": {"quantity": quantity}} if quantity is not None else {})]
    }


async def test_price_and_quantity_change_together(ebay: EbayClient) -> None:
    offer_id, _ = await listed(ebay, "both")
    price = {"value": "10.00", "currency": "EUR"}
    got = await ebay.call(
        "POST", BULK, change("both", [{"offerId": offer_id, "price": price, "availableQuantity": 0}], 7)
    )
    assert (got.status, [part["statusCode"] for part in got.body["responses"]]) == (200, [200, 200])
    found = await read_offer(ebay, offer_id)
    assert (found["pricingSummary"]["price"], found["listing"]["listingStatus"]) == (price, "OUT_OF_STOCK")


async def test_parts_fail_alone(ebay: EbayClient) -> None:
    offer_id, _ = await listed(ebay, "parts")
    offers: list[dict[str, Any]] = [
        {"offerId": offer_id, "price": {"value": "10.00", "currency": "USD"}},
        {"offerId": "50", "availableQuantity": 1},
    ]
    got = await ebay.call("POST", BULK, change("parts", offers, 5))
    assert (got.status, [part["statusCode"] for part in got.body["responses"]]) == (207, [200, 400, 404])
    assert [part["errors"][0]["errorId"] for part in got.body["responses"][1:]] == [25003, 25713]
    assert (await read_offer(ebay, offer_id))["pricingSummary"]["price"]["value"] == "12.34"


async def test_a_call_changes_one_sku(ebay: EbayClient) -> None:
    offer_id = await offered(ebay, "one")
    good = change("one", [{"offerId": offer_id, "availableQuantity": 1}])
    two = {"requests": [*good["requests"], *good["requests"]]}
    many = change("one", [{"offerId": str(number), "availableQuantity": 1} for number in range(26)])
    wrongs: list[dict[str, Any]] = [two, many, {"requests": []}, change("one", [])]
    for wrong in wrongs:
        assert (await ebay.call("POST", BULK, wrong)).error_ids == [25709]
    assert (await ebay.call("POST", BULK, change("unknown", [], 1))).error_ids == [25702]
    assert (await ebay.call("POST", BULK, {"requests": "all"})).error_ids == [2004]
    for quantity in (-1, None):
        body: dict[str, Any] = {"requests": [{"sku": "one", "shipToLocationAvailability": {"quantity": quantity}}]}
        assert (await ebay.call("POST", BULK, body)).status == 207


async def test_a_sale_lowers_what_is_left(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "sold")
    shops = ebay.server.sandbox.book.shops.values()
    shop = next(shop for shop in shops if listing_id in shop.listings)
    take_from_listing(shop, listing_id, 2)
    found = await read_offer(ebay, offer_id)
    assert (found["availableQuantity"], found["listing"]["soldQuantity"]) == (0, 2)
    assert found["listing"]["listingStatus"] == "OUT_OF_STOCK"
    with pytest.raises(ValueError, match="has not 1"):
        take_from_listing(shop, listing_id, 1)
    return_to_listing(shop, listing_id, 1)
    assert (await read_offer(ebay, offer_id))["listing"]["listingStatus"] == "ACTIVE"
    await ebay.control("POST", "listings/end", {"seller": "EBAY_DE", "listing_id": listing_id})
    return_to_listing(shop, listing_id, 1)
    assert (await read_offer(ebay, offer_id))["listing"]["listingStatus"] == "ENDED"


async def test_an_order_takes_from_its_listing(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "ordered")
    order = {"seller": "EBAY_DE", "lines": [{"listing_id": listing_id}]}
    made = await ebay.control("POST", "orders", order)
    assert (await read_offer(ebay, offer_id))["availableQuantity"] == 1
    shop = next(shop for shop in ebay.server.sandbox.book.shops.values() if listing_id in shop.listings)
    relist(shop, shop.orders.made[made["orderId"]])
    assert (await read_offer(ebay, offer_id))["availableQuantity"] == 2


async def test_many_listings_can_be_there_at_once(ebay: EbayClient) -> None:
    made = await ebay.control("POST", "listings/ready", {"seller": "EBAY_US", "count": 300})
    page = await ebay.call("GET", f"{INVENTORY}/inventory_item?limit=200&offset=1", seller="EBAY_US")
    assert (page.body["total"], page.body["size"]) == (300, 100)
    offer = await ebay.call("GET", f"{INVENTORY}/offer?sku={made['listings'][7]['sku']}", seller="EBAY_US")
    assert offer.body["offers"][0]["listing"]["listingId"] == made["listings"][7]["listingId"]
    wrong = {"seller": "EBAY_US", "count": 1}
    refused = await ebay.send("POST", "/_sandbox/listings/ready", wrong, **{"X-Sandbox-Token": "admin"})
    assert refused.status == 422


async def test_old_listings_come_in_by_migration(ebay: EbayClient) -> None:
    ids = []
    for old in ({"sku": "old"}, {}, {"sku": "unruly", "has_policies": False}):
        order = {"seller": "EBAY_GB", "title": "Old", "price": "5.00", **old}
        ids.append((await ebay.control("POST", "listings/old", order))["listingId"])
    asked = {"requests": [{"listingId": listing_id} for listing_id in [*ids, "99"]]}
    got = await ebay.call("POST", MIGRATE, asked, seller="EBAY_GB")
    assert (got.status, [part["statusCode"] for part in got.body["responses"]]) == (207, [200, 400, 400, 404])
    offer_id = got.body["responses"][0]["inventoryItems"][0]["offerId"]
    found = await ebay.call("GET", f"{INVENTORY}/offer/{offer_id}", seller="EBAY_GB")
    assert (found.body["listing"]["listingId"], found.body["status"]) == (ids[0], "PUBLISHED")
    assert (await ebay.call("POST", MIGRATE, {"requests": asked["requests"] * 2}, seller="EBAY_GB")).error_ids == [
        25709
    ]
