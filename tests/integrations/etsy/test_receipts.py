"""What Etsy's receipts are in our words, whatever is in them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.etsy.receipts import order_of
from integrations.selling.order_reading import OddOrder
from integrations.selling.records import RemoteOrder
from integrations.selling.values import Fields

Raw = dict[str, Any]
PLACED_S, CHANGED_S = 1_793_527_200, 1_793_613_600


def money(amount: object, currency: object = "EUR", divisor: object = 100) -> Raw:
    return {"amount": amount, "divisor": divisor, "currency_code": currency}


def line(**more: object) -> Raw:
    raw: Raw = {
        "transaction_id": 71,
        "listing_id": 81,
        "title": "Father&#39;s mug",
        "quantity": 2,
        "sku": "MUG-1",
        "price": money(1500),
    }
    return raw | more


def receipt(**more: object) -> Raw:
    raw: Raw = {
        "receipt_id": 91,
        "created_timestamp": PLACED_S,
        "updated_timestamp": CHANGED_S,
        "status": "Paid",
        "is_paid": True,
        "is_shipped": False,
        "buyer_user_id": 5,
        "country_iso": "DE",
        "total_price": money(3000),
        "discount_amt": money(300),
        "subtotal": money(2700),
        "total_shipping_cost": money(490),
        "total_tax_cost": money(0),
        "total_vat_cost": money(0),
        "gift_wrap_price": money(0),
        "grandtotal": money(3190),
        "transactions": [line()],
        "shipments": [],
        "refunds": [],
    }
    return raw | more


def read(**more: object) -> RemoteOrder:
    return order_of(Fields(receipt(**more)))


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_amounts_are_mapped_as_the_parts_say() -> None:
    order = read()
    assert [order.subtotal, order.discount, order.shipping, order.tax, order.total] == decimals(
        "30", "3", "4.90", "0", "31.90"
    )
    assert order.fees is None
    assert (order.status, order.buyer_handle, order.buyer_country) == ("PAID", "5", "DE")
    assert order.placed_at == datetime.fromtimestamp(PLACED_S, UTC)
    assert order.updated_at == datetime.fromtimestamp(CHANGED_S, UTC)
    [only] = order.lines
    assert (only.external_id, only.listing_external_id, only.sku, only.quantity) == ("71", "81", "MUG-1", 2)
    assert (only.title, only.unit_price) == ("Father's mug", Decimal(15))
    assert order.problems == ()


@pytest.mark.parametrize(
    ("tax", "vat", "wrap", "total", "expected"),
    [
        (200, 0, 0, 3390, ("2", "4.90")),
        (0, 300, 0, 3490, ("3", "4.90")),  # VAT on top
        (0, 300, 0, 3190, ("0", "4.90")),  # VAT within the prices
        (200, 300, 0, 3690, ("5", "4.90")),
        (200, 0, 150, 3540, ("2", "6.40")),  # wrapping on top
        (200, 0, 150, 3390, ("2", "4.90")),  # wrapping within
        (200, 300, 150, 3333, ("2", "4.90")),  # nothing adds up
    ],
)
def test_tax_and_wrapping_are_what_the_total_has_on_top(
    tax: int, vat: int, wrap: int, total: int, expected: tuple[str, str]
) -> None:
    order = read(
        total_tax_cost=money(tax),
        total_vat_cost=money(vat),
        gift_wrap_price=money(wrap),
        grandtotal=money(total),
    )
    assert [order.tax, order.shipping] == decimals(*expected)


def test_without_the_price_before_discounts_it_is_made_of_what_there_is() -> None:
    assert read(total_price=None).subtotal == 30
    assert read(total_price=None, subtotal=None).subtotal == 30


def test_a_currency_without_cents_is_read_as_it_is() -> None:
    yen = {name: money(980, "JPY", 1) for name in ("total_price", "subtotal", "grandtotal")}
    zero = {name: money(0, "JPY", 1) for name in ("discount_amt", "total_shipping_cost", "total_tax_cost")}
    more = {"total_vat_cost": None, "gift_wrap_price": None}
    order = read(**yen, **zero, **more, transactions=[line(quantity=1, price=money(980, "JPY", 1))])
    assert (order.currency, order.total, order.lines[0].unit_price) == ("JPY", Decimal(980), Decimal(980))


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ({"status": "open", "is_paid": False}, "AWAITING_PAYMENT"),
        ({"status": "payment processing", "is_paid": False}, "AWAITING_PAYMENT"),
        ({"status": "paid"}, "PAID"),
        ({"status": "Completed", "is_shipped": True}, "SHIPPED"),
        ({"status": "completed", "is_shipped": False}, "PAID"),
        ({"status": "completed", "is_shipped": None, "is_paid": None}, "SHIPPED"),
        ({"status": "completed", "is_shipped": None, "was_shipped": True}, "SHIPPED"),
        ({"status": "Fully Refunded", "is_shipped": True}, "SHIPPED"),
        ({"status": "partially refunded"}, "PAID"),
        ({"status": "Canceled", "is_shipped": True}, "CANCELLED"),
        ({"status": "canceled"}, "CANCELLED"),
    ],
)
def test_flags_decide_and_only_a_cancellation_is_a_status(raw: Raw, status: str) -> None:
    assert read(**raw).status == status


@pytest.mark.parametrize("status", ["on hold", None, "", 7, ["paid"], "x" * 5000])
def test_a_status_that_etsy_added_later_is_none_and_told(status: object) -> None:
    order = read(status=status)
    assert order.status is None
    assert [problem.field for problem in order.problems] == ["status"]


def test_refunds_have_ids_of_their_own_that_stay() -> None:
    twice = {"amount": money(500), "created_timestamp": CHANGED_S, "reason": "Broken", "status": "PROCESSED"}
    order = read(refunds=[twice | {"amount": money(5000)}, twice, twice, twice | {"amount": money(700)}])
    assert [refund.external_id for refund in order.refunds] == [
        f"91:{CHANGED_S}:50",
        f"91:{CHANGED_S}:5",
        f"91:{CHANGED_S}:5:2",
        f"91:{CHANGED_S}:7",
    ]
    assert all(refund.is_settled for refund in order.refunds)
    assert order.refunds[1:3] == read(refunds=[twice, twice]).refunds


@pytest.mark.parametrize(
    ("refund", "settled", "told"),
    [
        ({"amount": money(500), "created_timestamp": CHANGED_S, "status": "pending"}, [False], 0),
        ({"amount": money(500), "created_timestamp": CHANGED_S, "status": "failed"}, [], 0),
        ({"amount": money(500), "created_timestamp": CHANGED_S}, [True], 0),
        ({"amount": money(500), "created_timestamp": CHANGED_S, "status": "Odd"}, [True], 1),
        ({"amount": money(500), "created_timestamp": None}, [True], 0),
        ({"amount": money(500, "USD"), "created_timestamp": CHANGED_S}, [], 1),
        ({"amount": money(0), "created_timestamp": CHANGED_S}, [], 0),
        ({"amount": money(-5), "created_timestamp": CHANGED_S}, [], 1),
        ({"amount": money(500, divisor=0), "created_timestamp": CHANGED_S}, [], 1),
        ({"amount": None}, [], 1),
        (7, [], 1),
    ],
)
def test_each_refund_counts_told_or_is_left_out(refund: object, settled: list[bool], told: int) -> None:
    order = read(refunds=[refund])
    assert [each.is_settled for each in order.refunds] == settled
    assert len(order.problems) == told


def test_parcels_are_read_with_and_without_their_ids() -> None:
    told = {
        "receipt_shipping_id": 5,
        "carrier_name": "dhl",
        "tracking_code": "JJ 1",
        "shipment_notification_timestamp": 1,
    }
    order = read(shipments=[told, {"tracking_code": "JJ2"}, {}])
    assert [each.external_id for each in order.shipments] == ["5", "JJ2", "3"]
    assert order.shipments[0].shipped_at is None


@pytest.mark.parametrize(
    "more",
    [
        {"receipt_id": None},
        {"receipt_id": ""},
        {"receipt_id": [1]},
        {"created_timestamp": None},
        {"created_timestamp": "now"},
        {"created_timestamp": 10**20},
        {"grandtotal": None},
        {"grandtotal": "31.90"},
        {"grandtotal": money(3190, divisor=0)},
        {"grandtotal": money(3190, currency="Euro")},
        {"grandtotal": money(10**30)},
        {"total_shipping_cost": money(490, "USD")},
        {"discount_amt": {"amount": "many"}},
        {"transactions": None},
        {"transactions": []},
        {"transactions": {"0": {}}},
        {"transactions": [7]},
        {"transactions": [line(quantity=0)]},
        {"transactions": [line(quantity=-1)]},
        {"transactions": [line(quantity="two")]},
        {"transactions": [line(quantity=10**12)]},
        {"transactions": [line(transaction_id=None)]},
        {"transactions": [line(price=None)]},
        {"transactions": [line(price=money(1500, "USD"))]},
        {"transactions": [line(), {}]},
    ],
)
def test_a_receipt_of_which_no_order_can_be_made_says_why(more: Raw) -> None:
    with pytest.raises(OddOrder) as caught:
        read(**more)
    assert len(str(caught.value)) > 5


@pytest.mark.parametrize("name", [*receipt()])
@pytest.mark.parametrize("value", [None, "", [], {}, 7, "odd", True, 10**30, -1, [[[]]]])
def test_no_value_of_any_field_is_an_exception_of_another_kind(name: str, value: object) -> None:
    try:
        order = read(**{name: value})
    except OddOrder:
        return
    assert order.external_id


@pytest.mark.parametrize("name", [*receipt()])
def test_an_absent_field_is_as_good_as_null(name: str) -> None:
    raw = {each: value for each, value in receipt().items() if each != name}
    try:
        absent: object = order_of(Fields(raw))
    except OddOrder as problem:
        absent = str(problem)
    try:
        null: object = read(**{name: None})
    except OddOrder as problem:
        null = str(problem)
    assert absent == null


@settings(max_examples=25)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*receipt(), *line()]), inner, max_size=3)
        ),
        max_leaves=5,
    )
)
def test_whatever_json_comes_it_is_read_or_told(value: object) -> None:
    try:
        order_of(Fields.of(value))
    except OddOrder:
        return
