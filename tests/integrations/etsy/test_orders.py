"""Etsy's lists of receipts to their end, with what they cost, and parcels that are told once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from integrations.errors import Barred, IntegrationError, Misshapen, ObjectMissing, Throttled
from integrations.selling.records import OrderPage, Parcel, RemoteOrder
from integrations.selling.refusals import RefusedFields
from sandbox.marketplaces.faults import CallFaultKind
from services.orders.syncing.passes import ChangeSpan, PartRead, read_window
from tests.integrations.etsy.conftest import NOW, EtsyWorld

LONG_AGO = NOW - timedelta(days=800)
CHARGED = {"amount": 120, "divisor": 100, "currency_code": "EUR"}
LEFT = {"amount": 30, "divisor": 100, "currency_code": "EUR"}
PARCEL = Parcel("dhl", "JJD 0123-456", NOW)


def sale(etsy: EtsyWorld, **more: object) -> int:
    """The number of a receipt for a mug of 12.50, which was paid."""
    body: dict[str, Any] = {"lines": [{"price": "12.50", "sku": "MUG-1"}], "shipping": "4.90", "fees": "1.20"}
    made = etsy.control("sell", **body | more)
    return int(made["receipt_id"])


async def all_pages(etsy: EtsyWorld) -> list[OrderPage]:
    return [page async for page in etsy.session().orders(LONG_AGO, NOW)]


async def window(etsy: EtsyWorld) -> tuple[list[RemoteOrder], list[PartRead]]:
    """What the product's reading of a window makes of it."""
    orders: dict[str, RemoteOrder] = {}
    parts: list[PartRead] = []
    async for each in read_window(etsy.session().orders, ChangeSpan(LONG_AGO, NOW)):
        if isinstance(each, OrderPage):
            orders |= {order.external_id: order for order in each.orders}
        elif isinstance(each, PartRead):
            parts.append(each)
    return [*orders.values()], parts


async def test_an_order_is_read_with_its_fees(etsy: EtsyWorld) -> None:
    receipt_id = sale(etsy, tax="1.00", discount="0.50")
    [page] = await all_pages(etsy)
    [order] = page.orders
    assert (order.external_id, order.status, order.fees) == (str(receipt_id), "PAID", Decimal("1.20"))
    assert [order.subtotal, order.discount, order.shipping, order.tax] == [
        Decimal("12.50"),
        Decimal("0.50"),
        Decimal("4.90"),
        Decimal(1),
    ]
    assert (page.total, order.problems) == (1, ())
    assert await etsy.session().order(str(receipt_id)) == order


async def test_every_page_is_read_and_holes_and_short_pages_end_nothing(etsy: EtsyWorld) -> None:
    made = [sale(etsy, fees="", at_s=int(NOW.timestamp()) - 5 * number) for number in range(250)]
    etsy.shop.receipts.holes.update(made[10:15])
    orders, parts = await window(etsy)
    assert len(orders) == 245
    assert [part.is_whole for part in parts] == [False]
    read = [order.external_id for page in await all_pages(etsy) for order in page.orders]
    assert len(read) == len({*read}) == 245


async def test_receipts_that_change_or_come_in_while_pages_are_read_cost_none(etsy: EtsyWorld) -> None:
    made = {sale(etsy, fees="", at_s=int(NOW.timestamp()) - 10 * number) for number in range(150)}
    etsy.shop.receipts.moves_each_page = 2
    etsy.shop.receipts.sales_each_page = 1
    orders, _ = await window(etsy)
    assert {str(each) for each in made} <= {order.external_id for order in orders} | _changed_since(etsy)


def _changed_since(etsy: EtsyWorld) -> set[str]:
    """Those that changed after the window's end: the next window has them."""
    end_s = int(NOW.timestamp())
    return {str(each.receipt_id) for each in etsy.shop.receipts.made.values() if each.updated_s > end_s}


async def test_one_odd_receipt_costs_no_other_one_and_is_told(etsy: EtsyWorld) -> None:
    odd, good = sale(etsy), sale(etsy)
    etsy.shop.receipts.made[odd].shown = {"grandtotal": {"amount": 5, "divisor": 0, "currency_code": "EUR"}}
    [page] = await all_pages(etsy)
    assert [order.external_id for order in page.orders] == [str(good)]
    assert [problem.external_id for problem in page.unreadable] == [str(odd)]
    with pytest.raises(Misshapen):
        await etsy.session().order(str(odd))
    etsy.shop.receipts.made[odd].shown = {"receipt_id": None, "transactions": "many"}
    [page] = await all_pages(etsy)
    assert [problem.external_id for problem in page.unreadable] == [None]


