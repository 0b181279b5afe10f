"""What buyers buy at the stand-in of Etsy: lists with holes, money with divisors, parcels, payments, refunds."""

from typing import Any

import pytest

from tests.sandbox.etsy.etsy_client import EtsyClient
from tests.sandbox.etsy.shelf import active, read

RECEIPTS = "/shops/{shop}/receipts"


async def sold(etsy: EtsyClient, **sale: Any) -> dict[str, Any]:
    given = {"shop": "DE", "lines": [{"price": "10.00", "sku": "CUP"}]} | sale
    return dict(await etsy.control("POST", "sell", given))


async def one(etsy: EtsyClient, receipt: dict[str, Any], path: str = "", shop: str = "DE") -> Any:
    got = await etsy.call("GET", f"{RECEIPTS}/{receipt['receipt_id']}{path}", shop=shop)
    assert got.status == 200
    return got.body


async def ids(etsy: EtsyClient, query: str, shop: str = "DE") -> list[int]:
    got = await etsy.call("GET", f"{RECEIPTS}?limit=100&{query}", shop=shop)
    assert got.status == 200, got
    return [each["receipt_id"] for each in got.body["results"]]


async def fresh_shop(etsy: EtsyClient) -> str:
    """The id of a shop that nobody else sells in."""
    number = etsy.server.sandbox.number()
    seller = {"user_id": number, "shop_id": number, "shop_name": "Fresh", "country": "", "currency": "EUR"}
    await etsy.control("POST", "shops", seller)
    return str(number)


async def test_a_sale_has_its_sums_and_takes_from_the_listing(etsy: EtsyClient) -> None:
    listing_id = await active(etsy, title="Cup's")
    lines = [{"listing_id": listing_id, "quantity": 2}, {"price": "5.00", "title": "Other"}]
    amounts = {"shipping": "4.90", "tax": "1.10", "vat": "2.00", "discount": "3.00", "gift_wrap": "0.50"}
    made = await sold(etsy, lines=lines, country="FR", **amounts)
    found = await one(etsy, made)
    assert found == made
    assert {name: found[name]["amount"] for name in ("total_price", "subtotal", "grandtotal", "discount_amt")} == {
        "total_price": 2968,
        "subtotal": 2668,
        "grandtotal": 3518,
        "discount_amt": 300,
    }
    assert (found["status"], found["is_paid"], found["country_iso"], found["buyer_email"]) == ("Paid", True, "FR", None)
    [first, second] = found["transactions"]
    assert (first["listing_id"], first["quantity"], first["price"]["amount"]) == (listing_id, 2, 1234)
    assert (first["title"], second["listing_id"], second["title"]) == ("Cup&#39;s", None, "Other")
    assert (await one(etsy, made, "/transactions"))["results"] == found["transactions"]
    assert (await read(etsy, listing_id))["quantity"] == 1


async def test_what_is_not_there_is_not_sold(etsy: EtsyClient) -> None:
    listing_id = await active(etsy)
    before = len(etsy.shop().receipts.made)
    nothing: dict[str, Any] = {}
    for line in ({"listing_id": listing_id, "quantity": 4}, {"listing_id": 5}, {"price": "much"}, nothing, None):
        lines = [] if line is None else [line]
        refused = await etsy.send(
            "POST", "/_sandbox/sell", {"shop": "DE", "lines": lines}, **{"X-Sandbox-Token": "admin"}
        )
        assert refused.status == 422
    assert len(etsy.shop().receipts.made) == before


@pytest.mark.parametrize(("divisor", "amount"), [(1, 12), (100, 1234), (1000, 12340)])
async def test_money_has_the_divisor_of_the_shop(etsy: EtsyClient, divisor: int, amount: int) -> None:
    made = await sold(etsy, shop="JP", lines=[{"price": "12.34"}])
    await etsy.control("POST", "shops/money", {"shop": "JP", "divisor": divisor})
    found = await one(etsy, made, shop="JP")
    assert found["grandtotal"] == {"amount": amount, "divisor": divisor, "currency_code": "JPY"}


