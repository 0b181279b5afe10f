"""Owns which states a case has, who has to act in each, and what the seller may do; must not change one."""

from dataclasses import dataclass
from enum import StrEnum


class CaseKind(StrEnum):
    RETURN = "RETURN"
    CANCELLATION = "CANCELLATION"
    INQUIRY = "INQUIRY"


@dataclass(frozen=True, slots=True)
class CaseState:
    """`awaits` is SELLER, BUYER, EBAY or nobody; `actions` are what the seller may do, by eBay's operations."""

    text: str
    awaits: str | None = None
    actions: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.awaits is not None

    @property
    def presets(self) -> frozenset[str]:
        """What a list of returns or inquiries finds it under."""
        return frozenset({f"AWAITING_ACTION_FROM_{self.awaits}", "IN_PROGRESS"} if self.is_open else {"CLOSED"})


_TALKS = ("sendReturnMessage",)
_LABELS = ("attachReturnShipmentLabel", "recordReturnLabelSentOffline", "provideRmaNumber")
_RETURN_STATES = {
    "RETURN_REQUESTED": CaseState(
        "Return requested",
        "SELLER",
        (
            "approveReturn",
            "declineReturn",
            "proposeKeepItemWithPartialRefund",
            "processReturnRefund",
            "submitReturnReferral",
            *_LABELS,
            *_TALKS,
        ),
    ),
    "RETURN_APPROVED": CaseState("Return approved", "BUYER", ("processReturnRefund", *_LABELS, *_TALKS)),
    "ITEM_SHIPPED": CaseState("Item shipped", "SELLER", ("recordReturnReceived", "processReturnRefund", *_TALKS)),
    "ITEM_DELIVERED": CaseState("Item delivered", "SELLER", ("processReturnRefund", "submitReturnReferral", *_TALKS)),
    "PARTIAL_REFUND_OFFERED": CaseState("Partial refund offered", "BUYER", _TALKS),
    "ESCALATED": CaseState("Escalated", "EBAY"),
    "REFUND_INITIATED": CaseState("Refund initiated", "EBAY"),
    "DECLINED": CaseState("Declined"),
    "CLOSED": CaseState("Closed"),
}
_CANCELLATION_STATES = {
    "AWAITING_ACTION_FROM_SELLER": CaseState(
        "Awaiting your answer", "SELLER", ("approveContractCancellation", "declineContractCancellation")
    ),
    "PENDING": CaseState("Refund under way", "EBAY"),
    "DECLINED": CaseState("Declined"),
    "COMPLETED": CaseState("Completed"),
}
_INQUIRY_TALKS = ("sendOrderInquiryMessage", "submitOrderInquiryReferral")
_INQUIRY_STATES = {
    "OPEN": CaseState(
        "Awaiting your answer",
        "SELLER",
        ("provideShipmentInfoForItemNotReceivedInquiry", "processOrderInquiryRefund", *_INQUIRY_TALKS),
    ),
    "PENDING_BUYER_RESPONSE": CaseState("Awaiting the buyer", "BUYER", ("processOrderInquiryRefund", *_INQUIRY_TALKS)),
    "ESCALATED": CaseState("Escalated", "EBAY"),
    "REFUND_INITIATED": CaseState("Refund initiated", "EBAY"),
    "CLOSED": CaseState("Closed"),
}
STATES = {
    CaseKind.RETURN: _RETURN_STATES,
    CaseKind.CANCELLATION: _CANCELLATION_STATES,
    CaseKind.INQUIRY: _INQUIRY_STATES,
}
FIRST = {
    CaseKind.RETURN: "RETURN_REQUESTED",
    CaseKind.CANCELLATION: "AWAITING_ACTION_FROM_SELLER",
    CaseKind.INQUIRY: "OPEN",
}


def state_of(kind: CaseKind, code: str) -> CaseState:
    """A state that is not of the table waits for eBay and lets nobody act: control may make one up."""
    return STATES[kind].get(code, CaseState(code.replace("_", " ").capitalize(), "EBAY"))
