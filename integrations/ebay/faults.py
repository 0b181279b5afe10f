"""The table from eBay's error ids to our errors; carries no reaction out.

Sources: the error tables of eBay's OpenAPI files, its page on HTTP status codes, and issues of public sellers' systems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from integrations.ebay.app import VENDOR
from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)
from integrations.http import Reply
from integrations.selling.records import RecordProblem
from integrations.selling.refusals import RefusedFields
from integrations.selling.replies import LONGEST_TEXT, body_of, is_page, pause_s
from integrations.selling.values import Fields
from telemetry.redaction import redact_text

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_FAULT = 401, 403, 404, 429, 500
# eBay often leaves Retry-After out. Its limits of a day end at midnight in California, shorter ones within minutes.
_PAUSE_S = 900
_MOST_PROBLEMS = 20

# Faults that pass by themselves: 25025 is another change of the same item that is still going on.
PASSING = frozenset({2003, 20500, 25001, 25025, 30500})
MISSING = frozenset({25702, 25713, 25710, 32100})
NO_PERMISSION = frozenset({1100, 2002001})
# The key that the call was signed with is none that eBay knows of this application.
UNKNOWN_KEY = 215122
BAD_SIGNATURE = frozenset({215001, 215120, UNKNOWN_KEY})
# Which part of a draft, or of a parcel, eBay complains about.
FIELDS: Mapping[int, str] = MappingProxyType(
    {
        25003: "price",
        25004: "quantity",
        25005: "category_id",
        25007: "policies.SHIPPING",
        25008: "policies.PAYMENT",
        25009: "policies.RETURN",
        25012: "policies.LOCATION",
        25014: "image_urls",
        25015: "image_urls",
        25021: "condition",
        25707: "sku",
        32200: "line_ids",
        32300: "tracking_code",
        32500: "shipped_at",
    }
)
# Words in the names and values of an error's parameters, for errors that stand for many things.
_WORDS: tuple[tuple[str, str], ...] = (
    ("fulfillmentpolicy", "policies.SHIPPING"),
    ("paymentpolicy", "policies.PAYMENT"),
    ("returnpolicy", "policies.RETURN"),
    ("merchantlocation", "policies.LOCATION"),
    ("item specific", "aspects"),
    ("aspect", "aspects"),
    ("image", "image_urls"),
    ("picture", "image_urls"),
    ("condition", "condition"),
    ("category", "category_id"),
    ("price", "price"),
    ("quantity", "quantity"),
    ("title", "title"),
    ("description", "description"),
)
# What eBay's own words do not tell a seller.
MESSAGES: Mapping[int, str] = MappingProxyType(
    {
        20403: "The seller has not opted in to eBay's business policies: opt in under Account, Business policies.",
        25096: "eBay keeps this listing on hold for a breach of a policy; the seller's messages at eBay say which.",
    }
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of `errors` or `warnings`."""

    error_id: int
    text: str
    parameters: tuple[tuple[str, str], ...] = ()
    domain: str = ""

    @property
    def field(self) -> str | None:
        """The part of a draft that it names, None if none is known."""
        if self.error_id in FIELDS:
            return FIELDS[self.error_id]
        said = " ".join(f"{name} {value}" for name, value in self.parameters).lower() + " " + self.text.lower()
        return next((ours for word, ours in _WORDS if word in said.replace("_", "")), None)

    @property
    def problem(self) -> RecordProblem:
        return RecordProblem(MESSAGES.get(self.error_id) or self.text or f"eBay's error {self.error_id}.", self.field)


def faults_in(body: object, name: str = "errors") -> list[Complaint]:
    """The errors or warnings of an answer, whatever else it has."""
    return [_fault(each) for each in Fields.of(body).parts(name)[:_MOST_PROBLEMS]]


def outcome_of(reply: Reply, api: str) -> tuple[IntegrationError, bool]:
    """Our error for a reply that is none of success, and whether the same call may succeed when repeated at once.

    `api` names the part of eBay that was called, such as sell.inventory: limits are counted for each.
    """
    faults = faults_in(body_of(reply))
    said = _said(reply, faults)
    ids = {fault.error_id for fault in faults}
    if reply.status == _TOO_MANY:
        return _throttled(reply, api, said), False
    if is_page(reply):
        # It says nothing of what was asked for: neither that it is missing nor that a permission is.
        unheard = Unavailable("eBay's gateway did not let the call through; try again later.", said=said)
        return unheard, reply.status >= _SERVER_FAULT
    if reply.status >= _SERVER_FAULT or ids & PASSING:
        return Unavailable("eBay has a temporary fault; try again in a few minutes.", said=said), True
    return _lasting(reply, faults, said), False


def _lasting(reply: Reply, faults: Sequence[Complaint], said: VendorError) -> IntegrationError:
    """For what stays as it is when the call is repeated."""
    ids = {fault.error_id for fault in faults}
    if ids & BAD_SIGNATURE:
        # The key is the installation's: no seller has done anything, and other calls go on.
        return Rejected(
            "eBay did not accept the digital signature of this call: see the installation's log.", said=said
        )
    if reply.status == _UNAUTHORIZED:
        # The access token ended; whether the consent did is told by the next mint.
        reason = "eBay no longer accepts the access. Connect the seller again."
        return AccessRevoked(reason, is_expired=True, said=said)
    if ids & NO_PERMISSION or (reply.status == _FORBIDDEN and not faults):
        lacking = "The seller's consent lacks a permission that this needs: connect the seller again."
        return PermissionMissing(lacking, said=said)
    if reply.status == _NOT_FOUND or ids & MISSING:
        return ObjectMissing("eBay does not know the object, or the seller cannot see it.", said=said)
    if not faults:
        return InvalidResponse("eBay sent an answer that cannot be read.", said=said)
    return refusal(faults, said)


def refusal(faults: Sequence[Complaint], said: VendorError | None = None) -> RefusedFields:
    """The problems as a refusal, whose message is eBay's first reason."""
    problems = [fault.problem for fault in faults]
    reason = problems[0].message if problems else "It gave no reason."
    return RefusedFields(f"eBay refuses this: {reason}", problems=problems, said=said)


def _fault(raw: Fields) -> Complaint:
    text = raw.text("longMessage") or raw.text("message") or ""
    parameters = tuple((each.text("name") or "", each.text("value") or "") for each in raw.parts("parameters"))
    shown = redact_text(text)[:LONGEST_TEXT]
    return Complaint(raw.whole("errorId") or 0, shown, parameters, raw.text("domain") or "")


def _said(reply: Reply, faults: Sequence[Complaint]) -> VendorError:
    first = faults[0] if faults else Complaint(0, "")
    return VendorError(
        reply.status,
        first.error_id or None,
        text="; ".join(f"{fault.error_id} {fault.text}" for fault in faults)[:LONGEST_TEXT],
        trace_id=reply.headers.get("x-ebay-c-request-id"),
        advice=first.text,
    )


def _throttled(reply: Reply, api: str, said: VendorError) -> Throttled:
    message = f"{VENDOR} limits the calls of this installation to {api} for a while."
    return Throttled(message, retry_after_s=pause_s(reply, otherwise=_PAUSE_S), scope=f"app:{api}", said=said)