async def test_cancelled_refunded_and_sent_orders_are_in_the_list(etsy: EtsyWorld) -> None:
    cancelled, refunded, sent = sale(etsy), sale(etsy), sale(etsy)
    etsy.control("receipts/cancel", receipt_id=cancelled)
    etsy.control("receipts/refund", receipt_id=refunded, amount="5.00")
    await etsy.session().ship(str(sent), PARCEL)
    [page] = await all_pages(etsy)
    found = {order.external_id: order for order in page.orders}
    assert found[str(cancelled)].status == "CANCELLED"
    assert (found[str(refunded)].status, found[str(refunded)].refunds[0].amount) == ("PAID", Decimal(5))
    assert (found[str(sent)].status, found[str(sent)].shipments[0].carrier) == ("SHIPPED", "dhl")


@pytest.mark.parametrize(
    ("results", "fees"),
    [
        ([{"amount_fees": {"amount": 120, "divisor": 100, "currency_code": "EUR"}}], "1.20"),
        ([{"amount_fees": {"amount": 120, "divisor": 100, "currency_code": "EUR"}}] * 2, "2.40"),
        ([{"amount_fees": {"amount": -120, "divisor": 100, "currency_code": "EUR"}}], "1.20"),
        (
            [
                {
                    "amount_fees": {"amount": 130, "divisor": 100, "currency_code": "USD"},
                    "posted_fees": {"amount": 120, "divisor": 100, "currency_code": "EUR"},
                }
            ],
            "1.20",
        ),
        ([{"amount_fees": {"amount": 130, "divisor": 100, "currency_code": "USD"}}], None),
        ([{"amount_fees": {"amount": 120, "divisor": 100, "currency_code": "EUR"}}, {}], None),
        ([{"amount_fees": CHARGED, "adjusted_fees": LEFT}], "0.30"),
        ([{"amount_fees": CHARGED, "adjusted_fees": LEFT | {"amount": 0}}], "1.20"),
        ([{"amount_fees": CHARGED, "adjusted_fees": LEFT | {"amount": 0}, "payment_adjustments": [{}]}], "0"),
        ([{"amount_fees": CHARGED, "adjusted_fees": None, "payment_adjustments": []}], "1.20"),
        ([{"amount_fees": None}], None),
        ([{}], None),
        ([7], None),
        ([], None),
        (None, None),
        ("many", None),
    ],
)
async def test_fees_are_what_every_payment_tells_or_unknown(etsy: EtsyWorld, results: object, fees: str | None) -> None:
    receipt_id = sale(etsy)
    etsy.spoil("*", path="*/payments", body=_json({"count": 1, "results": results}), status=200)
    order = await etsy.session().order(str(receipt_id))
    assert order.fees == (None if fees is None else Decimal(fees))


def _json(value: object) -> str:
    return str(value).replace("'", '"').replace("None", "null")


async def test_fees_are_asked_for_once_and_not_of_what_was_not_paid(etsy: EtsyWorld) -> None:
    sale(etsy)
    sale(etsy, is_paid=False)
    session = etsy.session()
    for _ in range(2):
        [page] = [page async for page in session.orders(LONG_AGO, NOW)]
        assert sorted(str(order.fees) for order in page.orders) == ["1.2", "None"]
    assert sum(entry.path.endswith("/payments") for entry in etsy.server.sandbox.log) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "{}"),
        (403, '{"error":"You cannot see this payment"}'),
        (400, '{"error":"Odd"}'),
        (200, "<html>"),
        (200, "x"),
    ],
)
async def test_fees_that_etsy_does_not_answer_for_cost_no_order(etsy: EtsyWorld, status: int, body: str) -> None:
    odd, good = sale(etsy), sale(etsy)
    etsy.spoil("*", path=f"*/{odd}/payments", status=status, body=body, times=None)
    [page] = await all_pages(etsy)
    assert {order.external_id: str(order.fees) for order in page.orders} == {str(odd): "None", str(good): "1.2"}
    assert [(each.external_id, each.field) for each in page.incomplete] == [(str(odd), "fees")]
    with pytest.raises(IntegrationError):
        await etsy.session().order(str(odd))
    etsy.mend()
    [page] = await all_pages(etsy)
    assert page.incomplete == []


