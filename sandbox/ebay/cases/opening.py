"""Owns how a case begins, goes on and ends, and what that does to its order; must not know who asked for it."""

from sandbox.ebay.cases.records import BuyerCase, CaseLine
from sandbox.ebay.cases.states import FIRST, CaseKind, state_of
from sandbox.ebay.orders.amounts import cents_of
from sandbox.ebay.orders.refunds import left_cents, start_refund
from sandbox.ebay.orders.search import settle_refunds
from sandbox.ebay.orders.shelf import Object, instant, touch
from sandbox.ebay.sellers import Shop
from sandbox.ebay.state import EbaySandbox

_ENDS = {CaseKind.RETURN: "CLOSED", CaseKind.CANCELLATION: "COMPLETED", CaseKind.INQUIRY: "CLOSED"}
_WAITS_FOR_REFUND = ("REFUND_INITIATED", "PENDING")


class RefundFault(Exception):
    """Nothing can be paid back now; the text says why."""


def open_case(sandbox: EbaySandbox, shop: Shop, *, kind: CaseKind, order: Object, reason: str) -> BuyerCase:
    """With every line of the order in full."""
    number = sandbox.number()
    lines = [
        CaseLine(f"{number}{place:02d}", line["lineItemId"], line["quantity"], cents_of(line["total"]))
        for place, line in enumerate(order["lineItems"])
    ]
    case = BuyerCase(
        id=str(5_300_000_000 + number),
        kind=kind,
        order_id=order["orderId"],
        buyer=order["buyer"]["username"],
        reason=reason,
        lines=lines,
        state=FIRST[kind],
        opened_s=sandbox.now_s,
    )
    shop.cases[case.id] = case
    if kind is CaseKind.CANCELLATION:
        mark_cancellation(sandbox, order, state="IN_PROGRESS", case=case)
    return case


def move_case(sandbox: EbaySandbox, case: BuyerCase, state: str) -> None:
    case.state = state
    case.is_open = state_of(CaseKind(case.kind), state).is_open
    case.closed_s = None if case.is_open else sandbox.now_s


def pay_back(sandbox: EbaySandbox, shop: Shop, *, case: BuyerCase, order: Object, cents: int) -> None:
    """The case waits until the refund settles; raises RefundFault."""
    if order.get("_open_cents"):
        raise RefundFault("Another refund of this order is being processed.")
    if not 0 < cents <= left_cents(order):
        raise RefundFault("The refund exceeds what is left of the payment.")
    case.refund_id = start_refund(sandbox, shop, order=order, amounts={None: cents})
    move_case(sandbox, case, "PENDING" if case.kind == CaseKind.CANCELLATION else "REFUND_INITIATED")


def mark_cancellation(sandbox: EbaySandbox, order: Object, *, state: str, case: BuyerCase) -> None:
    """`state` is eBay's cancelState; who asked and what for is in the single order alone."""
    requests = {"IN_PROGRESS": "REQUESTED", "CANCELED": "COMPLETED", "NONE_REQUESTED": "REJECTED"}
    order["cancelStatus"] = {
        "cancelState": state,
        "cancelRequests": [
            {
                "cancelRequestId": case.id,
                "cancelRequestState": requests[state],
                "cancelRequestedDate": instant(case.opened_s),
                "cancelReason": case.reason,
                "cancelInitiator": "BUYER" if case.reason == "BUYER_REQUESTED" else "SELLER",
            }
        ],
    }
    if state == "CANCELED":
        order["cancelStatus"]["cancelledDate"] = instant(sandbox.now_s)
    touch(order, sandbox.now_s)


def settle_cases(sandbox: EbaySandbox, shop: Shop) -> None:
    """Cases whose refund has settled end; one whose refund failed waits for the seller again."""
    settle_refunds(shop.orders, sandbox.now_s)
    open_refunds = {refund.refund_id for refund in shop.orders.open_refunds}
    for case in shop.cases.values():
        if case.state not in _WAITS_FOR_REFUND or case.refund_id is None or case.refund_id in open_refunds:
            continue
        kind = CaseKind(case.kind)
        is_paid = refund_status(shop, case) == "REFUNDED"
        move_case(sandbox, case, _ENDS[kind] if is_paid else FIRST[kind])


def refund_status(shop: Shop, case: BuyerCase) -> str:
    refunds = shop.orders.made[case.order_id]["paymentSummary"]["refunds"]
    return next((str(each["refundStatus"]) for each in refunds if each["refundId"] == case.refund_id), "FAILED")
