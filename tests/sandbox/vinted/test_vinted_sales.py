"""What was sold: the list of orders, transactions, and what becomes of them."""

from typing import Any

import pytest

from tests.sandbox.vinted.shelf import put_up, wardrobe
from tests.sandbox.vinted.site_browser import SiteBrowser

SOLD = "/my_orders?type=sold&status={}&per_page=96"


async def orders(site: SiteBrowser, status: str = "all") -> list[dict[str, Any]]:
    got = await site.call("GET", SOLD.format(status))
    assert got.status == 200, got
    found: list[dict[str, Any]] = got.body["my_orders"]
    return found


async def transaction(site: SiteBrowser, number: int) -> dict[str, Any]:
    got = await site.call("GET", f"/transactions/{number}")
    assert got.status == 200, got
    found: dict[str, Any] = got.body["transaction"]
    return found


async def test_a_sale_is_listed_without_item_and_buyer(site: SiteBrowser) -> None:
    item_id = await put_up(site, price=20)
    made = await site.control("POST", "sell", {"item_ids": [item_id], "buyer": "anna", "price": "18.00"})
    listed = (await orders(site))[0]
    assert (listed["transaction_id"], listed["title"]) == (made["id"], "Ribbed vase")
    assert (listed["price"], listed["transaction_user_status"]) == (
        {"amount": "18.0", "currency_code": "EUR"}, "needs_action",
    )  # fmt: skip
    assert not {"item_id", "buyer", "buyer_id"} & set(listed)
    shown = await transaction(site, made["id"])
    assert (shown["item_ids"], shown["buyer"]["login"], shown["offer"]["price"]["amount"]) == (
        [item_id],
        "anna",
        "18.0",
    )
    assert (shown["shipment"]["price"]["amount"], shown["service_fee"]["amount"]) == ("3.29", "1.7")


async def test_a_bundle_has_several_items(site: SiteBrowser) -> None:
    ids = [await put_up(site, price=5), await put_up(site, price=7.25)]
    made = await site.control("POST", "sell", {"item_ids": ids})
    assert (made["is_bundle"], made["item_ids"], made["offer"]["price"]["amount"]) == (True, ids, "12.25")
    assert (await orders(site))[0]["title"] == "Bundle of 2 items"


@pytest.mark.parametrize(
    ("stage", "number", "group"),
    [
        ("awaiting_payment", 120, "in_progress"),
        ("shipped", 250, "in_progress"),
        ("completed", 450, "completed"),
        ("cancelled", 510, "cancelled"),
        ("of another world", 999, "in_progress"),
    ],
)
async def test_a_sale_moves_on(site: SiteBrowser, stage: str, number: int, group: str) -> None:
    item_id = await put_up(site)
    made = await site.control("POST", "sell", {"item_ids": [item_id]})
    told = {"transaction_id": made["id"], "stage": stage, "carrier": "DHL", "tracking": "JJD1"}
    await site.control("POST", "sales/move", told)
    shown = await transaction(site, made["id"])
    assert (shown["status"], shown["shipment"]["tracking_code"]) == (number, "JJD1")
    for each in ("in_progress", "completed", "cancelled"):
        is_in = made["id"] in [order["transaction_id"] for order in await orders(site, each)]
        assert is_in == (each == group)
    listed = next(item for item in await wardrobe(site) if item["id"] == item_id)
    assert listed["is_closed"] == (stage != "cancelled")


async def test_a_part_is_paid_back(site: SiteBrowser) -> None:
    made = await site.control("POST", "sell", {"item_ids": [await put_up(site)]})
    await site.control("POST", "sales/refund", {"transaction_id": made["id"], "amount": "4"})
    assert [each["amount"]["amount"] for each in (await transaction(site, made["id"]))["refunds"]] == ["4.0"]


async def test_orders_may_be_missing_and_odd(site: SiteBrowser) -> None:
    made = await site.control("POST", "sell", {"item_ids": [await put_up(site)]})
    whole = await site.call("GET", SOLD.format("all"))
    await site.control("POST", "sales/spoil", {"transaction_id": made["id"], "fields": {"date": 7, "buyer": None}})
    assert (await orders(site))[0]["date"] == 7
    assert (await transaction(site, made["id"]))["buyer"] is None
    await site.control("POST", "sales/hole", {"transaction_id": made["id"]})
    got = await site.call("GET", SOLD.format("all"))
    assert len(got.body["my_orders"]) == len(whole.body["my_orders"]) - 1
    assert got.body["pagination"] == whole.body["pagination"]


async def test_sales_are_their_sellers(site: SiteBrowser, other: SiteBrowser) -> None:
    made = await site.control("POST", "sell", {"item_ids": [await put_up(site)]})
    assert await orders(other) == []
    assert (await other.call("GET", f"/transactions/{made['id']}")).refusal == (404, "not_found")
    assert (await site.call("GET", "/my_orders?type=purchased")).body["my_orders"] == []


@pytest.mark.parametrize("query", ["type=given", "status=lost", "type="])
async def test_other_lists_are_unknown(site: SiteBrowser, query: str) -> None:
    assert (await site.call("GET", f"/my_orders?{query}")).refusal == (400, "validation_error")


async def test_what_is_not_on_sale_is_not_sold(site: SiteBrowser) -> None:
    item_id = await put_up(site)
    await site.control("POST", "sell", {"item_ids": [item_id]})
    for ids in ([item_id], [5], []):
        assert (await site.ask_control("POST", "sell", {"item_ids": ids})).status == 422
