"""Owns what a shop remembers of a payment dispute, and how the API shows it; must not change one."""

from typing import Any

import msgspec

from sandbox.ebay.orders.amounts import written
from sandbox.ebay.orders.shelf import instant

Object = dict[str, Any]
ACTION_NEEDED, OPEN, CLOSED = "ACTION_NEEDED", "OPEN", "CLOSED"
# Those that eBay's OpenAPI file names in its examples; the whole list is unconfirmed.
EVIDENCE_TYPES = (
    "PROOF_OF_AUTHENTICITY",
    "PROOF_OF_DELIVERY",
    "PROOF_OF_ITEM_AS_DESCRIBED",
    "PROOF_OF_PICKUP",
    "TRACKING_INFORMATION",
)


class EvidenceFile(msgspec.Struct):
    """`size` in bytes. What was in it is not kept."""

    id: str
    name: str
    kind: str
    size: int
    at_s: int


class EvidenceSet(msgspec.Struct):
    id: str
    kind: str
    file_ids: list[str]
    line_ids: list[str]
    at_s: int


class OpenedDispute(msgspec.Struct):
    """`revision` grows with every act. `response` is what the seller chose: CONTEST or ACCEPT; `_s` since the epoch."""

    id: str
    order_id: str
    buyer: str
    reason: str
    cents: int
    currency: str
    lines: list[tuple[str, str]]
    opened_s: int
    respond_by_s: int
    state: str = ACTION_NEEDED
    revision: int = 1
    response: str | None = None
    note: str | None = None
    outcome: str | None = None
    closed_s: int | None = None
    files: dict[str, EvidenceFile] = {}
    evidence: list[EvidenceSet] = []

    @property
    def awaits_seller(self) -> bool:
        return self.state == ACTION_NEEDED and self.response is None


def shown_summary(dispute: OpenedDispute) -> Object:
    shown: Object = {
        "paymentDisputeId": dispute.id,
        "orderId": dispute.order_id,
        "openDate": instant(dispute.opened_s),
        "respondByDate": instant(dispute.respond_by_s),
        "reason": dispute.reason,
        "paymentDisputeStatus": dispute.state,
        "amount": {"value": written(dispute.cents), "currency": dispute.currency},
        "buyerUsername": dispute.buyer,
    }
    if dispute.closed_s is not None:
        shown["closedDate"] = instant(dispute.closed_s)
    return shown


def shown_dispute(dispute: OpenedDispute) -> Object:
    lines = [{"itemId": item_id, "lineItemId": line_id} for item_id, line_id in dispute.lines]
    request = {
        "evidenceType": "PROOF_OF_DELIVERY",
        "lineItems": lines,
        "requestDate": instant(dispute.opened_s),
        "respondByDate": instant(dispute.respond_by_s),
    }
    shown = shown_summary(dispute) | {
        "lineItems": lines,
        "availableChoices": ["CONTEST", "ACCEPT"] if dispute.awaits_seller else [],
        "evidenceRequests": [request] if dispute.awaits_seller else [],
        "evidence": [_evidence(dispute, each) for each in dispute.evidence],
        "revision": dispute.revision,
    }
    if dispute.response is not None:
        shown["sellerResponse"] = dispute.response
    if dispute.note is not None:
        shown["note"] = dispute.note
    if dispute.outcome is not None:
        shown["resolution"] = {"reasonForClosure": dispute.outcome}
    return shown


def _evidence(dispute: OpenedDispute, evidence: EvidenceSet) -> Object:
    files = [dispute.files[file_id] for file_id in evidence.file_ids]
    items = {line_id: item_id for item_id, line_id in dispute.lines}
    return {
        "evidenceId": evidence.id,
        "evidenceType": evidence.kind,
        "providedDate": instant(evidence.at_s),
        "lineItems": [{"itemId": items[line_id], "lineItemId": line_id} for line_id in evidence.line_ids],
        "files": [
            {"fileId": file.id, "name": file.name, "fileType": file.kind, "uploadedDate": instant(file.at_s)}
            for file in files
        ],
    }
