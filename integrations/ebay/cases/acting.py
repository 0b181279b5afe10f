"""What a seller does with a return, a cancellation or an inquiry, and the cancelling of an order; once each.

The case is read first. Where its state is the one that the step leads to, an earlier call has done it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from integrations.ebay.calls import EbayRest
from integrations.ebay.cases import operations as ops
from integrations.ebay.cases.graphql import asked
from integrations.ebay.cases.operations import CaseOperation
from integrations.ebay.cases.reading import SOURCES, bare, graph_case
from integrations.ebay.orders import order_path
from integrations.selling.once import done_once
from integrations.selling.records import CaseStep, RemoteCase
from integrations.selling.refusals import RefusedFields, refused
from integrations.selling.values import Fields, written

Wanted = dict[str, Any]
CANCEL_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "BUYER_ASKED": "BUYER_REQUESTED",
        "OUT_OF_STOCK": "OUT_OF_STOCK",
        "ADDRESS_PROBLEM": "SHIPPING_ADDRESS_ISSUES",
        "UNPAID": "UNPAID_CONTRACT",
    }
)
_CANCELLED, _CANCELLING = "CANCELED", "IN_PROGRESS"
# Unconfirmed: eBay's list of reasons for a referral is not public.
_REFERRAL = "OTHER"


@dataclass(frozen=True, slots=True)
class _Way:
    """`done` are the codes of states in which the step has happened; without any it cannot be seen."""

    operation: CaseOperation
    wanted: Callable[[CaseStep], Wanted]
    done: frozenset[str] = frozenset()


def _nothing(_step: CaseStep) -> Wanted:
    return {}


def _note(name: str) -> Callable[[CaseStep], Wanted]:
    return lambda step: {name: step.message} if step.message else {}


def _message(step: CaseStep) -> Wanted:
    if not step.message:
        raise refused("A message has words.", "message")
    return {"message": step.message}


def _referral(step: CaseStep) -> Wanted:
    return {"referralReasonCode": step.message or _REFERRAL}


def _part(step: CaseStep) -> Wanted:
    if step.amount is None or step.currency is None:
        raise refused("An offer has an amount.", "amount")
    return {"partialRefundAmount": {"value": written(step.amount), "currency": step.currency}}


def _whole(step: CaseStep) -> Wanted:
    if step.amount is not None:
        raise refused("eBay refunds this as a whole: no amount can be chosen.", "amount")
    return {}


def _tracking(step: CaseStep) -> Wanted:
    code = "".join(letter for letter in step.tracking_code or "" if letter.isascii() and letter.isalnum())
    if not code or not step.carrier:
        raise refused("A parcel has a carrier and a tracking code.", "tracking_code")
    return {"trackings": [{"trackingNumber": code, "shippingCarrier": {"carrierCode": step.carrier}}]}


def _sent_already(step: CaseStep) -> Wanted:
    """A cancellation is often declined since the parcel is on its way."""
    if not step.tracking_code:
        return {}
    return {"fulfillmentDetails": {"shipmentTrackingDetails": _tracking(step)["trackings"]}}


_ESCALATED = frozenset({"ESCALATED"})
_REFUNDED = frozenset({"REFUND_INITIATED", "CLOSED"})
_WAYS: Mapping[tuple[str, str], _Way] = MappingProxyType(
    {
        ("RETURN", "ACCEPT"): _Way(ops.APPROVE_RETURN, _note("approvalNote"), frozenset({"RETURN_APPROVED"})),
        ("RETURN", "DECLINE"): _Way(ops.DECLINE_RETURN, _note("declinationNote"), frozenset({"DECLINED"})),
        ("RETURN", "REFUND"): _Way(ops.REFUND_RETURN, _whole, _REFUNDED),
        ("RETURN", "MARK_RECEIVED"): _Way(ops.RETURN_RECEIVED, _nothing, frozenset({"ITEM_DELIVERED"})),
        ("RETURN", "MESSAGE"): _Way(ops.RETURN_MESSAGE, _message),
        ("RETURN", "ESCALATE"): _Way(ops.RETURN_REFERRAL, _referral, _ESCALATED),
        ("CANCELLATION", "ACCEPT"): _Way(
            ops.APPROVE_CANCELLATION, lambda _step: {"relistAllItems": False}, frozenset({"PENDING", "COMPLETED"})
        ),
        ("CANCELLATION", "DECLINE"): _Way(ops.DECLINE_CANCELLATION, _sent_already, frozenset({"DECLINED"})),
        ("INQUIRY", "PROVIDE_TRACKING"): _Way(ops.INQUIRY_TRACKING, _tracking, frozenset({"PENDING_BUYER_RESPONSE"})),
        ("INQUIRY", "REFUND"): _Way(ops.REFUND_INQUIRY, _whole, _REFUNDED),
        ("INQUIRY", "MESSAGE"): _Way(ops.INQUIRY_MESSAGE, _message),
        ("INQUIRY", "ESCALATE"): _Way(ops.INQUIRY_REFERRAL, _referral, _ESCALATED),
    }
)
# A refund of a part, which the buyer has to agree to.
_OFFER = _Way(ops.OFFER_PART, _part, frozenset({"PARTIAL_REFUND_OFFERED"}))


async def act_on_case(rest: EbayRest, case: RemoteCase, step: CaseStep, *, market: str | None) -> None:
    """Raises RefusedFields for a step that the case does not allow.

    A REFUND with an amount offers the buyer of a return that part for keeping the goods. A MESSAGE leaves no trace
    that could be looked up: it is sent anew when it is called again.
    """
    way = _way(case.kind, step)
    source = SOURCES[case.kind]
    wanted = {source.id_name: case.external_id, **way.wanted(step)}

    async def is_done() -> bool:
        fresh = await graph_case(rest, source, case.external_id, market=market)
        return fresh.details["code"] in way.done

    fresh = await graph_case(rest, source, case.external_id, market=market)
    if fresh.details["code"] in way.done:
        return
    _check_allowed(way, fresh)
    await done_once(lambda: asked(rest, way.operation, wanted, market=market), is_done)


async def cancel_order(rest: EbayRest, order_id: str, reason: str, *, market: str | None) -> None:
    """Cancels and refunds what was paid; an order that the seller is cancelling already is no error.

    Raises RefusedFields when eBay lets nobody cancel it, and when the buyer has asked: then that case is answered.
    """
    code = CANCEL_REASONS.get(reason)
    if code is None:
        raise refused(f"{reason!r} is no reason to cancel an order.", "reason")

    async def is_done() -> bool:
        return _is_cancelled(await rest.get(order_path(order_id)))

    if await is_done():
        return
    wanted = {"orderId": order_id, "contractCancellationReason": code, "relistAllItems": False}
    await done_once(lambda: asked(rest, ops.CANCEL_ORDER, wanted, market=market), is_done)


def _is_cancelled(order: Fields) -> bool:
    """Raises RefusedFields while a buyer's wish waits for its answer."""
    status = order.part("cancelStatus")
    state = status.text("cancelState")
    if state != _CANCELLING:
        return state == _CANCELLED
    if any(each.text("cancelInitiator") == "BUYER" for each in status.parts("cancelRequests")):
        raise RefusedFields("The buyer has asked eBay to cancel this order: answer that cancellation.")
    return True


def _way(kind: str, step: CaseStep) -> _Way:
    if (kind, step.action) == ("RETURN", "REFUND") and step.amount is not None:
        return _OFFER
    way = _WAYS.get((kind, step.action))
    if way is None:
        raise RefusedFields(f"A {kind.lower()} at eBay has no {step.action}.")
    return way


def _check_allowed(way: _Way, fresh: RemoteCase) -> None:
    """Where eBay did not tell what may be done it is left to eBay."""
    if any(problem.field == "actions" for problem in fresh.problems):
        return
    allowed = fresh.details["operations"]
    if isinstance(allowed, list) and bare(way.operation.name) not in {bare(str(each)) for each in allowed}:
        raise RefusedFields(f"eBay does not allow this while the case is {fresh.details['code']}.")
