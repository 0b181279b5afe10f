"""How an offer becomes a listing on the stand-in of eBay, and everything that keeps it from that."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.shelf import (
    INVENTORY,
    PICTURE,
    item_body,
    listed,
    offer_body,
    offered,
    publish,
    put_item,
    read_offer,
)

OFFER = f"{INVENTORY}/offer"


async def test_an_offer_is_made_found_published_and_withdrawn(ebay: EbayClient) -> None:
    assert (await ebay.call("GET", f"{OFFER}?sku=whole")).error_ids == [25713]
    offer_id = await offered(ebay, "whole")
    found = (await ebay.call("GET", f"{OFFER}?sku=whole")).body["offers"]
    assert [(offer["offerId"], offer["status"]) for offer in found] == [(offer_id, "UNPUBLISHED")]
    got = await publish(ebay, offer_id)
    assert (got.status, got.body["warnings"]) == (200, [])
    live = await read_offer(ebay, offer_id)
    assert (live["status"], live["listing"]["listingId"]) == ("PUBLISHED", got.body["listingId"])
    assert (await publish(ebay, offer_id)).error_ids == [25002]
    withdrawn = await ebay.call("POST", f"{OFFER}/{offer_id}/withdraw")
    assert withdrawn.body == {"listingId": got.body["listingId"]}
    again = await ebay.call("POST", f"{OFFER}/{offer_id}/withdraw")
    assert (again.status, again.error_ids) == (400, [25713])
    assert (await read_offer(ebay, offer_id))["status"] == "UNPUBLISHED"
    relisted = await publish(ebay, offer_id)
    assert relisted.body["listingId"] != got.body["listingId"]


async def test_a_sku_has_one_offer_on_one_marketplace(ebay: EbayClient) -> None:
    offer_id = await offered(ebay, "once")
    for marketplace in ("EBAY_DE", "EBAY_FR"):
        refused = await ebay.call("POST", OFFER, await offer_body(ebay, "once", marketplaceId=marketplace))
        assert (refused.status, refused.error_ids) == (400, [25002])
        assert {"name": "offerId", "value": offer_id} in refused.body["errors"][0]["parameters"]


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"sku": "unknown"}, 25702),
        ({"sku": None}, 25702),
        ({"marketplaceId": "EBAY_MOON"}, 25709),
        ({"format": "AUCTION"}, 25709),
        ({"format": "SWAP"}, 2004),
        ({"availableQuantity": -1}, 25709),
        ({"availableQuantity": "2"}, 2004),
        ({"listingDuration": "DAYS_7"}, 25709),
        ({"pricingSummary": {"price": {"value": 12.34, "currency": "EUR"}}}, 2004),
        ({"listingDescription": "x" * 500_001}, 25709),
        ({"prize": 1}, 2004),
    ],
)
async def test_an_offer_that_cannot_be_is_refused(ebay: EbayClient, changes: dict[str, Any], error_id: int) -> None:
    await put_item(ebay, "never")
    assert (await ebay.call("POST", OFFER, await offer_body(ebay, "never") | changes)).error_ids == [error_id]
    assert (await ebay.call("GET", f"{OFFER}?sku=never")).status == 404


async def test_offers_need_a_language_and_a_sku_too(ebay: EbayClient) -> None:
    await put_item(ebay, "mute")
    refused = await ebay.call("POST", OFFER, await offer_body(ebay, "mute"), **{"Content-Language": ""})
    assert refused.error_ids == [25709]
    assert (await ebay.call("GET", OFFER)).error_ids == [25709]


PRODUCT = item_body()["product"]
EUR = {"value": "12.34", "currency": "EUR"}
# What is changed in the item and in the offer, and what eBay says.
SPOILED: dict[str, tuple[dict[str, Any], dict[str, Any], list[int]]] = {
    "no price": ({}, {"pricingSummary": {}}, [25003]),
    "price of nothing": ({}, {"pricingSummary": {"price": EUR | {"value": "0.00"}}}, [25003]),
    "price with three places": ({}, {"pricingSummary": {"price": EUR | {"value": "1.234"}}}, [25003]),
    "price of another market": ({}, {"pricingSummary": {"price": EUR | {"currency": "USD"}}}, [25003]),
    "no quantity": ({"availability": None}, {}, [25004]),
    "none offered": ({}, {"availableQuantity": 0}, [25004]),
    "no category": ({}, {"categoryId": None}, [25005]),
    "a branch": ({}, {"categoryId": "11450"}, [25005]),
    "no policies": ({}, {"listingPolicies": None}, [25007, 25008, 25009]),
    "no location": ({}, {"merchantLocationKey": None}, [25002]),
    "unknown location": ({}, {"merchantLocationKey": "moon"}, [25012]),
    "no title": ({"product": PRODUCT | {"title": " "}}, {}, [25017]),
    "no condition": ({"condition": None}, {}, [25021]),
    "part number without brand": ({"product": PRODUCT | {"mpn": "1"}}, {}, [25002]),
    "no picture": ({"product": PRODUCT | {"imageUrls": []}}, {}, [25002]),
    "many pictures": ({"product": PRODUCT | {"imageUrls": [f"{PICTURE}?{n}" for n in range(25)]}}, {}, [25014]),
    "open picture": ({"product": PRODUCT | {"imageUrls": ["http://example.org/1.jpg"]}}, {}, [25015]),
    "no address": ({"product": PRODUCT | {"imageUrls": ["https://[", "picture"]}}, {}, [25015, 25015]),
    "missing aspects": ({}, {"categoryId": "261186"}, [25002, 25002, 25002]),
    "two values": ({"product": PRODUCT | {"aspects": {"Material": ["Glas", "Keramik"]}}}, {}, [25002]),
}


@pytest.mark.parametrize("name", SPOILED)
async def test_what_is_missing_is_said_when_it_is_published(ebay: EbayClient, name: str) -> None:
    item, offer, error_ids = SPOILED[name]
    offer_id = await offered(ebay, f"spoiled-{list(SPOILED).index(name)}", item=item, offer=offer)
    refused = await publish(ebay, offer_id)
    assert (refused.status, refused.error_ids) == (400, error_ids)
    assert (await read_offer(ebay, offer_id))["status"] == "UNPUBLISHED"


async def test_aspects_are_judged_by_the_category_and_its_language(ebay: EbayClient) -> None:
    aspects = {"Farbe": ["Blau", "Grün"], "Größe": ["M"], "Abteilung": ["Menschen"]}
    product = PRODUCT | {"brand": "Eigenbau", "aspects": aspects}
    offer_id = await offered(ebay, "jacket", item={"product": product}, offer={"categoryId": "57988"})
    refused = await publish(ebay, offer_id)
    assert refused.error_ids == [25002]
    assert {"name": "2", "value": "Abteilung"} in refused.body["errors"][0]["parameters"]
    aspects["Abteilung"] = ["Herren"]
    await put_item(ebay, "jacket", product=product)
    assert (await publish(ebay, offer_id)).status == 200


async def test_a_second_write_of_a_sku_is_refused_meanwhile(ebay: EbayClient) -> None:
    offer_id = await offered(ebay, "busy")
    await ebay.control("POST", "pace", {"write_s": 0.1})
    found = await asyncio.gather(publish(ebay, offer_id), publish(ebay, offer_id), put_item(ebay, "not-busy"))
    assert sorted(got.status for got in found) == [200, 201, 500]
    assert [got.error_ids for got in found if got.status == 500] == [[25025]]


async def test_a_live_offer_is_revised_as_often_as_ebay_allows(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "often")
    fresh = await offer_body(ebay, "often", pricingSummary={"price": EUR | {"value": "9.99"}})
    assert (await ebay.call("PUT", f"{OFFER}/{offer_id}", fresh)).body == {"offerId": offer_id}
    poorer = {name: value for name, value in fresh.items() if name != "listingDescription"}
    assert (await ebay.call("PUT", f"{OFFER}/{offer_id}", poorer)).error_ids == [25017]
    shop = ebay.server.sandbox.book.shops[(await ebay.control("GET", "sellers"))["sellers"][0]["user_id"]]
    assert shop.listings[listing_id]["price"]["value"] == "9.99"
    for day in list(shop.revisions):
        shop.revisions[day] = 250
    assert (await ebay.call("PUT", f"{OFFER}/{offer_id}", fresh)).error_ids == [25019]


async def test_a_listing_on_hold_warns_or_is_locked(ebay: EbayClient) -> None:
    _, listing_id = await listed(ebay, "hold")
    order = {"seller": "EBAY_DE", "listing_id": listing_id}
    await ebay.control("POST", "listings/hold", order)
    warned = await put_item(ebay, "hold")
    assert (warned.status, [warning["errorId"] for warning in warned.body["warnings"]]) == (200, [25096])
    await ebay.control("POST", "listings/hold", order | {"hold": "LOCKED"})
    assert (await put_item(ebay, "hold")).error_ids == [25097]


async def test_a_listing_begins_although_nobody_hears_of_it(ebay: EbayClient) -> None:
    offer_id = await offered(ebay, "unheard")
    await ebay.control("POST", "faults", {"call": "inventory.publish_offer", "kind": "answer_lost"})
    with pytest.raises(aiohttp.ClientError):
        await publish(ebay, offer_id)
    assert (await read_offer(ebay, offer_id))["status"] == "PUBLISHED"


async def test_ebay_can_end_a_listing(ebay: EbayClient) -> None:
    offer_id, listing_id = await listed(ebay, "ended")
    await ebay.control("POST", "listings/end", {"seller": "EBAY_DE", "listing_id": listing_id})
    found = await read_offer(ebay, offer_id)
    assert (found["status"], found["listing"]["listingStatus"]) == ("UNPUBLISHED", "ENDED")
