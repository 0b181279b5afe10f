"""Owns what a test does to cases: buyers who open them, send back and agree, eBay that decides, and odd answers."""

import msgspec

from sandbox.ebay.cases.opening import move_case, open_case
from sandbox.ebay.cases.shapes import BROKEN_ACTIONS, UNKNOWN_MEMBER
from sandbox.ebay.cases.states import CaseKind
from sandbox.ebay.control import shop_of
from sandbox.ebay.orders.search import own_order
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, takes


class _CaseOrder(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    kind: CaseKind
    order_id: str
    reason: str = "BUYER_REQUESTED"
    breaks: list[str] = []


class _CaseMoved(msgspec.Struct, forbid_unknown_fields=True):
    """Any text is a state: those that `states.py` does not know are what eBay may come up with."""

    seller: str
    case_id: str
    state: str


class _CasePaging(msgspec.Struct, forbid_unknown_fields=True):
    seller: str
    size: int


def _open(sandbox: EbaySandbox, body: _CaseOrder) -> object:
    shop = shop_of(sandbox, body.seller)
    order = own_order(shop, body.order_id)
    if order is None:
        raise ValueError(f"there is no order {body.order_id}")
    if not {BROKEN_ACTIONS, UNKNOWN_MEMBER} >= set(body.breaks):
        raise ValueError(f"{BROKEN_ACTIONS} and {UNKNOWN_MEMBER} can break")
    case = open_case(sandbox, shop, kind=body.kind, order=order, reason=body.reason)
    case.breaks = body.breaks
    return {"caseId": case.id}


def _move(sandbox: EbaySandbox, body: _CaseMoved) -> None:
    move_case(sandbox, shop_of(sandbox, body.seller).cases[body.case_id], body.state)


def _set_paging(sandbox: EbaySandbox, body: _CasePaging) -> None:
    if body.size < 1:
        raise ValueError("a page has 1 or more")
    shop_of(sandbox, body.seller).case_page = body.size


CONTROL = (
    ControlRoute("POST", "cases", takes(_CaseOrder, _open)),
    ControlRoute("POST", "cases/move", takes(_CaseMoved, _move)),
    ControlRoute("POST", "cases/paging", takes(_CasePaging, _set_paging)),
)
