"""Owns what a test does to sales: buyers buy and pay, sales are cancelled and paid back, lists have holes."""

from typing import Any

import msgspec

from sandbox.etsy.control import ShopOrder, shop_of
from sandbox.etsy.money import mills_of
from sandbox.etsy.receipts.records import PaidBack, Receipt, SoldLine
from sandbox.etsy.receipts.sales import Wanted, buyer_of, cancel, pay, record_sale, refund, sold_line, usual_fees
from sandbox.etsy.receipts.shapes import shown_receipt
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.webhooks.announcing import announce
from sandbox.etsy.webhooks.records import OrderEvent
from sandbox.marketplaces.control import ControlRoute, set_given, takes

_MOST_AT_ONCE = 20_000
_AMOUNTS = ("shipping", "tax", "vat", "discount", "gift_wrap")


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """Of a listing, whose price and SKU count; or of anything, which needs a price."""

    listing_id: int | None = None
    product_id: int | None = None
    quantity: int = 1
    price: str | None = None
    sku: str = ""
    title: str = "Something"


class _Sale(ShopOrder, forbid_unknown_fields=True):
    """Amounts in decimals. `fees` "" has no payment, absent has the usual ones; `at_s` is when, absent now."""

    lines: list[_Line]
    shipping: str = "0"
    tax: str = "0"
    vat: str = "0"
    discount: str = "0"
    gift_wrap: str = "0"
    fees: str | None = None
    is_paid: bool = True
    status: str | None = None
    country: str | None = None
    buyer_email: str | None = None
    at_s: int | None = None


class _OfReceipt(ShopOrder, forbid_unknown_fields=True):
    receipt_id: int


class _Refund(_OfReceipt, forbid_unknown_fields=True):
    """Without an amount all that is left."""

    amount: str | None = None
    reason: str = "Buyer changed their mind"
    status: str = "PROCESSED"


class _Change(_OfReceipt, forbid_unknown_fields=True):
    """`status` may be one that nobody knows; `fees` "" takes the payment away. Whatever is told here is a change."""

    status: str | None = None
    fees: str | None = None
    updated_s: int | None = None
    is_shipped: bool | None = None
    is_delivered: bool | None = None


class _Spoil(_OfReceipt, forbid_unknown_fields=True):
    """Fields that answers have in place of the true ones; none mends the receipt."""

    fields: dict[str, Any]


class _Paging(ShopOrder, forbid_unknown_fields=True):
    """What is absent stays."""

    moves_each_page: int | None = None
    sales_each_page: int | None = None
    refunds_change: bool | None = None


class _Batch(ShopOrder, forbid_unknown_fields=True):
    """`count` receipts of one thing each, `step_s` apart, the last one now."""

    count: int
    step_s: int = 60
    price: str = "12.00"


def _sell(sandbox: EtsySandbox, body: _Sale) -> object:
    shop = shop_of(sandbox, body.shop)
    if not body.lines:
        raise ValueError("a sale has at least one line")
    amounts = {name: mills_of(getattr(body, name)) for name in _AMOUNTS}
    lines = [sold_line(sandbox, shop, _wanted(line)) for line in body.lines]
    number, at_s = sandbox.number(), sandbox.now_s if body.at_s is None else body.at_s
    buyer = buyer_of(number, body.country or shop.seller.country)
    buyer.email = body.buyer_email
    receipt = Receipt(number, buyer, lines, at_s, at_s, is_paid=body.is_paid, status=body.status)
    for name, mills in amounts.items():
        setattr(receipt, name, mills)
    receipt.fees = _fees(receipt, body.fees)
    record_sale(sandbox, shop, receipt)
    return shown_receipt(sandbox, shop, receipt)


def _wanted(line: _Line) -> Wanted:
    if line.quantity < 1 or (line.listing_id is None and line.price is None):
        raise ValueError("a line has a quantity, and a listing or a price")
    unit = 0 if line.price is None else mills_of(line.price)
    return Wanted(line.quantity, line.listing_id, line.product_id, line.sku, line.title, unit)


