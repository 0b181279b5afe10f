"""What is sent and what is paid back: neither is safe to repeat, and refunds settle later."""

from datetime import timedelta

import pytest

from tests.sandbox.ebay.ebay_client import EbayClient, Got

ORDERS = "/sell/fulfillment/v1/order"


async def sell(ebay: EbayClient, **sale: object) -> tuple[str, list[str]]:
    made = await ebay.control("POST", "orders", {"seller": "EBAY_US", "lines": [{"price": "10.00"}]} | sale)
    return made["orderId"], made["lineItemIds"]


async def order(ebay: EbayClient, order_id: str) -> dict[str, object]:
    found: dict[str, object] = (await ebay.call("GET", f"{ORDERS}/{order_id}", seller="EBAY_US")).body
    return found


async def refund(ebay: EbayClient, order_id: str, body: object) -> Got:
    return await ebay.call("POST", f"{ORDERS}/{order_id}/issue_refund", body, seller="EBAY_US")


def of_order(value: object, currency: object = "USD") -> dict[str, object]:
    amount = {"value": value, "currency": currency}
    return {"reasonForRefund": "BUYER_CANCEL", "orderLevelRefundAmount": amount}


def of_line(line_id: object, value: object) -> dict[str, object]:
    item = {"lineItemId": line_id, "refundAmount": {"value": value, "currency": "USD"}}
    return {"reasonForRefund": "BUYER_CANCEL", "refundItems": [item]}


def later(ebay: EbayClient, **time: float) -> None:
    ebay.server.sandbox.clock.skew += timedelta(**time)


@pytest.mark.parametrize(
    ("body", "status", "error_id"),
    [
        (b"", 400, 34902),
        ({"orderLevelRefundAmount": {"value": "1.00", "currency": "USD"}}, 400, 34903),
        ({"reasonForRefund": "MOOD", "orderLevelRefundAmount": {"value": "1", "currency": "USD"}}, 400, 34903),
        ({"reasonForRefund": "BUYER_CANCEL"}, 400, 34905),
        (of_order("1.00") | of_line("1", "1.00"), 400, 34905),
        (of_order(None), 400, 34906),
        (of_order("-1.00"), 400, 34907),
        (of_order("1.001"), 400, 34907),
        (of_order("NaN"), 400, 34907),
        (of_order("much"), 400, 34907),
        (of_order("1.00", None), 400, 34908),
        (of_order("1.00", "EUR"), 400, 34909),
        (of_line(None, "1.00"), 400, 34910),
        (of_line("1", "1.00"), 400, 34914),
        (of_order("10.01"), 400, 34915),
        (of_order("1.00") | {"comment": "x" * 101}, 400, 34921),
        (of_order("1.00") | {"comment": 7}, 400, 2004),
        (b"[", 400, 2004),
    ],
)
async def test_a_refund_that_says_too_little_is_refused(
    ebay: EbayClient, body: object, status: int, error_id: int
) -> None:
    order_id, _ = await sell(ebay)
    refused = await refund(ebay, order_id, body)
    assert (refused.status, refused.error_ids) == (status, [error_id])


async def test_a_refund_settles_later_and_is_not_safe_to_repeat(ebay: EbayClient) -> None:
    order_id, _ = await sell(ebay)
    asked = await refund(ebay, order_id, of_order("4.00"))
    assert (asked.status, asked.body["refundStatus"]) == (200, "PENDING")
    assert (await refund(ebay, order_id, of_order("4.00"))).error_ids == [34922]
    pending = await order(ebay, order_id)
    assert pending["orderPaymentStatus"] == "PAID"
    later(ebay, minutes=6)
    settled = await order(ebay, order_id)
    assert settled["orderPaymentStatus"] == "PARTIALLY_REFUNDED"
    assert settled["paymentSummary"]["refunds"][0]["refundStatus"] == "REFUNDED"  # type: ignore[index]
    assert (await refund(ebay, order_id, of_order("6.01"))).error_ids == [34915]
    assert (await refund(ebay, order_id, of_order("6.00"))).status == 200
    later(ebay, minutes=6)
    assert (await order(ebay, order_id))["orderPaymentStatus"] == "FULLY_REFUNDED"
    assert (await refund(ebay, order_id, of_order("1.00"))).error_ids == [34915]


async def test_lines_are_paid_back_up_to_what_was_paid(ebay: EbayClient) -> None:
    order_id, (first, second) = await sell(ebay, lines=[{"price": "10.00"}, {"price": "5.00"}], delivery="2.00")
    assert (await refund(ebay, order_id, of_line(first, "12.01"))).error_ids == [34924]
    done = await refund(ebay, order_id, of_line(second, "5.00"))
    later(ebay, minutes=6)
    lines = (await order(ebay, order_id))["lineItems"]
    assert isinstance(lines, list)
    assert [refunds["refundId"] for refunds in lines[1]["refunds"]] == [done.body["refundId"]]
    assert (await refund(ebay, order_id, of_line(second, "0.01"))).status == 409


async def test_a_refund_can_fail_and_then_nothing_was_paid_back(ebay: EbayClient) -> None:
    order_id, _ = await sell(ebay)
    await ebay.control("POST", "orders/refunds", {"seller": "EBAY_US", "takes_s": 60, "succeed": False})
    await refund(ebay, order_id, of_order("10.00"))
    later(ebay, minutes=2)
    failed = await order(ebay, order_id)
    assert failed["orderPaymentStatus"] == "PAID"
    assert failed["paymentSummary"]["refunds"][0]["refundStatus"] == "FAILED"  # type: ignore[index]
    await ebay.control("POST", "orders/refunds", {"seller": "EBAY_US", "takes_s": 300, "succeed": True})
    assert (await refund(ebay, order_id, of_order("10.00"))).status == 200


