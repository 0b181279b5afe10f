"""Records that cannot be read, or only in part: none costs another, and each is seen and asked for again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.channel_jobs.job import ChannelJobStatus
from models.orders.order import OrderStatus
from tests.worlds.ads import NOON
from tests.worlds.ebay_orders import EbayOrders

S = ChannelJobStatus
HOUR_AGO = int(NOON.timestamp()) - 3600


async def test_one_bad_record_becomes_a_problem_and_is_asked_for_again(ebay: EbayOrders) -> None:
    """frappe 338 and 351: one bad record ended the sync."""
    bad, good = ebay.sale(created_s=HOUR_AGO), ebay.sale(created_s=HOUR_AGO + 60)
    ebay.control("orders/spoil", order_id=bad, fields={"lineItems": "nonsense"})
    ebay.move(minutes=10)
    job = await ebay.sync()
    assert (job.status, [*await ebay.orders()]) == (S.SUCCEEDED, [good])
    assert [each["message"] for each in job.problems] == ["eBay's order cannot be read: it has no lineItems"]
    [retry] = await ebay.retries()
    assert (retry.external_id, retry.tries) == (bad, 1)
    ebay.move(minutes=16)
    job = await ebay.sync()
    [retry] = await ebay.retries()
    assert (retry.tries, len(job.problems)) == (2, 1)
    pause = retry.next_try_at - ebay.jobs.clock()
    assert pause == timedelta(minutes=30)
    ebay.move(minutes=31)
    ebay.shelf.spoiled.clear()
    job = await ebay.sync()
    assert (job.problems, await ebay.retries()) == ([], [])
    assert {*await ebay.orders()} == {bad, good}


async def test_a_bad_record_does_not_hold_the_watermark(ebay: EbayOrders) -> None:
    bad, good = ebay.sale(created_s=HOUR_AGO), ebay.sale(created_s=HOUR_AGO + 60)
    ebay.control("orders/spoil", order_id=bad, fields={"lineItems": None})
    ebay.shelf.made[bad]["_modified_s"] = HOUR_AGO
    await ebay.sync()
    channel = await ebay.seen()
    assert channel.orders_read_to == (await ebay.orders())[good].updated_at


async def test_a_record_that_is_gone_is_told_and_not_asked_for_again(ebay: EbayOrders) -> None:
    bad = ebay.sale(created_s=HOUR_AGO)
    ebay.control("orders/spoil", order_id=bad, fields={"lineItems": []})
    ebay.move(minutes=5)
    await ebay.sync()
    del ebay.shelf.made[bad]
    ebay.move(minutes=20)
    job = await ebay.sync()
    assert job.status is S.SUCCEEDED
    assert "does not know it any more" in job.problems[0]["message"]
    assert await ebay.retries() == []


async def test_a_record_that_breaks_ebay_itself_ends_no_job(ebay: EbayOrders) -> None:
    bad = ebay.sale(created_s=HOUR_AGO)
    ebay.control("orders/spoil", order_id=bad, fields={"lineItems": []})
    ebay.move(minutes=5)
    await ebay.sync()
    ebay.spoil("fulfillment.get_order", status=500, body="{}", times=99)
    ebay.move(minutes=20)
    good = ebay.sale(created_s=int(ebay.jobs.clock().timestamp()) - 300)
    job = await ebay.sync()
    assert (job.status, [*await ebay.orders()]) == (S.SUCCEEDED, [good])
    assert (await ebay.retries())[0].tries == 2


async def test_a_part_with_a_hole_is_read_again_until_it_is_whole(ebay: EbayOrders) -> None:
    hole, good = ebay.sale(created_s=HOUR_AGO), ebay.sale(created_s=HOUR_AGO + 60)
    ebay.control("orders/hole", order_id=hole)
    for _ in range(3):
        job = await ebay.sync()
        ebay.move(minutes=3)
    [retry] = await ebay.retries()
    assert (retry.tries, [*await ebay.orders()]) == (1, [good])
    assert any("left orders out of its list" in each["message"] for each in job.problems)
    ebay.move(days=2)
    await ebay.sync()
    assert (await ebay.retries())[0].tries == 2
    ebay.control("orders/hole", order_id=hole, is_hole=False)
    ebay.move(minutes=31)
    job = await ebay.sync()
    assert (job.problems, await ebay.retries(), {*await ebay.orders()}) == ([], [], {hole, good})


async def test_an_unknown_status_leaves_the_old_one_and_is_a_problem(ebay: EbayOrders) -> None:
    order_id = ebay.sale(created_s=HOUR_AGO)
    await ebay.sync()
    ebay.control("orders/change", order_id=order_id, fields={"orderPaymentStatus": "PAID_IN_SHELLS"})
    new = ebay.sale()
    ebay.control("orders/change", order_id=new, fields={"orderFulfillmentStatus": "BEAMED"})
    ebay.move(minutes=5)
    job = await ebay.sync()
    orders = await ebay.orders()
    assert (orders[order_id].status, orders[new].status) == (OrderStatus.PAID, OrderStatus.AWAITING_PAYMENT)
    assert orders[order_id].updated_at == NOON
    messages = [each["message"] for each in job.problems]
    assert any(order_id in each and "PAID_IN_SHELLS" in each for each in messages)
    assert any(new in each and "BEAMED" in each for each in messages)


@pytest.mark.parametrize(
    "fields",
    [
        {"buyer": {"username": "x" * 10_000, "taxAddress": {"countryCode": "??"}}},
        {"buyer": {"username": "nul\u0000", "taxAddress": None}},
        {"buyer": None},
        {"lineItems": [{"lineItemId": "1", "quantity": 3, "lineItemCost": {"value": "10.00", "currency": "EUR"},
                        "title": "t" * 5_000, "sku": "s" * 5_000, "discountedLineItemCost":
                        {"value": "12.00", "currency": "EUR"}}]},
        {"pricingSummary": {"total": {"value": "10.00", "currency": "EUR"},
                            "priceDiscount": {"value": "3.00", "currency": "EUR"},
                            "deliveryDiscount": {"value": "-5.00", "currency": "EUR"}}},
    ],
)  # fmt: skip
async def test_odd_values_beside_the_amounts_cost_no_order(ebay: EbayOrders, fields: dict[str, Any]) -> None:
    order_id = ebay.sale(created_s=HOUR_AGO)
    ebay.control("orders/spoil", order_id=order_id, fields=fields)
    ebay.move(minutes=5)
    assert (await ebay.sync()).status is S.SUCCEEDED
    assert [*await ebay.orders()] == [order_id]


@pytest.mark.parametrize(
    "fields",
    [
        {"pricingSummary": {"total": {"value": "10.00", "currency": "XXZ"}}},
        {"creationDate": "2031-01-01T00:00:00.000Z"},
        {"lineItems": [{"lineItemId": "1", "quantity": 9_000_000, "lineItemCost": {"value": "1", "currency": "EUR"}}]},
        {"lineItems": [{"lineItemId": "1", "quantity": 1, "lineItemCost": {"value": "1", "currency": "EUR"}}] * 2},
        {"lineItems": [{"lineItemId": "1", "quantity": 1, "lineItemCost": {"value": "9" * 14, "currency": "EUR"}}]},
        {"lineItems": {}},
        {"pricingSummary": [], "paymentSummary": []},
    ],
)
async def test_an_order_that_cannot_be_stored_waits_by_itself(ebay: EbayOrders, fields: dict[str, Any]) -> None:
    bad, good = ebay.sale(created_s=HOUR_AGO), ebay.sale(created_s=HOUR_AGO)
    ebay.control("orders/spoil", order_id=bad, fields=fields)
    ebay.move(minutes=5)
    job = await ebay.sync()
    assert (job.status, [*await ebay.orders()], len(job.problems)) == (S.SUCCEEDED, [good], 1)
    assert [each.external_id for each in await ebay.retries()] == [bad]


async def test_refunds_are_rows_by_their_own_ids_and_settle(ebay: EbayOrders) -> None:
    """shopper PR 622, frappe 397, woocommerce 66217, woocommerce-admin 5766, liberu PR 748."""
    order_id = ebay.sale({"price": "20.00"}, created_s=HOUR_AGO)
    await ebay.sync()
    refund_id = ebay.control("orders/refund", order_id=order_id, amount="5.00")["refundId"]
    ebay.move(minutes=3)
    await ebay.sync()
    [refund] = await ebay.refunds()
    assert (refund.external_id, refund.amount, refund.is_settled) == (refund_id, Decimal(5), False)
    ebay.move(minutes=10)
    await ebay.sync()
    [refund] = await ebay.refunds()
    assert (refund.external_id, refund.is_settled) == (refund_id, True)
    ebay.control("orders/refund", order_id=order_id)
    ebay.move(minutes=20)
    await ebay.sync()
    assert sorted(each.amount for each in await ebay.refunds()) == [Decimal(5), Decimal(15)]
    order = (await ebay.orders())[order_id]
    assert (order.status, order.subtotal) == (OrderStatus.PAID, Decimal(20))


async def test_refunds_are_capped_at_what_was_paid_and_the_rest_is_told(ebay: EbayOrders) -> None:
    order_id = ebay.sale({"price": "20.00"}, created_s=HOUR_AGO)
    refunds = [
        {"refundId": name, "refundStatus": "REFUNDED", "amount": {"value": "15.00", "currency": "EUR"},
         "refundDate": f"2026-11-20T0{place}:00:00.000Z"}
        for place, name in enumerate(("whole", "again"))
    ]  # fmt: skip
    ebay.control("orders/spoil", order_id=order_id, fields={"paymentSummary": {"refunds": refunds}})
    ebay.move(minutes=5)
    job = await ebay.sync()
    assert {each.external_id: each.amount for each in await ebay.refunds()} == {"whole": 15, "again": 5}
    assert "more than what was paid" in job.problems[0]["message"]
