"""Owns payment disputes over HTTP: the list, one, contest, accept, and the table of calls."""

from datetime import datetime
from urllib.parse import urlencode

import msgspec

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply
from sandbox.ebay.disputes.evidence import add_evidence, dispute_of, upload
from sandbox.ebay.disputes.records import (
    ACTION_NEEDED,
    CLOSED,
    OPEN,
    OpenedDispute,
    shown_dispute,
    shown_summary,
)
from sandbox.ebay.orders.calls import ROOT
from sandbox.ebay.orders.refunds import left_cents, start_refund
from sandbox.ebay.orders.search import own_order
from sandbox.ebay.problems import refusal
from sandbox.ebay.state import EbaySandbox

_SCOPES = ("sell.payment.dispute",)
_MOST = 200
_RANGE_S = 90 * 86_400
_OLDEST_S = 548 * 86_400
_LONGEST_NOTE = 1000


class _Answer(msgspec.Struct, rename="camel"):
    revision: int | None = None
    note: str | None = None
    return_address: dict[str, object] | None = None


def list_disputes(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    limit, offset = _number(call, "limit", _MOST), _number(call, "offset", 0)
    if not 1 <= limit <= _MOST or offset < 0:
        raise refusal(33001, "Invalid input request", status=400)
    between, states = _range(sandbox, call), call.query.getlist("payment_dispute_status")
    if not set(states) <= {ACTION_NEEDED, OPEN, CLOSED}:
        raise refusal(33001, "Invalid input request", status=400)
    found = [
        each
        for each in call.shop.disputes.values()
        if _is_asked_for(call, each) and (_fits(each, between, states) or "order_id" in call.query)
    ]
    found.sort(key=lambda each: (each.opened_s, each.id), reverse=True)
    page = {
        "href": _href(sandbox, call, limit, offset),
        "total": len(found),
        "limit": limit,
        "offset": offset,
        "paymentDisputeSummaries": [shown_summary(each) for each in found[offset : offset + limit]],
    }
    if offset + limit < len(found):
        page["next"] = _href(sandbox, call, limit, offset + limit)
    if offset:
        page["prev"] = _href(sandbox, call, limit, max(0, offset - limit))
    return EbayReply(page)


def get_dispute(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply(shown_dispute(dispute_of(call)))


def contest(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """From now on no evidence is taken; raises EbayRefusal where there is none."""
    dispute, wanted = dispute_of(call), _read(call)
    if wanted.revision != dispute.revision:
        raise refusal(33011)
    if not dispute.awaits_seller:
        raise refusal(33101)
    if not dispute.evidence:
        raise refusal(33102)
    dispute.state, dispute.response, dispute.note = OPEN, "CONTEST", wanted.note
    dispute.revision += 1
    return NO_CONTENT


def accept(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    dispute, wanted = dispute_of(call), _read(call)
    if wanted.revision != dispute.revision or not dispute.awaits_seller:
        raise refusal(33011)
    dispute.response = "ACCEPT"
    close_dispute(sandbox, dispute, "SELLER_ACCEPTED")
    order = own_order(call.shop, dispute.order_id)
    if order is not None and not order.get("_open_cents"):
        cents = min(dispute.cents, left_cents(order))
        if cents > 0:
            start_refund(sandbox, call.shop, order=order, amounts={None: cents})
    return NO_CONTENT


def close_dispute(sandbox: EbaySandbox, dispute: OpenedDispute, outcome: str) -> None:
    dispute.state, dispute.outcome, dispute.closed_s = CLOSED, outcome, sandbox.now_s
    dispute.revision += 1


def _read(call: EbayCall) -> _Answer:
    wanted = call.read(_Answer)
    if wanted.revision is None or len(wanted.note or "") > _LONGEST_NOTE:
        raise refusal(33100)
    return wanted


def _is_asked_for(call: EbayCall, dispute: OpenedDispute) -> bool:
    """By an order alone every other filter is passed over, as with eBay."""
    if "order_id" in call.query:
        return dispute.order_id == call.query["order_id"]
    return call.query.get("buyer_username", dispute.buyer) == dispute.buyer


def _fits(dispute: OpenedDispute, between: tuple[float, float], states: list[str]) -> bool:
    return between[0] <= dispute.opened_s <= between[1] and (not states or dispute.state in states)


def _range(sandbox: EbaySandbox, call: EbayCall) -> tuple[float, float]:
    first, last = (_moment(call.query.get(name)) for name in ("open_date_from", "open_date_to"))
    if first is None and last is None:
        return 0.0, float(sandbox.now_s)
    if first is None:
        first = (last or 0.0) - _RANGE_S
    if last is None:
        last = min(first + _RANGE_S, float(sandbox.now_s))
    if not first <= last <= first + _RANGE_S or first < sandbox.now_s - _OLDEST_S:
        raise refusal(33001, "Invalid input request", status=400)
    return first, last


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise refusal(33001, "Invalid input request", status=400)
    return found.timestamp()


def _number(call: EbayCall, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise refusal(33001, "Invalid input request", status=400)
    return int(text)


def _href(sandbox: EbaySandbox, call: EbayCall, limit: int, offset: int) -> str:
    kept = [(name, value) for name, value in call.query.multi_items() if name not in ("limit", "offset")]
    return f"{sandbox.url}{call.path}?{urlencode([*kept, ('limit', limit), ('offset', offset)])}"


_ONE = f"{ROOT}/payment_dispute/{{dispute_id}}"
CALLS = (
    CallRoute("GET", f"{ROOT}/payment_dispute_summary", "fulfillment.list_disputes", _SCOPES, list_disputes),
    CallRoute("GET", _ONE, "fulfillment.get_dispute", _SCOPES, get_dispute),
    CallRoute("POST", f"{_ONE}/upload_evidence_file", "fulfillment.upload_evidence", _SCOPES, upload),
    CallRoute("POST", f"{_ONE}/add_evidence", "fulfillment.add_evidence", _SCOPES, add_evidence),
    CallRoute("POST", f"{_ONE}/contest", "fulfillment.contest", _SCOPES, contest),
    CallRoute("POST", f"{_ONE}/accept", "fulfillment.accept", _SCOPES, accept),
)
