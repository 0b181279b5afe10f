"""Owns the lists of receipts, reading one, its payment, and telling that it was sent."""

from collections.abc import Callable

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, choice_of, flag_of, listed, number_of, page_of
from sandbox.etsy.errors import EtsyRefusal, missing
from sandbox.etsy.receipts.records import Parcel, Receipt, SoldLine
from sandbox.etsy.receipts.sales import buyer_of, record_sale, usual_fees
from sandbox.etsy.receipts.shapes import shown_payment, shown_receipt, shown_transactions
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.webhooks.announcing import announce
from sandbox.etsy.webhooks.records import OrderEvent

# Etsy knows no time before the year 2000.
_EARLIEST_S, _LATEST_S = 946_684_800, 2**33
_SORTS: dict[str, Callable[[Receipt], tuple[int, int]]] = {
    "created": lambda each: (each.created_s, each.receipt_id),
    "updated": lambda each: (each.updated_s, each.receipt_id),
    "receipt_id": lambda each: (each.receipt_id, 0),
}
_UP, _DOWN = ("asc", "ascending", "up"), ("desc", "descending", "down")
# Some of the carriers that Etsy knows; what it does not know is kept without its number.
CARRIERS = (
    "dhl",
    "dhl-germany",
    "dpd",
    "gls",
    "hermes-de",
    "fedex",
    "ups",
    "usps",
    "royal-mail",
    "japan-post",
    "other",
)


def list_receipts(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop = call.own_shop(sandbox)
    limit, offset = page_of(call)
    sort = _SORTS[choice_of(call, "sort_on", tuple(_SORTS), default="created")]
    order = choice_of(call, "sort_order", (*_UP, *_DOWN), default="desc")
    wanted = _filter(call)
    found = sorted((each for each in shop.receipts.made.values() if wanted(each)), key=sort, reverse=order in _DOWN)
    page = found[offset : offset + limit]
    shown: list[object] = [
        shown_receipt(sandbox, shop, each) for each in page if each.receipt_id not in shop.receipts.holes
    ]
    _stir(sandbox, shop, page)
    return listed(shown, len(found))


def read_receipt(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, receipt = _receipt(sandbox, call)
    return EtsyReply(shown_receipt(sandbox, shop, receipt))


def update_receipt(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Marks it as sent or paid, or takes that back; nobody is told."""
    shop, receipt = _receipt(sandbox, call)
    fields = call.fields()
    paid, shipped = fields.flag("was_paid"), fields.flag("was_shipped")
    receipt.is_paid = receipt.is_paid if paid is None else paid
    receipt.is_shipped = receipt.is_shipped if shipped is None else shipped
    receipt.updated_s = sandbox.now_s
    return EtsyReply(shown_receipt(sandbox, shop, receipt))


def list_transactions(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, receipt = _receipt(sandbox, call)
    return listed(list(shown_transactions(sandbox, shop, receipt)))


def list_payments(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """None for a receipt that has no payment yet."""
    shop, receipt = _receipt(sandbox, call)
    payment = shown_payment(shop, receipt)
    return listed([] if payment is None else [payment])


def add_tracking(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """One more parcel with every call, also with the same numbers. The buyer is told each time."""
    shop, receipt = _receipt(sandbox, call)
    fields = call.fields()
    code, carrier = fields.text("tracking_code"), fields.text("carrier_name")
    if not code and not fields.text("note_to_buyer"):
        raise EtsyRefusal("A tracking number is required")
    if code and not carrier:
        raise EtsyRefusal("A carrier name is required")
    if receipt.is_canceled or not receipt.is_paid:
        raise EtsyRefusal("Cannot add tracking to a receipt that is not paid or was canceled.")
    is_known = carrier is not None and carrier.lower() in CARRIERS
    receipt.parcels.append(
        Parcel(sandbox.number(), sandbox.now_s, carrier if is_known else None, code if is_known else None)
    )
    receipt.is_shipped, receipt.updated_s = True, sandbox.now_s
    announce(sandbox, OrderEvent.SHIPPED, shop, receipt.receipt_id)
    return EtsyReply(shown_receipt(sandbox, shop, receipt))


def list_carriers(_sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    if "origin_country_iso" not in call.query:
        raise EtsyRefusal("Missing Input Parameter: [origin_country_iso]")
    return listed(
        [
            {"shipping_carrier_id": place, "name": name, "domestic_classes": [], "international_classes": []}
            for place, name in enumerate(CARRIERS, 1)
        ]
    )


def _receipt(sandbox: EtsySandbox, call: EtsyCall) -> tuple[EtsyShop, Receipt]:
    shop = call.own_shop(sandbox)
    receipt = shop.receipts.made.get(call.id("receipt_id"))
    if receipt is None:
        raise missing("receipt", receipt_id=call.ids["receipt_id"])
    return shop, receipt


def _filter(call: EtsyCall) -> Callable[[Receipt], bool]:
    """Both ends of a range are in it."""
    spans = [
        (name, _moment(call, f"min_{name}", _EARLIEST_S), _moment(call, f"max_{name}", _LATEST_S))
        for name in ("created", "last_modified")
    ]
    flags = {name: flag_of(call, f"was_{name}") for name in ("paid", "shipped", "delivered", "canceled")}

    def wanted(receipt: Receipt) -> bool:
        at = {"created": receipt.created_s, "last_modified": receipt.updated_s}
        return all(first <= at[name] <= last for name, first, last in spans) and all(
            flag is None or getattr(receipt, f"is_{name}") == flag for name, flag in flags.items()
        )

    return wanted


def _moment(call: EtsyCall, name: str, default: int) -> int:
    return number_of(call, name, default=default, least=_EARLIEST_S)


def _stir(sandbox: EtsySandbox, shop: EtsyShop, page: list[Receipt]) -> None:
    """What happens between two pages, as control has it: orders change, and new ones come in."""
    for receipt in page[: shop.receipts.moves_each_page]:
        receipt.updated_s = sandbox.now_s
    for _ in range(shop.receipts.sales_each_page):
        number = sandbox.number()
        line = SoldLine(sandbox.number(), None, None, f"STIR-{number}", "Bought between two pages", 1, 10_000)
        receipt = Receipt(number, buyer_of(number, shop.seller.country), [line], sandbox.now_s, sandbox.now_s)
        receipt.fees = usual_fees(receipt)
        record_sale(sandbox, shop, receipt)


_RECEIPTS = "/shops/{shop_id}/receipts"
_RECEIPT = f"{_RECEIPTS}/{{receipt_id}}"
CALLS = (
    EtsyRoute("GET", _RECEIPTS, "receipts.list", "transactions_r", list_receipts),
    EtsyRoute("GET", _RECEIPT, "receipts.read", "transactions_r", read_receipt),
    EtsyRoute("PUT", _RECEIPT, "receipts.update", "transactions_w", update_receipt),
    EtsyRoute("GET", f"{_RECEIPT}/transactions", "receipts.transactions", "transactions_r", list_transactions),
    EtsyRoute("GET", f"{_RECEIPT}/payments", "receipts.payments", "transactions_r", list_payments),
    EtsyRoute("POST", f"{_RECEIPT}/tracking", "receipts.add_tracking", "transactions_w", add_tracking),
    EtsyRoute("GET", "/shipping-carriers", "shipping.carriers", None, list_carriers),
)