def _fees(receipt: Receipt, fees: str | None) -> int | None:
    if fees is None:
        return usual_fees(receipt)
    return mills_of(fees) if fees else None


def _receipt(sandbox: EtsySandbox, body: _OfReceipt) -> tuple[EtsyShop, Receipt]:
    shop = shop_of(sandbox, body.shop)
    if body.receipt_id not in shop.receipts.made:
        raise ValueError(f"there is no receipt {body.receipt_id}")
    return shop, shop.receipts.made[body.receipt_id]


def _pay(sandbox: EtsySandbox, body: _OfReceipt) -> None:
    pay(sandbox, *_receipt(sandbox, body))


def _cancel(sandbox: EtsySandbox, body: _OfReceipt) -> None:
    cancel(sandbox, *_receipt(sandbox, body))


def _deliver(sandbox: EtsySandbox, body: _OfReceipt) -> None:
    shop, receipt = _receipt(sandbox, body)
    receipt.is_delivered, receipt.updated_s = True, sandbox.now_s
    announce(sandbox, OrderEvent.DELIVERED, shop, receipt.receipt_id)


def _pay_back(sandbox: EtsySandbox, body: _Refund) -> None:
    shop, receipt = _receipt(sandbox, body)
    amount = receipt.total - receipt.refunded if body.amount is None else mills_of(body.amount)
    refund(sandbox, shop, receipt, PaidBack(amount, sandbox.now_s, body.reason, status=body.status))


def _change(sandbox: EtsySandbox, body: _Change) -> None:
    _, receipt = _receipt(sandbox, body)
    receipt.updated_s = sandbox.now_s if body.updated_s is None else body.updated_s
    set_given(receipt, body, "status", "is_shipped", "is_delivered")
    if body.fees is not None:
        receipt.fees = _fees(receipt, body.fees)


def _spoil(sandbox: EtsySandbox, body: _Spoil) -> None:
    _receipt(sandbox, body)[1].shown = body.fields


def _hole(sandbox: EtsySandbox, body: _OfReceipt) -> None:
    shop, receipt = _receipt(sandbox, body)
    shop.receipts.holes.add(receipt.receipt_id)


def _set_paging(sandbox: EtsySandbox, body: _Paging) -> None:
    shelf = shop_of(sandbox, body.shop).receipts
    set_given(shelf, body, "moves_each_page", "sales_each_page", "refunds_change")


def _generate(sandbox: EtsySandbox, body: _Batch) -> object:
    """Many at once, none of which is told of."""
    shop = shop_of(sandbox, body.shop)
    if not 1 <= body.count <= _MOST_AT_ONCE:
        raise ValueError(f"count is 1 to {_MOST_AT_ONCE}")
    ids = []
    for place in range(body.count):
        number, at_s = sandbox.number(), sandbox.now_s - (body.count - 1 - place) * body.step_s
        line = SoldLine(sandbox.number(), None, None, f"BATCH-{place}", f"Thing {place}", 1, mills_of(body.price))
        receipt = Receipt(number, buyer_of(number, shop.seller.country), [line], at_s, at_s)
        receipt.fees = usual_fees(receipt)
        shop.receipts.made[number] = receipt
        ids.append(number)
    return {"receipt_ids": ids}


CONTROL = (
    ControlRoute("POST", "sell", takes(_Sale, _sell)),
    ControlRoute("POST", "receipts/pay", takes(_OfReceipt, _pay)),
    ControlRoute("POST", "receipts/cancel", takes(_OfReceipt, _cancel)),
    ControlRoute("POST", "receipts/refund", takes(_Refund, _pay_back)),
    ControlRoute("POST", "receipts/deliver", takes(_OfReceipt, _deliver)),
    ControlRoute("POST", "receipts/change", takes(_Change, _change)),
    ControlRoute("POST", "receipts/spoil", takes(_Spoil, _spoil)),
    ControlRoute("POST", "receipts/hole", takes(_OfReceipt, _hole)),
    ControlRoute("POST", "receipts/paging", takes(_Paging, _set_paging)),
    ControlRoute("POST", "receipts/generate", takes(_Batch, _generate)),
)
