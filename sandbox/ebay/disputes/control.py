"""Owns what a test does to disputes: a buyer opens one, something about it changes, eBay decides."""

import msgspec

from sandbox.ebay.control import shop_of
from sandbox.ebay.disputes.calls import close_dispute
from sandbox.ebay.disputes.records import OpenedDispute
from sandbox.ebay.orders.refunds import currency_of
from sandbox.ebay.orders.search import own_order
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, takes

_DAYS_S = 5 * 86_400


class _DisputeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Of the whole order."""

    seller: str
    order_id: str
    reason: str = "ITEM_NOT_RECEIVED"


class _NamedDispute(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    dispute_id: str


class _Decision(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    dispute_id: str
    outcome: str = "SELLER_WON"


def _open(sandbox: EbaySandbox, body: _DisputeOrder) -> object:
    shop = shop_of(sandbox, body.seller)
    order = own_order(shop, body.order_id)
    if order is None:
        raise ValueError(f"there is no order {body.order_id}")
    dispute = OpenedDispute(
        id=str(5_100_000_000 + sandbox.number()),
        order_id=body.order_id,
        buyer=order["buyer"]["username"],
        reason=body.reason,
        cents=order["_due_cents"],
        currency=currency_of(order),
        lines=[(line["legacyItemId"], line["lineItemId"]) for line in order["lineItems"]],
        opened_s=sandbox.now_s,
        respond_by_s=sandbox.now_s + _DAYS_S,
    )
    shop.disputes[dispute.id] = dispute
    return {"disputeId": dispute.id}


def _revise(sandbox: EbaySandbox, body: _NamedDispute) -> None:
    """Whatever it was that changed: whoever read it before has read an old revision."""
    shop_of(sandbox, body.seller).disputes[body.dispute_id].revision += 1


def _decide(sandbox: EbaySandbox, body: _Decision) -> None:
    close_dispute(sandbox, shop_of(sandbox, body.seller).disputes[body.dispute_id], body.outcome)


CONTROL = (
    ControlRoute("POST", "disputes", takes(_DisputeOrder, _open)),
    ControlRoute("POST", "disputes/revise", takes(_NamedDispute, _revise)),
    ControlRoute("POST", "disputes/decide", takes(_Decision, _decide)),
)