async def test_lists_are_of_a_time_in_an_order(etsy: EtsyClient) -> None:
    now_s, shop = etsy.server.sandbox.now_s, await fresh_shop(etsy)
    made = [(await sold(etsy, shop=shop, at_s=now_s - 1_000 + at))["receipt_id"] for at in (0, 10, 20, 30)]
    await etsy.control("POST", "receipts/change", {"shop": shop, "receipt_id": made[0], "updated_s": now_s - 5})
    span = f"min_last_modified={now_s - 990}&max_last_modified={now_s - 5}"
    assert await ids(etsy, f"{span}&sort_on=updated&sort_order=asc", shop) == [*made[1:], made[0]]
    assert await ids(etsy, f"{span}&sort_on=updated", shop) == [made[0], *reversed(made[1:])]
    assert await ids(etsy, f"max_last_modified={now_s - 980}", shop) == [made[2], made[1]]
    assert await ids(etsy, f"min_created={now_s - 1_000}&max_created={now_s - 990}&sort_order=up", shop) == made[:2]
    assert await ids(etsy, f"{span}&offset=3", shop) == made[:1]
    for query in (
        "limit=101", "limit=0", "offset=-1", "sort_on=price", "sort_order=x", "min_last_modified=5",
        "min_last_modified=now", "was_paid=maybe", "min_created=99999999999999999999",
    ):  # fmt: skip
        assert (await etsy.call("GET", f"{RECEIPTS}?{query}")).status == 400, query


async def test_lists_are_of_what_was_paid_sent_or_cancelled(etsy: EtsyClient) -> None:
    await etsy.control("POST", "shops/money", {"shop": "JP", "divisor": 1})
    paid, unpaid, gone = [(await sold(etsy, shop="JP", is_paid=paid))["receipt_id"] for paid in (True, False, True)]
    await etsy.control("POST", "receipts/cancel", {"shop": "JP", "receipt_id": gone})
    mine = {paid, unpaid, gone}
    assert set(await ids(etsy, "was_paid=false", "JP")) & mine == {unpaid}
    assert set(await ids(etsy, "was_canceled=true", "JP")) & mine == {gone}
    assert set(await ids(etsy, "was_paid=true&was_canceled=false&was_shipped=false", "JP")) & mine == {paid}
    assert (await one(etsy, {"receipt_id": unpaid}, shop="JP"))["status"] == "Payment Processing"
    await etsy.control("POST", "receipts/pay", {"shop": "JP", "receipt_id": unpaid})
    assert (await one(etsy, {"receipt_id": unpaid}, shop="JP"))["status"] == "Paid"


async def test_pages_have_holes_and_move_while_they_are_read(etsy: EtsyClient) -> None:
    shop = await fresh_shop(etsy)
    made = (await etsy.control("POST", "receipts/generate", {"shop": shop, "count": 10, "step_s": 60}))["receipt_ids"]
    await etsy.control("POST", "receipts/hole", {"shop": shop, "receipt_id": made[1]})
    path = f"{RECEIPTS}?sort_on=updated&sort_order=asc&limit=4"
    page = (await etsy.call("GET", path, shop=shop)).body
    assert ([each["receipt_id"] for each in page["results"]], page["count"]) == ([*made[:1], *made[2:4]], 10)
    assert (await etsy.call("GET", f"{RECEIPTS}/{made[1]}", shop=shop)).status == 200
    await etsy.control("POST", "receipts/paging", {"shop": shop, "moves_each_page": 2, "sales_each_page": 1})
    await etsy.call("GET", path, shop=shop)
    after = (await etsy.call("GET", f"{path}&offset=4", shop=shop)).body
    # Two have moved to the end: the page begins with what would have been its third.
    assert (after["results"][0]["receipt_id"], after["count"]) == (made[6], 11)


async def test_a_parcel_needs_a_number_and_comes_again_with_each_call(etsy: EtsyClient) -> None:
    made = await sold(etsy)
    path = f"{RECEIPTS}/{made['receipt_id']}/tracking"
    tracking = {"tracking_code": "00340434", "carrier_name": "dhl"}
    assert (await etsy.call("POST", path, {})).seen == (400, "A tracking number is required")
    assert (await etsy.call("POST", path, {"tracking_code": "1"})).status == 400
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await etsy.call("POST", path, tracking, **typed)).seen == (400, "A tracking number is required")
    poor = await etsy.token("DE", ["transactions_r"])
    assert (await etsy.call("POST", path, tracking, Authorization=f"Bearer {poor}")).status == 403
    for _ in range(2):
        got = await etsy.form("POST", path, tracking)
    assert (got.status, got.body["is_shipped"], got.body["status"]) == (200, True, "Completed")
    shipments = (await one(etsy, made))["shipments"]
    assert [each["tracking_code"] for each in shipments] == ["00340434"] * 2
    assert shipments[0]["receipt_shipping_id"] != shipments[1]["receipt_shipping_id"]
    unknown = await etsy.call("POST", path, {"tracking_code": "1", "carrier_name": "pigeon"})
    assert unknown.body["shipments"][-1]["carrier_name"] is None
    carriers = await etsy.call("GET", "/shipping-carriers?origin_country_iso=DE")
    assert "dhl" in [each["name"] for each in carriers.body["results"]]


