"""Orders of the Fulfillment API: the list between two instants, one order, and what they are in our words.

eBay's list has the orders of a seller on every market. Amounts are in the seller's currency: the one that the buyer
paid in, where it is another, stands beside as `convertedFromCurrency` and is not booked.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from integrations.ebay.app import VENDOR
from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.values import ebay_time, money_in
from integrations.errors import Misshapen
from integrations.selling.order_reading import (
    OddOrder,
    OrderNotes,
    country_of,
    lines_in,
    read_alone,
    readable,
    share_of,
    sum_of,
)
from integrations.selling.records import (
    OrderPage,
    RecordProblem,
    RemoteLine,
    RemoteOrder,
    RemoteRefund,
    RemoteShipment,
)
from integrations.selling.values import Fields

ORDERS = "/sell/fulfillment/v1/order"
_PAGE = "200"
# eBay refuses a question about orders of more than two years ago.
_KEPT = timedelta(days=729)
_ZERO = Decimal(0)
_PAID = {"PENDING": "AWAITING_PAYMENT", "FAILED": "AWAITING_PAYMENT"} | dict.fromkeys(
    ("PAID", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"), "PAID"
)
# An order that is sent in part still waits for its seller.
_SENT = {"NOT_STARTED": False, "IN_PROGRESS": False, "FULFILLED": True}
_CANCELLING = {"NONE_REQUESTED": False, "IN_PROGRESS": False, "CANCELED": True}
# A refund that failed moved no money.
_SETTLED = {"PENDING": False, "REFUNDED": True}
_FAILED = "FAILED"


async def order_pages(rest: EbayRest, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
    """Every order that was changed in between. A record that cannot be read is told and costs no other one."""
    window = f"lastmodifieddate:[{ebay_time(max(since, until - _KEPT))}..{ebay_time(until)}]"
    async for page in rest.pages(RestAsk("GET", ORDERS, {"filter": window, "limit": _PAGE, "offset": "0"})):
        yield page_of(page)


def page_of(page: Fields) -> OrderPage:
    """The orders of a page, and what was left of those of which none could be made."""
    if "orders" not in page or not isinstance(page.raw["orders"], list):
        raise Misshapen("eBay sent a page of orders without orders.")
    orders, unreadable = readable(page.parts("orders"), order_of, VENDOR, "orderId")
    # An order with an error of eBay's own is not in the list at all: only a warning tells.
    left_out = [
        RecordProblem(f"eBay: {warning.text('longMessage') or warning.text('message') or 'a warning'}")
        for warning in page.parts("warnings")
    ]
    return OrderPage(orders, unreadable, left_out, page.whole("total"))


async def one_order(rest: EbayRest, order_id: str) -> RemoteOrder:
    """The order with its parcels; raises Misshapen when it cannot be read."""
    raw = await rest.get(order_path(order_id))
    shipments = await shipments_of(rest, order_id)
    return read_alone(raw, lambda each: order_of(each, shipments), VENDOR)


def order_path(order_id: str) -> str:
    return f"{ORDERS}/{quote(order_id, safe='')}"


async def shipments_of(rest: EbayRest, order_id: str) -> list[RemoteShipment]:
    page = await rest.get(f"{order_path(order_id)}/shipping_fulfillment")
    return [
        RemoteShipment(
            each.text("fulfillmentId") or "",
            each.text("shippingCarrierCode"),
            each.text("shipmentTrackingNumber"),
            each.instant("shippedDate"),
        )
        for each in page.parts("fulfillments")
        if "fulfillmentId" in each
    ]


def order_of(raw: Fields, shipments: Sequence[RemoteShipment] = ()) -> RemoteOrder:
    """One of eBay's orders in our words; raises OddOrder."""
    external_id, placed_at = raw.text("orderId"), raw.instant("creationDate")
    if external_id is None or placed_at is None:
        raise OddOrder("it has no orderId" if external_id is None else "creationDate is no time")
    pricing = raw.part("pricingSummary")
    total = money_in(pricing, "total") or money_in(raw.part("paymentSummary"), "totalDueSeller")
    if total is None:
        raise OddOrder("pricingSummary.total is no amount")
    reading = OrderNotes(VENDOR, external_id, total.currency, money_in)
    lines = tuple(_line(reading, each) for each in lines_in(raw, "lineItems"))
    refunds = _refunds(reading, raw)
    subtotal = reading.amount(pricing, "priceSubtotal")
    taken_off = (reading.amount(pricing, "priceDiscount") or _ZERO) + (reading.amount(pricing, "adjustment") or _ZERO)
    delivery = reading.amount(pricing, "deliveryCost") or _ZERO
    return RemoteOrder(
        external_id=external_id,
        status=_status(reading, raw),
        currency=total.currency,
        placed_at=placed_at,
        updated_at=raw.instant("lastModifiedDate") or placed_at,
        subtotal=sum_of(lines) if subtotal is None else subtotal,
        discount=-taken_off,
        shipping=delivery + (reading.amount(pricing, "deliveryDiscount") or _ZERO),
        tax=reading.amount(pricing, "tax") or _ZERO,
        total=total.value,
        fees=reading.amount(raw, "totalMarketplaceFee"),
        lines=lines,
        refunds=refunds,
        shipments=tuple(shipments),
        buyer_handle=raw.part("buyer").text("username"),
        buyer_country=_country(raw.part("buyer")),
        problems=tuple(reading.problems),
    )