async def test_tax_that_ebay_collects_is_never_paid_back(ebay: EbayClient) -> None:
    order_id, _ = await sell(ebay, collected_tax="2.00")
    assert (await refund(ebay, order_id, of_order("12.00"))).error_ids == [34915]
    assert (await refund(ebay, order_id, of_order("10.00"))).status == 200


async def test_an_order_that_is_not_paid_or_not_there_is_not_paid_back(ebay: EbayClient) -> None:
    unpaid, _ = await sell(ebay, paid=False)
    refused = await refund(ebay, unpaid, of_order("1.00"))
    assert (refused.status, refused.error_ids) == (409, [34929])
    unknown = await refund(ebay, "12-99999-99999", of_order("1.00"))
    assert (unknown.status, unknown.error_ids) == (404, [34913])
    scopes = {"Authorization": f"Bearer {await ebay.token('EBAY_US', ['sell.fulfillment'])}"}
    denied = await ebay.send("POST", f"{ORDERS}/{unpaid}/issue_refund", of_order("1.00"), **scopes)
    assert (denied.status, denied.error_ids) == (403, [1100])


async def test_a_seller_pays_back_on_ebays_own_pages(ebay: EbayClient) -> None:
    order_id, _ = await sell(ebay)
    named = {"seller": "EBAY_US", "order_id": order_id}
    await ebay.control("POST", "orders/refund", named | {"amount": "3.00"})
    later(ebay, minutes=6)
    assert (await order(ebay, order_id))["orderPaymentStatus"] == "PARTIALLY_REFUNDED"
    await ebay.control("POST", "orders/refund", named)
    later(ebay, minutes=6)
    assert (await order(ebay, order_id))["orderPaymentStatus"] == "FULLY_REFUNDED"


async def ship(ebay: EbayClient, order_id: str, body: object) -> Got:
    return await ebay.call("POST", f"{ORDERS}/{order_id}/shipping_fulfillment", body, seller="EBAY_US")


async def test_a_parcel_is_said_to_be_sent_and_said_again_it_is_two(ebay: EbayClient) -> None:
    order_id, (first, second) = await sell(ebay, lines=[{"quantity": 2}, {}])
    parcel = {"lineItems": [{"lineItemId": first, "quantity": 1}]}
    tracked = parcel | {"shippingCarrierCode": "DHL", "trackingNumber": "JJD000390"}
    made = await ship(ebay, order_id, tracked)
    assert (made.status, made.body) == (201, {})
    shipment = await ebay.call("GET", made.headers["Location"].removeprefix(ebay.server.url), seller="EBAY_US")
    assert shipment.body["shipmentTrackingNumber"] == "JJD000390"
    assert (await order(ebay, order_id))["orderFulfillmentStatus"] == "IN_PROGRESS"
    again = await ship(ebay, order_id, tracked)
    assert again.headers["Location"] != made.headers["Location"]
    listed = await ebay.call("GET", f"{ORDERS}/{order_id}/shipping_fulfillment", seller="EBAY_US")
    assert listed.body["total"] == 2
    await ship(ebay, order_id, {"lineItems": [{"lineItemId": second}]})
    assert (await order(ebay, order_id))["orderFulfillmentStatus"] == "FULFILLED"


@pytest.mark.parametrize(
    ("body", "error_id"),
    [
        ({"trackingNumber": "JJD 000", "shippingCarrierCode": "DHL"}, 32300),
        ({"trackingNumber": "JJD-000", "shippingCarrierCode": "DHL"}, 32300),
        ({"trackingNumber": "JJD000"}, 32300),
        ({"shippingCarrierCode": "DHL"}, 32300),
        ({"lineItems": [{"lineItemId": "1"}]}, 32200),
        ({"lineItems": []}, 32600),
        ({"lineItems": [{"quantity": 1}]}, 2004),
        ({"shippedDate": "yesterday"}, 32500),
        ({"shippedDate": "2020-01-01T00:00:00.000Z"}, 32500),
        (b"", 2004),
    ],
)
async def test_a_parcel_that_cannot_be_is_refused(ebay: EbayClient, body: object, error_id: int) -> None:
    order_id, _ = await sell(ebay)
    refused = await ship(ebay, order_id, body)
    assert (refused.status, refused.error_ids) == (400, [error_id])


async def test_lines_of_a_parcel_are_named_once_and_with_what_was_ordered(ebay: EbayClient) -> None:
    order_id, (line,) = await sell(ebay)
    for lines, error_id in (
        ([{"lineItemId": line}, {"lineItemId": line}], 32210),
        ([{"lineItemId": line, "quantity": 2}], 32600),
        ([{"lineItemId": line, "quantity": 0}], 32600),
    ):
        assert (await ship(ebay, order_id, {"lineItems": lines})).error_ids == [error_id]
    await ebay.control("POST", "orders/cancel", {"seller": "EBAY_US", "order_id": order_id})
    assert (await ship(ebay, order_id, {})).error_ids == [32600]
    assert (await ship(ebay, "12-99999-99999", {})).error_ids == [32100]
    path = f"{ORDERS}/{order_id}/shipping_fulfillment/1"
    assert (await ebay.call("GET", path, seller="EBAY_US")).error_ids == [32110]
