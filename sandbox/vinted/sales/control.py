"""Owns what a buyer does, and what becomes of a sale."""

from decimal import Decimal
from typing import Any

from sandbox.marketplaces.control import ControlRoute, takes
from sandbox.vinted.control import MemberOrder, member_named
from sandbox.vinted.sales.records import STAGES, PaidBack, Sale, SoldThing
from sandbox.vinted.sales.shapes import shown_sale
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.talks.control import buyer_id_of, talk_about
from sandbox.vinted.talks.records import Message

_CENTS = Decimal("0.01")


class Bought(MemberOrder, forbid_unknown_fields=True, kw_only=True):
    """Items of the member, several for a bundle; `price` of all of them, where it is not what they cost."""

    item_ids: list[int]
    buyer: str = "buyer_anna"
    country: str = "DE"
    price: str | None = None
    shipping: str = "3.29"
    fee: str = "1.70"
    stage: str = "paid"
    at_s: int | None = None


class _SaleOrder(MemberOrder, forbid_unknown_fields=True, kw_only=True):
    transaction_id: int


class Moved(_SaleOrder, forbid_unknown_fields=True, kw_only=True):
    """Any stage, also one that nobody knows."""

    stage: str
    carrier: str | None = None
    tracking: str | None = None
    at_s: int | None = None


class Refunded(_SaleOrder, forbid_unknown_fields=True, kw_only=True):
    amount: str


class _Hole(_SaleOrder, forbid_unknown_fields=True):
    is_hole: bool = True


class _Spoil(_SaleOrder, forbid_unknown_fields=True, kw_only=True):
    fields: dict[str, Any]


def sell(sandbox: VintedSandbox, body: Bought) -> Sale:
    """The items are sold then, and there is a conversation about the first."""
    member = member_named(sandbox, body.member)
    items = [member.items.get(item_id) for item_id in body.item_ids]
    found = [item for item in items if item is not None and item.state in ("live", "reserved")]
    if not found or len(found) < len(items):
        raise ValueError("the member does not offer all of these items")
    at_s = sandbox.now_s if body.at_s is None else body.at_s
    talk = talk_about(sandbox, member, body.buyer, found[0].item_id)
    # The conversation has had a number since its first word, unless the same buyer has bought the item before.
    number = talk.transaction_id
    if number is None or number in member.sales:
        number = sandbox.first_of(2)
    things = [SoldThing(item.item_id, item.given["title"], item.given["price"]) for item in found]
    price = body.price or str(sum((Decimal(thing.price) for thing in things), Decimal(0)))
    sale = Sale(
        number,
        talk.conversation_id,
        buyer_id_of(body.buyer),
        body.buyer,
        body.country,
        things,
        str(Decimal(price).quantize(_CENTS)),
        body.shipping,
        body.fee,
        body.stage,
        at_s,
        at_s,
    )
    member.sales[sale.transaction_id] = sale
    for item in found:
        item.state, item.updated_s = "sold", at_s
    talk.transaction_id, talk.updated_s = sale.transaction_id, at_s
    talk.messages.append(Message(sandbox.number(), talk.buyer_id, "Sold", at_s, "status_message"))
    return sale


def _sell(sandbox: VintedSandbox, body: Bought) -> object:
    sale = sell(sandbox, body)
    return shown_sale(member_named(sandbox, body.member), sale)


def move(sandbox: VintedSandbox, body: Moved) -> None:
    """What is cancelled is on sale again."""
    member, sale = member_named(sandbox, body.member), _sale(sandbox, body)
    sale.stage, sale.updated_s = body.stage, sandbox.now_s if body.at_s is None else body.at_s
    sale.carrier, sale.tracking = body.carrier or sale.carrier, body.tracking or sale.tracking
    if body.stage == "cancelled":
        for thing in sale.things:
            if thing.item_id in member.items:
                member.items[thing.item_id].state = "live"


def refund(sandbox: VintedSandbox, body: Refunded) -> None:
    sale = _sale(sandbox, body)
    amount = str(Decimal(body.amount).quantize(_CENTS))
    sale.refunds.append(PaidBack(sandbox.number(), amount, sandbox.now_s))
    sale.updated_s = sandbox.now_s


def _sale(sandbox: VintedSandbox, body: _SaleOrder) -> Sale:
    sale = member_named(sandbox, body.member).sales.get(body.transaction_id)
    if sale is None:
        raise ValueError(f"there is no transaction {body.transaction_id}")
    return sale


def _make_hole(sandbox: VintedSandbox, body: _Hole) -> None:
    _sale(sandbox, body).is_hole = body.is_hole


def _spoil(sandbox: VintedSandbox, body: _Spoil) -> None:
    _sale(sandbox, body).shown = body.fields


def _stages(_sandbox: VintedSandbox, _raw: bytes) -> object:
    return {"stages": STAGES}


CONTROL = (
    ControlRoute("POST", "sell", takes(Bought, _sell)),
    ControlRoute("GET", "sales/stages", _stages),
    ControlRoute("POST", "sales/move", takes(Moved, move)),
    ControlRoute("POST", "sales/refund", takes(Refunded, refund)),
    ControlRoute("POST", "sales/hole", takes(_Hole, _make_hole)),
    ControlRoute("POST", "sales/spoil", takes(_Spoil, _spoil)),
)
