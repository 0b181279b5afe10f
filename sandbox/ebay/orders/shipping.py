"""Owns what is said to have been sent: shipping fulfillments, which a repeat of the call makes a second time."""

import re
from datetime import datetime

import msgspec

from sandbox.ebay.calls import EbayCall, EbayReply
from sandbox.ebay.notifications.announcing import announce_shipment
from sandbox.ebay.orders.search import find_order, own_order
from sandbox.ebay.orders.shelf import Object, touch
from sandbox.ebay.problems import refusal
from sandbox.ebay.state import EbaySandbox

# eBay takes letters and digits alone: neither spaces nor hyphens.
_TRACKING = re.compile(r"[A-Za-z0-9]{1,60}")
_MOST = 100


class _SentLine(msgspec.Struct, rename="camel"):
    line_item_id: str
    quantity: int | None = None


class _Parcel(msgspec.Struct, rename="camel"):
    line_items: list[_SentLine] | None = None
    shipped_date: str | None = None
    shipping_carrier_code: str | None = None
    tracking_number: str | None = None


def ship(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    order = own_order(call.shop, call.ids["order_id"])
    if order is None:
        raise refusal(32100, f"Invalid Order Id: {call.ids['order_id']}")
    parcel = call.read(_Parcel)
    _check(sandbox, order, parcel=parcel)
    shipments = call.shop.orders.shipments.setdefault(order["orderId"], [])
    if len(shipments) >= _MOST:
        raise refusal(34100)
    sent = _sent(order, parcel)
    shipment = {
        "fulfillmentId": str(sandbox.number() + 9_000_000_000),
        "shipmentTrackingNumber": parcel.tracking_number,
        "shippingCarrierCode": parcel.shipping_carrier_code,
        "shippedDate": parcel.shipped_date or sandbox.now_text(),
        "lineItems": [{"lineItemId": line, "quantity": quantity} for line, quantity in sent.items()],
    }
    shipments.append({name: value for name, value in shipment.items() if value is not None})
    address = f"{sandbox.url}{call.path}/{shipment['fulfillmentId']}"
    order["fulfillmentHrefs"].append(address)
    _mark(order, shipments)
    touch(order, sandbox.now_s)
    announce_shipment(sandbox, call.shop, order, list(sent))
    return EbayReply({}, 201, {"Location": address})


def list_shipments(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    shipments = _shipments(call)
    return EbayReply({"total": len(shipments), "fulfillments": shipments})


def get_shipment(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    for shipment in _shipments(call):
        if shipment["fulfillmentId"] == call.ids["shipment_id"]:
            return EbayReply(shipment)
    raise refusal(32110, f"Invalid shipping fulfillment ID: {call.ids['shipment_id']}", status=404)


def _shipments(call: EbayCall) -> list[Object]:
    order_id = call.ids["order_id"]
    if find_order(call.shop, order_id) is None:
        raise refusal(32100, f"Invalid order ID: {order_id}")
    return call.shop.orders.shipments.get(order_id, [])


def _check(sandbox: EbaySandbox, order: Object, *, parcel: _Parcel) -> None:
    if order["cancelStatus"]["cancelState"] == "CANCELED":
        raise refusal(32600)
    tracking, carrier = parcel.tracking_number, parcel.shipping_carrier_code
    if (tracking is None) != (carrier is None):
        raise refusal(32300)
    if tracking is not None and (not carrier or _TRACKING.fullmatch(tracking) is None):
        raise refusal(32300)
    if parcel.shipped_date is not None:
        try:
            shipped = datetime.fromisoformat(parcel.shipped_date)
        except ValueError:
            raise refusal(32500) from None
        if shipped.tzinfo is None or not order["_created_s"] <= shipped.timestamp() <= sandbox.now_s + 86_400:
            raise refusal(32500)


def _sent(order: Object, parcel: _Parcel) -> dict[str, int]:
    """Quantities by line; without lines it is the whole order."""
    ordered = {line["lineItemId"]: line["quantity"] for line in order["lineItems"]}
    if parcel.line_items is None:
        return ordered
    sent: dict[str, int] = {}
    for line in parcel.line_items:
        if line.line_item_id not in ordered:
            raise refusal(32200, f"Invalid line item id: {line.line_item_id}")
        if line.line_item_id in sent:
            raise refusal(32210)
        quantity = ordered[line.line_item_id] if line.quantity is None else line.quantity
        if not 1 <= quantity <= ordered[line.line_item_id]:
            raise refusal(32600)
        sent[line.line_item_id] = quantity
    if not sent:
        raise refusal(32600)
    return sent


def _mark(order: Object, shipments: list[Object]) -> None:
    """A repeated call counts twice, and a line is sent when nothing of it is left."""
    counts: dict[str, int] = {}
    for shipment in shipments:
        for line in shipment["lineItems"]:
            counts[line["lineItemId"]] = counts.get(line["lineItemId"], 0) + line["quantity"]
    for line in order["lineItems"]:
        count = counts.get(line["lineItemId"], 0)
        if count and line["lineItemFulfillmentStatus"] != "FULFILLED":
            line["lineItemFulfillmentStatus"] = "FULFILLED" if count >= line["quantity"] else "IN_PROGRESS"
    is_all = all(line["lineItemFulfillmentStatus"] == "FULFILLED" for line in order["lineItems"])
    order["orderFulfillmentStatus"] = "FULFILLED" if is_all else "IN_PROGRESS"