async def test_a_receipt_is_marked_as_sent_without_a_parcel(etsy: EtsyClient) -> None:
    made = await sold(etsy)
    path = f"{RECEIPTS}/{made['receipt_id']}"
    got = await etsy.call("PUT", path, {"was_shipped": True})
    assert (got.body["is_shipped"], got.body["status"], got.body["shipments"]) == (True, "Completed", [])
    assert (await etsy.call("PUT", path, {"was_shipped": None, "was_paid": False})).body["is_paid"] is False


async def test_what_is_cancelled_or_not_paid_is_not_sent(etsy: EtsyClient) -> None:
    tracking = {"tracking_code": "1", "carrier_name": "dhl"}
    for made in (await sold(etsy, is_paid=False), await sold(etsy)):
        if made["is_paid"]:
            await etsy.control("POST", "receipts/cancel", {"shop": "DE", "receipt_id": made["receipt_id"]})
        assert (await etsy.call("POST", f"{RECEIPTS}/{made['receipt_id']}/tracking", tracking)).status == 400


async def test_refunds_are_rows_and_decide_the_status(etsy: EtsyClient) -> None:
    made = await sold(etsy, shipping="2.00")
    order = {"shop": "DE", "receipt_id": made["receipt_id"]}
    await etsy.control("POST", "receipts/refund", order | {"amount": "4.00"})
    part = await one(etsy, made)
    assert (part["status"], [each["amount"]["amount"] for each in part["refunds"]]) == ("Partially Refunded", [400])
    await etsy.control("POST", "receipts/refund", order)
    full = await one(etsy, made)
    assert (full["status"], [each["amount"]["amount"] for each in full["refunds"]]) == ("Fully Refunded", [400, 800])
    assert full["grandtotal"]["amount"] == 1200
    too_much = await etsy.send(
        "POST", "/_sandbox/receipts/refund", order | {"amount": "0.01"}, **{"X-Sandbox-Token": "admin"}
    )
    assert too_much.status == 422


async def test_a_refund_may_leave_the_moment_of_change_as_it_was(etsy: EtsyClient) -> None:
    for changes in (True, False):
        made = await sold(etsy, at_s=etsy.server.sandbox.now_s - 500)
        await etsy.control("POST", "receipts/paging", {"shop": "DE", "refunds_change": changes})
        await etsy.control("POST", "receipts/refund", {"shop": "DE", "receipt_id": made["receipt_id"]})
        assert ((await one(etsy, made))["updated_timestamp"] != made["updated_timestamp"]) is changes
    await etsy.control("POST", "receipts/paging", {"shop": "DE", "refunds_change": True})


async def test_a_cancellation_pays_everything_back(etsy: EtsyClient) -> None:
    made = await sold(etsy)
    await etsy.control("POST", "receipts/cancel", {"shop": "DE", "receipt_id": made["receipt_id"]})
    found = await one(etsy, made)
    assert (found["status"], [each["amount"]["amount"] for each in found["refunds"]]) == ("Canceled", [1000])


async def test_payments_have_fees_or_are_not_there_yet(etsy: EtsyClient) -> None:
    made = await sold(etsy, fees="1.25")
    [payment] = (await one(etsy, made, "/payments"))["results"]
    assert [payment[name]["amount"] for name in ("amount_gross", "amount_fees", "amount_net")] == [1000, 125, 875]
    await etsy.control("POST", "receipts/refund", {"shop": "DE", "receipt_id": made["receipt_id"], "amount": "4.00"})
    [payment] = (await one(etsy, made, "/payments"))["results"]
    assert payment["adjusted_gross"]["amount"] == 600
    fresh = await sold(etsy, fees="")
    assert (await one(etsy, fresh, "/payments")) == {"count": 0, "results": []}
    change = {"shop": "DE", "receipt_id": fresh["receipt_id"], "fees": "2.00", "status": "On hold"}
    await etsy.control("POST", "receipts/change", change)
    assert (await one(etsy, fresh, "/payments"))["count"] == 1
    assert (await one(etsy, fresh))["status"] == "On hold"


async def test_answers_can_be_spoilt_and_others_stay_whole(etsy: EtsyClient) -> None:
    odd, whole = await sold(etsy), await sold(etsy)
    fields = {"grandtotal": None, "transactions": "none", "created_timestamp": -1}
    await etsy.control("POST", "receipts/spoil", {"shop": "DE", "receipt_id": odd["receipt_id"], "fields": fields})
    assert {name: (await one(etsy, odd))[name] for name in fields} == fields
    assert await one(etsy, whole) == whole


async def test_another_shops_receipt_is_not_there(etsy: EtsyClient) -> None:
    made = await sold(etsy)
    assert (await etsy.call("GET", f"{RECEIPTS}/{made['receipt_id']}", shop="US")).status == 404
    foreign = f"/shops/{etsy.shop('DE').shop_id}/receipts/{made['receipt_id']}"
    assert (await etsy.call("GET", foreign, shop="US")).status == 403
