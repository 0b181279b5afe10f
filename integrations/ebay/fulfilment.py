"""Parcels and refunds of an order: each looked up before it is told or made, so that a repeated call does it once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.orders import one_order, order_path, shipments_of
from integrations.ebay.values import ebay_time
from integrations.selling.once import done_once, once
from integrations.selling.records import Parcel, RefundOrder, RemoteRefund
from integrations.selling.refusals import RefusedFields, refused
from integrations.selling.values import Fields, bare_code, written

# eBay's reasons; any other text is the comment of the last of them.
REFUND_REASONS = frozenset(
    {
        "BUYER_CANCEL",
        "SELLER_CANCEL",
        "ITEM_NOT_RECEIVED",
        "BUYER_RETURN",
        "ITEM_NOT_AS_DESCRIBED",
        "SHIPPING_DISCOUNT",
    }
)
_OTHER_REASON = "OTHER_ADJUSTMENT"
_LONGEST_COMMENT = 100
_FAILED = "FAILED"
_NO_CODE = "eBay's tracking codes have letters and digits."


async def ship(rest: EbayRest, order_id: str, parcel: Parcel) -> None:
    """Tells of the parcel, unless the order has one with that tracking code: letters and digits are compared alone."""
    code = bare_code(parcel.tracking_code)
    if not code:
        raise refused(_NO_CODE, "tracking_code")

    async def is_told() -> bool:
        known = await shipments_of(rest, order_id)
        return code in {bare_code(each.tracking_code or "") for each in known}

    if await is_told():
        return
    body = {
        "lineItems": await _lines(rest, order_id, parcel.line_ids),
        "shippedDate": ebay_time(parcel.shipped_at),
        "shippingCarrierCode": parcel.carrier,
        "trackingNumber": code,
    }
    ask = RestAsk("POST", f"{order_path(order_id)}/shipping_fulfillment", body=body, is_idempotent=False)
    await done_once(lambda: rest.call(ask), is_told)


async def refund(rest: EbayRest, order_id: str, wish: RefundOrder, now: datetime) -> RemoteRefund:
    """The refund, which settles later. One of the same amount that is none of `wish.known_ids` is taken for it.

    Raises RefusedFields for what eBay refuses, and for a refund that it took and could not make.
    """
    amount = wish.amount if wish.amount is not None else sum(wish.by_line.values(), Decimal(0))

    async def made() -> RemoteRefund | None:
        order = await one_order(rest, order_id)
        fresh = (each for each in order.refunds if each.external_id not in wish.known_ids)
        return next((each for each in fresh if each.amount == amount), None)

    found = await made()
    if found is not None:
        return found

    async def make() -> RemoteRefund:
        ask = RestAsk(
            "POST", f"{order_path(order_id)}/issue_refund", body=_asked(wish), is_idempotent=False, is_signed=True
        )
        answer = (await rest.call(ask)).fields
        refund_id = answer.text("refundId")
        if answer.text("refundStatus") == _FAILED or refund_id is None:
            raise RefusedFields("eBay could not make the refund.")
        return RemoteRefund(refund_id, amount, now, is_settled=False, reason=wish.reason)

    return await once(make, made)


def _asked(wish: RefundOrder) -> dict[str, Any]:
    reason = wish.reason if wish.reason in REFUND_REASONS else _OTHER_REASON
    body: dict[str, Any] = {"reasonForRefund": reason, "comment": wish.reason[:_LONGEST_COMMENT]}
    if wish.amount is not None:
        return body | {"orderLevelRefundAmount": _amount(wish.amount, wish.currency)}
    items = [
        {"lineItemId": line_id, "refundAmount": _amount(amount, wish.currency)}
        for line_id, amount in wish.by_line.items()
    ]
    return body | {"refundItems": items}


def _amount(amount: Decimal, currency: str) -> dict[str, str]:
    return {"value": written(amount), "currency": currency}


async def _lines(rest: EbayRest, order_id: str, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """The lines with their quantities: those asked for, else those that were not sent yet, else all."""
    raw = (await rest.get(order_path(order_id))).parts("lineItems")
    left = [line for line in raw if line.text("lineItemFulfillmentStatus") != "FULFILLED"]
    chosen = [line for line in raw if line.text("lineItemId") in wanted] if wanted else left or raw
    if wanted and len(chosen) < len(set(wanted)):
        raise refused("The order at eBay has no such line.", "line_ids")
    return [_line(line) for line in chosen]


def _line(line: Fields) -> dict[str, Any]:
    return {"lineItemId": line.text("lineItemId"), "quantity": line.whole("quantity") or 1}