async def test_a_fault_of_all_payments_is_not_waited_for_at_each_order(etsy: EtsyWorld) -> None:
    for _ in range(6):
        sale(etsy)
    sale(etsy, is_paid=False)
    etsy.spoil("*", path="*/payments", status=500, body="{}", times=None)
    [page] = await all_pages(etsy)
    assert (len(page.orders), len(page.incomplete)) == (7, 6)
    asked = {entry.path for entry in etsy.server.sandbox.log if entry.path.endswith("/payments")}
    assert len(asked) == 3


async def test_keys_that_are_refused_end_the_list_of_orders(etsy: EtsyWorld) -> None:
    sale(etsy)
    etsy.spoil("*", path="*/payments", status=403, body='{"error":"Invalid API key"}', times=None)
    with pytest.raises(Barred):
        await all_pages(etsy)


async def test_fees_wait_while_the_calls_of_the_day_run_out(etsy: EtsyWorld) -> None:
    sale(etsy)
    etsy.server.sandbox.per_day = 1_000
    etsy.server.sandbox.day.extend([etsy.server.sandbox.now_s] * 950)
    [page] = await all_pages(etsy)
    assert [order.fees for order in page.orders] == [None]


async def test_a_limit_within_the_list_is_told_with_its_pause(etsy: EtsyWorld) -> None:
    sale(etsy)
    etsy.spoil("receipts.*", status=429, body='{"error":"Exceeded daily rate limit"}', headers={"retry-after": "600"})
    with pytest.raises(Throttled) as caught:
        await all_pages(etsy)
    assert caught.value.retry_after_s == 600


async def test_a_parcel_is_told_once_whatever_its_code_looks_like(etsy: EtsyWorld) -> None:
    receipt_id = str(sale(etsy))
    session = etsy.session()
    await session.ship(receipt_id, PARCEL)
    await session.ship(receipt_id, replace(PARCEL, tracking_code="jjd0123456"))
    assert len(etsy.shop.receipts.made[int(receipt_id)].parcels) == 1
    await session.ship(receipt_id, replace(PARCEL, tracking_code="JJD 0123-457"))
    assert len(etsy.shop.receipts.made[int(receipt_id)].parcels) == 2


@pytest.mark.parametrize(
    ("carrier", "told"),
    [("DHL", "dhl"), ("Royal Mail", "royal-mail"), ("dhl_germany", "dhl-germany"), ("By foot", "other")],
)
async def test_a_carrier_that_etsy_does_not_know_loses_no_code(etsy: EtsyWorld, carrier: str, told: str) -> None:
    receipt_id = sale(etsy)
    for _ in range(2):
        await etsy.session().ship(str(receipt_id), replace(PARCEL, carrier=carrier))
    [parcel] = etsy.shop.receipts.made[receipt_id].parcels
    assert (parcel.carrier, parcel.tracking_code) == (told, PARCEL.tracking_code)


@pytest.mark.parametrize("kind", [CallFaultKind.RESET, CallFaultKind.ANSWER_LOST])
async def test_a_cut_at_any_call_ends_in_exactly_one_parcel(etsy: EtsyWorld, kind: CallFaultKind) -> None:
    session = etsy.session()
    for nth in count(1):
        receipt_id = sale(etsy)
        etsy.spoil("*", kind, nth=nth)
        etsy.spoil("*", CallFaultKind.RESET, nth=nth + 1, times=None)
        try:
            await session.ship(str(receipt_id), PARCEL)
            was_cut = False
        except IntegrationError:
            was_cut = True
        etsy.mend()
        await session.ship(str(receipt_id), PARCEL)
        assert len(etsy.shop.receipts.made[receipt_id].parcels) == 1
        if not was_cut:
            break
    assert nth >= 3


async def test_parcels_are_of_whole_orders_of_ours_and_have_a_code(etsy: EtsyWorld) -> None:
    receipt_id = sale(etsy, lines=[{"price": "5.00"}, {"price": "6.00"}])
    lines = [str(line.transaction_id) for line in etsy.shop.receipts.made[receipt_id].lines]
    session = etsy.session()
    for parcel, field in (
        (replace(PARCEL, line_ids=lines[:1]), "line_ids"),
        (replace(PARCEL, line_ids=["1"]), "line_ids"),
        (replace(PARCEL, tracking_code=" - "), "tracking_code"),
    ):
        with pytest.raises(RefusedFields) as caught:
            await session.ship(str(receipt_id), parcel)
        assert caught.value.problems[0].field == field
    await session.ship(str(receipt_id), replace(PARCEL, line_ids=lines))
    for odd in ("1", "../../users/me", ""):
        with pytest.raises(ObjectMissing):
            await session.ship(odd, PARCEL)
        with pytest.raises(ObjectMissing):
            await session.order(odd)
