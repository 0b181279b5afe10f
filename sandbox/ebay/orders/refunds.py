"""Owns what is paid back: asked for now, settled later by the sandbox's clock; must not decide who has to sign."""

from typing import Any

import msgspec

from sandbox.ebay.calls import EbayCall, EbayReply
from sandbox.ebay.orders.amounts import cents_of, read_cents, written
from sandbox.ebay.orders.search import own_order
from sandbox.ebay.orders.shelf import Object, OpenRefund, instant, touch
from sandbox.ebay.problems import refusal
from sandbox.ebay.sellers import Shop
from sandbox.ebay.state import EbaySandbox

REASONS = (
    "BUYER_CANCEL",
    "SELLER_CANCEL",
    "ITEM_NOT_RECEIVED",
    "BUYER_RETURN",
    "ITEM_NOT_AS_DESCRIBED",
    "OTHER_ADJUSTMENT",
    "SHIPPING_DISCOUNT",
)
_LONGEST_COMMENT = 100


class _RefundedLine(msgspec.Struct, rename="camel"):
    line_item_id: str | None = None
    refund_amount: dict[str, Any] | None = None


class _Refund(msgspec.Struct, rename="camel"):
    reason_for_refund: str | None = None
    comment: str | None = None
    order_level_refund_amount: dict[str, Any] | None = None
    refund_items: list[_RefundedLine] | None = None


def issue_refund(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    if not call.raw:
        raise refusal(34902)
    order = own_order(call.shop, call.ids["order_id"])
    if order is None:
        raise refusal(34913)
    wanted = call.read(_Refund)
    _check_words(wanted)
    amounts = _amounts(order, wanted)
    _check_state(call.shop, order)
    refund_id = start_refund(sandbox, call.shop, order=order, amounts=amounts)
    return EbayReply({"refundId": refund_id, "refundStatus": "PENDING"})


def start_refund(sandbox: EbaySandbox, shop: Shop, *, order: Object, amounts: dict[str | None, int]) -> str:
    """Cents by line, or under None of the whole order. It settles when its time has come, as the shelf says how."""
    shelf = shop.orders
    refund_id = str(5_000_000_000 + sandbox.number())
    lines = {line["lineItemId"]: line for line in order["lineItems"]}
    for line_id, cents in amounts.items():
        shown = {
            "refundId": refund_id,
            "refundStatus": "PENDING",
            "amount": {"value": written(cents), "currency": currency_of(order)},
            "refundDate": instant(sandbox.now_s),
        }
        place = order["paymentSummary"]["refunds"] if line_id is None else lines[line_id]["refunds"]
        place.append(shown)
    order["_open_cents"] = sum(amounts.values())
    settles = OpenRefund(order["orderId"], refund_id, sandbox.now_s + shelf.refund_takes_s, shelf.refunds_succeed)
    shelf.open_refunds.append(settles)
    touch(order, sandbox.now_s)
    return refund_id


def left_cents(order: Object) -> int:
    """What may still be paid back: never the tax that eBay collected itself."""
    return int(order["_due_cents"] - order.get("_refunded_cents", 0) - order.get("_open_cents", 0))


def currency_of(order: Object) -> str:
    return str(order["paymentSummary"]["totalDueSeller"]["currency"])


def _check_words(wanted: _Refund) -> None:
    if wanted.reason_for_refund not in REASONS:
        raise refusal(34903)
    if wanted.comment is not None and len(wanted.comment) > _LONGEST_COMMENT:
        raise refusal(34921)
    if (wanted.order_level_refund_amount is None) == (not wanted.refund_items):
        raise refusal(34905)


def _check_state(shop: Shop, order: Object) -> None:
    if order["orderPaymentStatus"] in ("PENDING", "FAILED"):
        raise refusal(34929)
    if any(case.is_open and case.order_id == order["orderId"] for case in shop.cases.values()):
        raise refusal(34916)
    if order["orderPaymentStatus"] == "FULLY_REFUNDED":
        raise refusal(34917)
    if order.get("_open_cents"):
        raise refusal(34922)


def _amounts(order: Object, wanted: _Refund) -> dict[str | None, int]:
    currency = currency_of(order)
    if wanted.order_level_refund_amount is not None:
        cents = _cents(wanted.order_level_refund_amount, currency)
        if cents > order["_due_cents"] - order.get("_refunded_cents", 0):
            raise refusal(34915)
        return {None: cents}
    lines = {line["lineItemId"]: line for line in order["lineItems"]}
    amounts: dict[str | None, int] = {}
    for item in wanted.refund_items or []:
        if item.line_item_id is None:
            raise refusal(34910)
        if item.line_item_id not in lines:
            raise refusal(34914)
        cents = _cents(item.refund_amount, currency) + amounts.get(item.line_item_id, 0)
        if cents > _left_of(lines[item.line_item_id]):
            raise refusal(34924)
        amounts[item.line_item_id] = cents
    return amounts


def _left_of(line: Object) -> int:
    paid_back = sum(cents_of(each["amount"]) for each in line["refunds"] if each["refundStatus"] != "FAILED")
    return cents_of(line["total"]) - paid_back


def _cents(amount: dict[str, Any] | None, currency: str) -> int:
    if amount is None or amount.get("value") is None:
        raise refusal(34906)
    cents = read_cents(amount["value"])
    if cents is None:
        raise refusal(34907)
    if not amount.get("currency"):
        raise refusal(34908)
    if amount["currency"] != currency:
        raise refusal(34909)
    return cents
