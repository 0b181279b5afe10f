"""Owns what a seller does with cases: each operation's next state, what it pays back, and when it is refused."""

import re
from dataclasses import dataclass

from sandbox.ebay.cases.opening import RefundFault, mark_cancellation, move_case, open_case, pay_back
from sandbox.ebay.cases.records import BuyerCase
from sandbox.ebay.cases.shapes import UNKNOWN_MEMBER, Object, not_found, not_permitted, problem, success
from sandbox.ebay.cases.states import CaseKind, state_of
from sandbox.ebay.orders.amounts import read_cents
from sandbox.ebay.orders.refunds import left_cents
from sandbox.ebay.orders.sales import relist
from sandbox.ebay.orders.search import own_order
from sandbox.ebay.sellers import Shop
from sandbox.ebay.state import EbaySandbox

_TRACKING = re.compile(r"[A-Za-z0-9]{1,60}")
_CANCELLABLE_S = 30 * 86_400
IDS = {CaseKind.RETURN: "returnId", CaseKind.CANCELLATION: "cancellationId", CaseKind.INQUIRY: "inquiryId"}


@dataclass(frozen=True, slots=True)
class CaseMove:
    """`state` comes next, None stays as it is. What `moves_money` has to be signed where the law says so."""

    kind: CaseKind
    state: str | None = None
    moves_money: bool = False
    pays_back: bool = False


MOVES = {
    "approveReturn": CaseMove(CaseKind.RETURN, "RETURN_APPROVED", moves_money=True),
    "declineReturn": CaseMove(CaseKind.RETURN, "DECLINED", moves_money=True),
    "processReturnRefund": CaseMove(CaseKind.RETURN, moves_money=True, pays_back=True),
    "recordReturnReceived": CaseMove(CaseKind.RETURN, "ITEM_DELIVERED"),
    "proposeKeepItemWithPartialRefund": CaseMove(CaseKind.RETURN, "PARTIAL_REFUND_OFFERED", moves_money=True),
    "sendReturnMessage": CaseMove(CaseKind.RETURN),
    "submitReturnReferral": CaseMove(CaseKind.RETURN, "ESCALATED"),
    "attachReturnShipmentLabel": CaseMove(CaseKind.RETURN),
    "recordReturnLabelSentOffline": CaseMove(CaseKind.RETURN),
    "provideRmaNumber": CaseMove(CaseKind.RETURN),
    "approveContractCancellation": CaseMove(CaseKind.CANCELLATION, moves_money=True, pays_back=True),
    "declineContractCancellation": CaseMove(CaseKind.CANCELLATION, "DECLINED"),
    "provideShipmentInfoForItemNotReceivedInquiry": CaseMove(CaseKind.INQUIRY, "PENDING_BUYER_RESPONSE"),
    "processOrderInquiryRefund": CaseMove(CaseKind.INQUIRY, moves_money=True, pays_back=True),
    "sendOrderInquiryMessage": CaseMove(CaseKind.INQUIRY),
    "submitOrderInquiryReferral": CaseMove(CaseKind.INQUIRY, "ESCALATED"),
}
CREATION = "createOrderCancellation"


def act(sandbox: EbaySandbox, shop: Shop, *, operation: str, wanted: Object) -> Object:
    """A member of the union; what was refused has changed nothing."""
    move = MOVES[operation]
    case = shop.cases.get(wanted[IDS[move.kind]])
    if case is None or case.kind != move.kind:
        return not_found(move.kind)
    if UNKNOWN_MEMBER in case.breaks:
        return problem("PolicyHoldError", "POLICY_HOLD", "This request is on hold.")
    if operation not in state_of(move.kind, case.state).actions:
        return not_permitted(move.kind, case.state)
    if not all(_TRACKING.fullmatch(each["trackingNumber"]) for each in wanted.get("trackings") or []):
        member = "ProvideShipmentInfoForInquiryInputValidationError"
        return problem(member, "INVALID_TRACKING_NUMBER", "A tracking number has letters and digits alone.")
    try:
        _carry_out(sandbox, shop, case=case, move=move, wanted=wanted)
    except RefundFault as fault:
        return problem("RefundProcessingError", "REFUND_PROCESSING_FAILED", str(fault))
    if "message" in wanted:
        case.messages.append(wanted["message"])
    return success(shop, case, operation)


def create_cancellation(sandbox: EbaySandbox, shop: Shop, wanted: Object) -> Object:
    """There is no call that tells whether an order may be cancelled: this one says it by refusing."""
    order = own_order(shop, wanted["orderId"])
    if order is None:
        return problem("OrderNotFoundError", "ORDER_NOT_FOUND", "There is no such order of this seller.")
    is_old = sandbox.now_s - order["_created_s"] > _CANCELLABLE_S
    is_under_way = order["cancelStatus"]["cancelState"] != "NONE_REQUESTED"
    if is_old or is_under_way or order["orderFulfillmentStatus"] != "NOT_STARTED" or order.get("_open_cents"):
        text = "The order was sent, cancelled or paid back, or is too old."
        return problem("OrderCancellationEligibilityError", "NOT_ELIGIBLE", text)
    reason = wanted["contractCancellationReason"]
    case = open_case(sandbox, shop, kind=CaseKind.CANCELLATION, order=order, reason=reason)
    _cancel(sandbox, shop, case=case, wanted=wanted)
    return success(shop, case, CREATION)


def _carry_out(sandbox: EbaySandbox, shop: Shop, *, case: BuyerCase, move: CaseMove, wanted: Object) -> None:
    order = own_order(shop, case.order_id)
    assert order is not None
    if move.kind is CaseKind.CANCELLATION:
        if move.pays_back:
            _cancel(sandbox, shop, case=case, wanted=wanted)
        else:
            mark_cancellation(sandbox, order, state="NONE_REQUESTED", case=case)
    elif move.pays_back:
        cents = sum(line.cents for line in case.lines) - _withheld(wanted)
        pay_back(sandbox, shop, case=case, order=order, cents=cents)
    if move.state is not None:
        move_case(sandbox, case, move.state)


def _cancel(sandbox: EbaySandbox, shop: Shop, *, case: BuyerCase, wanted: Object) -> None:
    order = own_order(shop, case.order_id)
    assert order is not None
    is_paid = order["orderPaymentStatus"] in ("PAID", "PARTIALLY_REFUNDED")
    if is_paid:
        pay_back(sandbox, shop, case=case, order=order, cents=left_cents(order))
    else:
        move_case(sandbox, case, "COMPLETED")
    mark_cancellation(sandbox, order, state="CANCELED", case=case)
    if wanted.get("relistAllItems"):
        relist(shop, order)


def _withheld(wanted: Object) -> int:
    amounts = [each["withheldAmount"] for each in wanted.get("returnLineItemRefundWithholdings") or []]
    cents = [read_cents(amount["value"]) for amount in amounts]
    if None in cents:
        raise RefundFault("A withheld amount is positive and within two decimals.")
    return sum(each or 0 for each in cents)