def _status(reading: OrderNotes, raw: Fields) -> str | None:
    """A refund is no status: a refunded order was paid, and may have been sent."""
    is_cancelled = reading.known(_CANCELLING, raw.part("cancelStatus").text("cancelState") or "NONE_REQUESTED", "state")
    paid = reading.known(_PAID, raw.text("orderPaymentStatus"), "payment status")
    is_sent = reading.known(_SENT, raw.text("orderFulfillmentStatus"), "fulfilment status")
    if is_cancelled:
        return "CANCELLED"
    if is_cancelled is None or paid is None or is_sent is None:
        return None
    return "SHIPPED" if is_sent else str(paid)


def _line(reading: OrderNotes, raw: Fields) -> RemoteLine:
    line_id, quantity = raw.text("lineItemId"), raw.whole("quantity")
    cost = reading.amount(raw, "lineItemCost")
    if line_id is None or not quantity or cost is None:
        raise OddOrder("a line has no lineItemId, quantity or lineItemCost")
    # What eBay shows of a line is of all its pieces; its discounts are those of the order as well.
    discounted = reading.amount(raw, "discountedLineItemCost")
    return RemoteLine(
        external_id=line_id,
        title=raw.text("title") or raw.text("sku") or line_id,
        quantity=quantity,
        unit_price=share_of(cost, quantity),
        discount=_ZERO if discounted is None else cost - discounted,
        sku=raw.text("sku"),
        listing_external_id=raw.text("legacyItemId"),
    )


def _refunds(reading: OrderNotes, raw: Fields) -> tuple[RemoteRefund, ...]:
    """Those of the order and of its lines by their ids.

    A refund of several lines has one id in each, and may stand at the order besides: the order's amount is the whole.
    """
    whole = raw.part("paymentSummary").parts("refunds")
    of_order = {refund.external_id: refund for each in whole if (refund := _refund(reading, raw, each)) is not None}
    of_lines: dict[str, RemoteRefund] = {}
    for line in raw.parts("lineItems"):
        for each in line.parts("refunds"):
            refund = _refund(reading, raw, each)
            if refund is None or refund.external_id in of_order:
                continue
            known = of_lines.get(refund.external_id)
            of_lines[refund.external_id] = refund if known is None else _both(known, refund)
    return (*of_order.values(), *of_lines.values())


def _both(one: RemoteRefund, other: RemoteRefund) -> RemoteRefund:
    is_settled = one.is_settled and other.is_settled
    return RemoteRefund(one.external_id, one.amount + other.amount, min(one.at, other.at), is_settled, one.reason)


def _refund(reading: OrderNotes, order: Fields, raw: Fields) -> RemoteRefund | None:
    """None for one that moved no money: it failed, or is of 0.00, as one of several lines may be."""
    status, amount = raw.text("refundStatus"), money_in(raw, "amount")
    if status == _FAILED or (amount is not None and amount.value == 0):
        return None
    refund_id = raw.text("refundId") or raw.text("refundReferenceId")
    if refund_id is None or amount is None or amount.value < 0 or amount.currency != reading.currency:
        reading.note("A refund of the order cannot be read.", "refunds")
        return None
    # A line's refunds have no status of their own in eBay's documents: they are shown once they were made.
    is_settled = True if status is None else bool(reading.known(_SETTLED, status, "refund status"))
    at = raw.instant("refundDate") or order.instant("lastModifiedDate") or order.instant("creationDate")
    return RemoteRefund(refund_id, amount.value, at, is_settled) if at is not None else None


def _country(buyer: Fields) -> str | None:
    """Where the buyer pays taxes."""
    registered = buyer.part("buyerRegistrationAddress").part("contactAddress")
    return country_of(buyer.part("taxAddress").text("countryCode") or registered.text("countryCode"))
