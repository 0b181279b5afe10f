"""Owns how cases look in answers, and the members of unions that say no; must not change a case."""

from typing import Any

from graphql import GraphQLError

from sandbox.ebay.cases.opening import refund_status
from sandbox.ebay.cases.records import BuyerCase
from sandbox.ebay.cases.states import CaseKind, state_of
from sandbox.ebay.orders.shelf import instant
from sandbox.ebay.sellers import Shop

Object = dict[str, Any]
# What `breaks` of a case may have: this field is null beside an error, and each act is refused by a member of the union
# that eBay's guide does not name.
BROKEN_ACTIONS, UNKNOWN_MEMBER = "sellerAvailableActions", "unknownMember"
_WORDS = {CaseKind.RETURN: "Return", CaseKind.CANCELLATION: "ContractCancellation", CaseKind.INQUIRY: "OrderInquiry"}


def shown_case(shop: Shop, case: BuyerCase) -> Object:
    kind = CaseKind(case.kind)
    state = state_of(kind, case.state)
    shown: Object = {
        "order": {"orderId": case.order_id},
        "status": {"code": case.state, "displayText": state.text},
        "closedAt": None if case.closed_s is None else instant(case.closed_s),
        "buyer": {"username": case.buyer},
        "sellerAvailableActions": _actions(case, state.actions),
    }
    reason = {"code": case.reason, "displayText": case.reason.replace("_", " ").capitalize()}
    opened = instant(case.opened_s)
    match kind:
        case CaseKind.RETURN:
            lines = [_return_line(line) | {"returnReason": reason} for line in _lines(case)]
            own: Object = {"returnId": case.id, "requestedAt": opened, "returnLineItems": lines}
            return {"__typename": "OrderReturn"} | shown | own | {"refunds": _refunds(shop, case)}
        case CaseKind.CANCELLATION:
            return shown | {"cancellationId": case.id, "requestedAt": opened, "reason": reason}
        case CaseKind.INQUIRY:
            lines = [_inquiry_line(line) for line in _lines(case)]
            own = {"inquiryId": case.id, "createdAt": opened, "lineItems": lines}
            return shown | own | {"refunds": _refunds(shop, case)}


def success(shop: Shop, case: BuyerCase, operation: str) -> Object:
    """A return comes itself, the others in a member that is named like the operation."""
    shown = shown_case(shop, case)
    kind = CaseKind(case.kind)
    if kind is CaseKind.RETURN:
        return shown
    field = "contractCancellation" if kind is CaseKind.CANCELLATION else "orderInquiry"
    return {"__typename": f"{operation[0].upper()}{operation[1:]}Success", field: shown}


def not_found(kind: CaseKind) -> Object:
    return problem(f"{_WORDS[kind]}NotFoundError", "NOT_FOUND", "There is no such request of this seller.")


def not_permitted(kind: CaseKind, state: str) -> Object:
    text = f"The action is not permitted while the status is {state}."
    return problem(f"{_WORDS[kind]}ActionNotPermittedError", "ACTION_NOT_PERMITTED", text)


def problem(member: str, code: str, text: str) -> Object:
    return {"__typename": member, "errorCode": code, "errorMessage": text}


def _actions(case: BuyerCase, actions: tuple[str, ...]) -> object:
    if BROKEN_ACTIONS in case.breaks:
        return GraphQLError("The actions could not be loaded.")
    return {"primaryActions": [{"code": action, "displayText": action} for action in actions]}


def _lines(case: BuyerCase) -> list[Object]:
    return [
        {"id": line.id, "orderLineItem": {"orderLineItemId": line.order_line_id}, "quantity": line.quantity}
        for line in case.lines
    ]


def _return_line(line: Object) -> Object:
    return {
        "returnLineItemId": line["id"],
        "orderLineItem": line["orderLineItem"],
        "requestedQuantity": line["quantity"],
    }


def _inquiry_line(line: Object) -> Object:
    return {"inquiryLineItemId": line["id"], "orderLineItem": line["orderLineItem"], "quantity": line["quantity"]}


def _refunds(shop: Shop, case: BuyerCase) -> list[Object]:
    if case.refund_id is None:
        return []
    return [{"refundId": case.refund_id, "refundStatus": refund_status(shop, case)}]
