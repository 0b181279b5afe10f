"""Parcels and refunds: once each, wherever an earlier call was cut."""

from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from integrations.errors import IntegrationError, Throttled
from integrations.selling.records import Parcel, RefundOrder
from integrations.selling.refusals import RefusedFields
from sandbox.ebay.faults import EbayFaultKind
from tests.integrations.ebay.conftest import NOW, EbayWorld

CUTS = (EbayFaultKind.RESET, EbayFaultKind.ANSWER_LOST)
PARCEL = Parcel("DHL", "JD 0146-0001", NOW)
WISH = RefundOrder("EUR", "A scratch", Decimal("5.00"))


def an_order(ebay: EbayWorld, lines: int = 2) -> dict[str, Any]:
    sold = [{"price": "20.00", "quantity": 2, "sku": f"S{place}"} for place in range(lines)]
    made = ebay.control("orders", {"seller": "EBAY_DE", "lines": sold})
    assert isinstance(made, dict)
    return made


def cut(ebay: EbayWorld, kind: EbayFaultKind, nth: int) -> None:
    """Every call from this one on fails, as for a process that died."""
    ebay.server.sandbox.faults.clear()
    ebay.spoil("fulfillment.*", kind, nth=nth)
    ebay.spoil("fulfillment.*", EbayFaultKind.RESET, nth=nth + 1, times=None)


@pytest.mark.parametrize("kind", CUTS)
async def test_a_cut_at_any_call_tells_of_one_parcel(ebay: EbayWorld, kind: EbayFaultKind) -> None:
    session, was_cut = ebay.session(), True
    for nth in count(1):
        order_id = an_order(ebay)["orderId"]
        cut(ebay, kind, nth)
        try:
            await session.ship(order_id, PARCEL)
            was_cut = False
        except IntegrationError:
            was_cut = True
        ebay.server.sandbox.faults.clear()
        await session.ship(order_id, PARCEL)
        await session.ship(order_id, replace(PARCEL, tracking_code="jd01460001"))
        order = await session.order(order_id)
        assert [each.tracking_code for each in order.shipments] == ["JD01460001"]
        assert order.status == "SHIPPED"
        if not was_cut:
            break
    assert nth >= 3


@pytest.mark.parametrize("kind", CUTS)
async def test_a_cut_at_any_call_refunds_once(ebay: EbayWorld, kind: EbayFaultKind) -> None:
    session, was_cut = ebay.session(), True
    for nth in count(1):
        order_id = an_order(ebay)["orderId"]
        cut(ebay, kind, nth)
        try:
            await session.refund(order_id, WISH)
            was_cut = False
        except IntegrationError:
            was_cut = True
        ebay.server.sandbox.faults.clear()
        first = await session.refund(order_id, WISH)
        assert (await session.refund(order_id, WISH)).external_id == first.external_id
        assert [each.amount for each in (await session.order(order_id)).refunds] == [Decimal("5.00")]
        if not was_cut:
            break
    assert nth >= 2


async def test_a_second_refund_of_the_same_amount_is_another_one(ebay: EbayWorld) -> None:
    session, order_id = ebay.session(), an_order(ebay)["orderId"]
    ebay.control("orders/refunds", {"seller": "EBAY_DE", "takes_s": 0})
    first = await session.refund(order_id, WISH)
    second = await session.refund(order_id, replace(WISH, known_ids=[first.external_id]))
    found = {each.external_id: each.is_settled for each in (await session.order(order_id)).refunds}
    assert found == {first.external_id: True, second.external_id: True}


async def test_a_refund_is_followed_until_it_settles_or_fails(ebay: EbayWorld) -> None:
    session, order_id = ebay.session(), an_order(ebay)["orderId"]
    assert not (await session.refund(order_id, WISH)).is_settled
    assert [each.is_settled for each in (await session.order(order_id)).refunds] == [False]
    with pytest.raises(RefusedFields):
        await session.refund(order_id, replace(WISH, amount=Decimal("1.00")))
    ebay.control("orders/refunds", {"seller": "EBAY_DE", "takes_s": 0})
    ebay.server.sandbox.clock.set(NOW.replace(hour=13))
    assert [each.is_settled for each in (await session.order(order_id)).refunds] == [True]


async def test_lines_are_refunded_by_their_amounts_and_count_as_one(ebay: EbayWorld) -> None:
    session, made = ebay.session(), an_order(ebay)
    by_line = dict(zip(made["lineItemIds"], (Decimal("3.00"), Decimal("4.50")), strict=True))
    wish = RefundOrder("EUR", "ITEM_NOT_RECEIVED", by_line=by_line)
    refund = await session.refund(made["orderId"], wish)
    assert (await session.refund(made["orderId"], wish)).external_id == refund.external_id
    (found,) = (await session.order(made["orderId"])).refunds
    assert found.amount == Decimal("7.50")


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001", "1000000.00"])
async def test_an_amount_that_ebay_refuses_is_a_refusal(ebay: EbayWorld, amount: str) -> None:
    order_id = an_order(ebay)["orderId"]
    with pytest.raises(RefusedFields):
        await ebay.session().refund(order_id, replace(WISH, amount=Decimal(amount)))
    assert not (await ebay.session().order(order_id)).refunds


async def test_a_refund_that_could_not_be_made_is_a_refusal(ebay: EbayWorld) -> None:
    body = '{"refundId": "1", "refundStatus": "FAILED"}'
    ebay.spoil("fulfillment.issue_refund", status=200, body=body)
    with pytest.raises(RefusedFields):
        await ebay.session().refund(an_order(ebay)["orderId"], WISH)


async def test_single_lines_are_sent_and_unknown_ones_refused(ebay: EbayWorld) -> None:
    session, made = ebay.session(), an_order(ebay)
    await session.ship(made["orderId"], replace(PARCEL, line_ids=made["lineItemIds"][:1]))
    assert (await session.order(made["orderId"])).status == "PAID"
    with pytest.raises(RefusedFields) as caught:
        await session.ship(made["orderId"], replace(PARCEL, tracking_code="X1", line_ids=["foreign"]))
    assert caught.value.problems[0].field == "line_ids"
    await session.ship(made["orderId"], replace(PARCEL, tracking_code="X2"))
    order = await session.order(made["orderId"])
    assert order.status == "SHIPPED"
    assert len(order.shipments) == 2


@pytest.mark.parametrize("code", ["", " - ", "\u00fc"])
async def test_a_parcel_without_a_code_is_refused_before_anything_is_sent(ebay: EbayWorld, code: str) -> None:
    with pytest.raises(RefusedFields) as caught:
        await ebay.session().ship(an_order(ebay)["orderId"], replace(PARCEL, tracking_code=code))
    assert caught.value.problems[0].field == "tracking_code"


async def test_a_limit_is_no_reason_to_look(ebay: EbayWorld) -> None:
    order_id = an_order(ebay)["orderId"]
    ebay.spoil("fulfillment.issue_refund", status=429, body="")
    with pytest.raises(Throttled):
        await ebay.session().refund(order_id, WISH)
    assert [call for call in ebay.calls() if call.startswith("fulfillment")] == [
        *("fulfillment.get_order", "fulfillment.list_shipments", "fulfillment.issue_refund")
    ]
