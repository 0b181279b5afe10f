"""Orders of eBay's: the reading to its end mark, and what each value is in our words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ebay.orders import order_of, page_of
from integrations.errors import InvalidResponse, Misshapen, ObjectMissing, TooLarge, Unavailable
from integrations.http import HttpClient, Patience
from integrations.selling.order_reading import OddOrder
from integrations.selling.records import OrderPage, RemoteOrder
from integrations.selling.values import Fields
from sandbox.ebay.faults import EbayFaultKind
from tests.integrations.ebay.conftest import NOW, EbayWorld

Raw = dict[str, Any]
LONG_AGO = NOW - timedelta(days=800)


def money(value: str, currency: str = "EUR") -> Raw:
    return {"value": value, "currency": currency}


def raw_order(**more: object) -> Raw:
    order: Raw = {
        "orderId": "12-1",
        "creationDate": "2026-11-01T10:00:00.000Z",
        "lastModifiedDate": "2026-11-02T10:00:00.000Z",
        "orderPaymentStatus": "PAID",
        "orderFulfillmentStatus": "NOT_STARTED",
        "cancelStatus": {"cancelState": "NONE_REQUESTED"},
        "pricingSummary": {
            "priceSubtotal": money("30.00"),
            "priceDiscount": money("-2.00"),
            "adjustment": money("-1.00"),
            "deliveryCost": money("4.90"),
            "deliveryDiscount": money("-0.90"),
            "tax": money("1.50"),
            "total": money("40.00"),
        },
        "lineItems": [
            {
                "lineItemId": "l1",
                "legacyItemId": "110",
                "sku": "S",
                "title": "Coat",
                "quantity": 2,
                "lineItemCost": money("30.00"),
                "discountedLineItemCost": money("28.00"),
            }
        ],
        "buyer": {"username": "b", "taxAddress": {"countryCode": "DE"}},
    }
    return order | more


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def read(**more: object) -> RemoteOrder:
    return order_of(Fields(raw_order(**more)))


async def all_pages(ebay: EbayWorld, since: datetime = LONG_AGO) -> list[OrderPage]:
    return [page async for page in ebay.session().orders(since, NOW)]


def test_money_is_mapped_as_the_parts_say_and_never_from_the_total() -> None:
    order = read(totalMarketplaceFee=money("3.30"))
    assert [order.subtotal, order.discount, order.shipping, order.tax] == decimals("30", "3", "4", "1.50")
    assert [order.total, order.fees] == decimals("40", "3.30")
    line = order.lines[0]
    assert [line.unit_price, line.discount] == decimals("15", "2")
    assert (line.quantity, line.listing_external_id) == (2, "110")


def test_fees_that_were_not_told_yet_are_not_zero() -> None:
    assert read().fees is None


def test_the_amount_that_the_buyer_paid_in_another_currency_is_not_booked() -> None:
    converted = {**money("40.00"), "convertedFromValue": "44.00", "convertedFromCurrency": "USD"}
    order = read(pricingSummary={"priceSubtotal": money("30.00"), "total": converted})
    assert (order.total, order.currency) == (Decimal(40), "EUR")


@pytest.mark.parametrize(
    ("paid", "sent", "cancelled", "status"),
    [
        ("PENDING", "NOT_STARTED", "NONE_REQUESTED", "AWAITING_PAYMENT"),
        ("FAILED", "NOT_STARTED", "NONE_REQUESTED", "AWAITING_PAYMENT"),
        ("PAID", "NOT_STARTED", "NONE_REQUESTED", "PAID"),
        ("PAID", "IN_PROGRESS", "IN_PROGRESS", "PAID"),
        ("PARTIALLY_REFUNDED", "NOT_STARTED", "NONE_REQUESTED", "PAID"),
        ("FULLY_REFUNDED", "FULFILLED", "NONE_REQUESTED", "SHIPPED"),
        ("PAID", "FULFILLED", "CANCELED", "CANCELLED"),
        ("PAID_BY_MOONLIGHT", "FULFILLED", "NONE_REQUESTED", None),
        ("PAID", "TELEPORTED", "NONE_REQUESTED", None),
        ("PAID", "FULFILLED", "MAYBE", None),
        (None, "FULFILLED", "NONE_REQUESTED", None),
        ("PAID", 7, "NONE_REQUESTED", None),
    ],
)
def test_states_are_ours_and_one_that_was_added_later_is_a_problem(
    paid: object, sent: object, cancelled: str, status: str | None
) -> None:
    order = read(orderPaymentStatus=paid, orderFulfillmentStatus=sent, cancelStatus={"cancelState": cancelled})
    assert order.status == status
    assert [problem.field for problem in order.problems] == (["status"] if status is None else [])


def test_refunds_count_once_by_their_id_and_failed_ones_never() -> None:
    def refund(refund_id: str, value: str, **more: object) -> Raw:
        return {"refundId": refund_id, "amount": money(value), "refundDate": "2026-11-03T00:00:00Z", **more}

    lines = raw_order()["lineItems"]
    lines[0]["refunds"] = [
        refund("r1", "5.00"),
        refund("r2", "2.00", refundStatus="PENDING"),
        refund("r4", "1.00", refundStatus="REFUNDED"),
    ]
    lines.append({**lines[0], "lineItemId": "l2", "refunds": [refund("r2", "3.00", refundStatus="PENDING")]})
    of_order = [
        refund("r1", "5.00", refundStatus="REFUNDED"),
        refund("r3", "9.00", refundStatus="FAILED"),
        refund("r5", "9.00", refundStatus="LATER"),
        {"refundId": "r6"},
        {**refund("r7", "1.00"), "amount": money("1.00", "USD")},
        7,
        refund("r8", "-1.00"),
    ]
    order = read(lineItems=lines, paymentSummary={"refunds": of_order})
    found = {each.external_id: (int(each.amount), each.is_settled) for each in order.refunds}
    assert found == {"r1": (5, True), "r2": (5, False), "r4": (1, True), "r5": (9, False)}
    assert len(order.problems) == 5


@pytest.mark.parametrize("value", ["0.00", "0", "0.0000"])
def test_a_refund_of_nothing_is_no_refund_and_no_problem(value: str) -> None:
    lines = raw_order()["lineItems"]
    nothing = {"refundId": "r1", "amount": money(value), "refundDate": "2026-11-03T00:00:00Z"}
    part = {**nothing, "amount": money("5.00")}
    lines[0]["refunds"] = [nothing, {"amount": money(value)}]
    lines.append({**lines[0], "lineItemId": "l2", "refunds": [part]})
    order = read(lineItems=lines, paymentSummary={"refunds": [nothing, {**nothing, "refundId": "r2"}]})
    assert [(each.external_id, int(each.amount)) for each in order.refunds] == [("r1", 5)]
    assert order.problems == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"orderId": None},
        {"orderId": ["x"]},
        {"creationDate": "yesterday"},
        {"creationDate": "2026-11-01T10:00:00"},
        {"pricingSummary": {}},
        {"pricingSummary": {"total": money("NaN")}},
        {"pricingSummary": {"total": money("9" * 30)}},
        {"pricingSummary": {"total": money("1.00", "euro")}},
        {"pricingSummary": {"total": money("1.00"), "priceSubtotal": money("1.00", "USD")}},
        {"lineItems": []},
        {"lineItems": "unreadable"},
        {"lineItems": [None]},
        {"lineItems": [{"lineItemId": "1", "quantity": 0, "lineItemCost": money("1")}]},
        {"lineItems": [{"lineItemId": "1", "quantity": True, "lineItemCost": money("1")}]},
    ],
)
def test_one_odd_record_is_told_and_costs_the_rest_nothing(odd: Raw) -> None:
    page = page_of(Fields({"orders": [raw_order(**odd), raw_order(orderId="good"), None], "total": 3}))
    assert [order.external_id for order in page.orders] == ["good"]
    assert len(page.unreadable) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
AMOUNT = st.builds(money, st.decimals().map(str) | st.just("1.00"), st.sampled_from(["EUR", "USD", "", "eur"])) | JSON
LINE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("lineItemId", "title", "sku", "refunds"), JSON)
    | {"quantity": st.integers() | JSON, "lineItemCost": AMOUNT, "discountedLineItemCost": AMOUNT},
)


@given(
    st.dictionaries(st.sampled_from(sorted(raw_order())), JSON, max_size=3),
    st.lists(LINE, max_size=2) | st.just(None),
    st.dictionaries(st.sampled_from(["priceDiscount", "tax", "total"]), AMOUNT),
)
def test_no_value_breaks_the_reading(odd: Raw, lines: list[Raw] | None, amounts: Raw) -> None:
    raw = raw_order(**odd)
    if lines is not None:
        raw["lineItems"] = lines
    if isinstance(raw["pricingSummary"], dict):
        raw["pricingSummary"] |= amounts
    try:
        order = order_of(Fields(raw))
    except OddOrder:
        return
    assert all(isinstance(each, Decimal) and each.is_finite() for each in (order.total, order.subtotal, order.tax))
    assert order.placed_at.tzinfo == UTC


@pytest.mark.parametrize("body", [{}, {"orders": None}, {"orders": {}}, {"orders": "x"}])
def test_a_page_without_a_list_is_not_an_empty_one(body: Raw) -> None:
    with pytest.raises(Misshapen):
        page_of(Fields(body))


async def test_next_is_followed_past_pages_with_holes_and_broken_rows(ebay: EbayWorld) -> None:
    """The rule that a page shorter than asked, or with broken rows, goes on: 93 of 103 orders elsewhere."""
    order_batch(ebay, count=620, holes_every=50, spoiled_every=7)
    pages = await all_pages(ebay)
    read_ids = [order.external_id for page in pages for order in page.orders]
    broken = [each for page in pages for each in page.unreadable]
    left_out = [each for page in pages for each in page.left_out]
    assert len(pages) == 4
    assert len(set(read_ids)) == len(read_ids) == 620 - 12 - 88 + 1
    assert len([each for each in broken if each.external_id]) == len(broken) == 87
    assert len([each for each in left_out if not each.external_id]) == len(left_out) == 3
    assert {page.total for page in pages} == {620}


async def test_a_fault_between_pages_is_repeated_and_then_told(ebay: EbayWorld) -> None:
    order_batch(ebay, count=450)
    ebay.spoil("fulfillment.list_orders", EbayFaultKind.RESET, nth=2, times=2)
    assert sum(len(page.orders) for page in await all_pages(ebay)) == 450
    ebay.spoil("fulfillment.list_orders", nth=2, times=None, status=500)
    with pytest.raises(Unavailable):
        await all_pages(ebay)


@pytest.mark.parametrize("body", ["<x>", '{"orders": [', "", "\x00", "[" * 100_000, '{"orders": "no"}'])
async def test_what_is_no_list_of_orders_ends_the_reading(ebay: EbayWorld, body: str) -> None:
    ebay.spoil("fulfillment.list_orders", body=body, status=200, times=None)
    with pytest.raises(InvalidResponse):
        await all_pages(ebay)


async def test_a_list_that_leads_back_ends(ebay: EbayWorld) -> None:
    body = '{"orders": [], "next": "https://elsewhere.example/sell?offset=200"}'
    ebay.spoil("fulfillment.list_orders", body=body, status=200, times=None)
    with pytest.raises(Misshapen):
        await all_pages(ebay)
    assert ebay.calls() == ["fulfillment.list_orders"] * 2


async def test_a_body_without_an_end_is_not_read_to_it(ebay: EbayWorld) -> None:
    ebay.spoil("fulfillment.list_orders", body=" " * 200_000, status=200)
    short = HttpClient(Patience(body_bytes=100_000))
    session = type(ebay.marketplace)(ebay.marketplace.app, short, lambda: NOW).session(ebay.tokens()[1], None)
    try:
        with pytest.raises(TooLarge):
            [page async for page in session.orders(LONG_AGO, NOW)]
    finally:
        await short.close()


async def test_one_order_is_read_with_its_parcels(ebay: EbayWorld) -> None:
    order_batch(ebay, count=3)
    listed = [order for page in await all_pages(ebay) for order in page.orders]
    order = await ebay.session().order(listed[0].external_id)
    assert (order.total, order.lines) == (listed[0].total, listed[0].lines)
    with pytest.raises(ObjectMissing):
        await ebay.session().order("no/such order")


def order_batch(ebay: EbayWorld, *, count: int, holes_every: int = 0, spoiled_every: int = 0) -> None:
    """Orders a minute apart, the last an hour ago."""
    order = {"seller": "EBAY_DE", "count": count, "holes_every": holes_every, "spoiled_every": spoiled_every}
    ebay.control("orders/generate", order)
