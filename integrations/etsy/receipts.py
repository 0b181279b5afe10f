"""Etsy's receipts as our orders: the list between two instants, one of them, and what their payments cost.

Amounts are in the currency of the shop. A refund changes no receipt that Etsy's list of changes tells of (etsy/open-api
513 and 604): it is seen with the next change of its receipt, when the receipt is read by itself, or in a list of
receipts by the time at which they were made.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from integrations.errors import Barred, InvalidResponse, ObjectMissing, Rejected, Unavailable
from integrations.etsy.app import VENDOR
from integrations.etsy.calls import EtsyRest
from integrations.etsy.values import etsy_time, is_id, moment_in, money_in, words_in
from integrations.selling.order_reading import OddOrder, OrderNotes, country_of, lines_in, read_alone, readable, sum_of
from integrations.selling.records import (
    OrderPage,
    RecordProblem,
    RemoteLine,
    RemoteOrder,
    RemoteRefund,
    RemoteShipment,
)
from integrations.selling.values import Fields, number_of

_ZERO = Decimal(0)
_CANCELLED, _SHIPPED, _PAID, _UNPAID = "CANCELLED", "SHIPPED", "PAID", "AWAITING_PAYMENT"
# What a status says of an order whose flags are absent. A refund is no status of ours: the order was paid.
_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "open": _UNPAID,
        "unpaid": _UNPAID,
        "payment processing": _UNPAID,
        "paid": _PAID,
        "unshipped": _PAID,
        "partially refunded": _PAID,
        "fully refunded": _PAID,
        "refunded": _PAID,
        "completed": _SHIPPED,
        "shipped": _SHIPPED,
        "delivered": _SHIPPED,
        "canceled": _CANCELLED,
        "cancelled": _CANCELLED,
    }
)
# Unconfirmed: Etsy's reference names no words. True: the money went back; None: it never will.
_REFUNDS: Mapping[str, bool | None] = MappingProxyType(
    dict.fromkeys(("processed", "success", "succeeded", "completed", "refunded", "settled", "issued", "created"), True)
    | dict.fromkeys(("pending", "processing", "submitted", "open"), False)
    | dict.fromkeys(("failed", "failure", "error", "denied", "canceled", "cancelled", "reversed"), None)
)
# Each paid order costs one call more for its fees: not while the day has less than this part of its calls left.
_FEES_WHILE_LEFT = Decimal("0.1")
_MOST_UNANSWERED = 3


class ReceiptReader:
    """Reads the receipts of one shop; the fees of a receipt are asked for once."""

    def __init__(self, rest: EtsyRest, shop_id: str) -> None:
        self._rest = rest
        self._root = f"/shops/{shop_id}/receipts"
        self._fees: dict[tuple[str, datetime], Decimal | None] = {}

    async def pages(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """Every receipt that was changed in between. One that cannot be read is told, and costs no other one."""
        async for page in self._listed("last_modified", "updated", since, until):
            with_fees, untold = await self._all_with_fees(page.orders)
            yield replace(page, orders=with_fees, incomplete=untold)

    async def placed(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        """Every receipt that was made in between, without its fees, which would cost a call for each."""
        async for page in self._listed("created", "created", since, until):
            yield replace(page, incomplete=[_not_asked(order) for order in page.orders if _has_fees(order)])

    async def _listed(
        self, moment: str, sort_on: str, since: datetime, until: datetime
    ) -> AsyncGenerator[OrderPage, None]:
        query = {
            f"min_{moment}": etsy_time(since),
            f"max_{moment}": etsy_time(until),
            "sort_on": sort_on,
            "sort_order": "asc",
        }
        async for page in self._rest.pages(self._root, query):
            orders, unreadable = readable(page.parts("results"), order_of, VENDOR, "receipt_id")
            yield OrderPage(orders, unreadable, total=page.whole("count"))

    async def one(self, receipt_id: str) -> RemoteOrder:
        """Raises Misshapen for one that cannot be read, ObjectMissing for one that is none of the shop's."""
        return await self._with_fees(read_alone(await self.raw(receipt_id), order_of, VENDOR))

    async def raw(self, receipt_id: str) -> Fields:
        return await self._rest.get(self.path(receipt_id))

    def path(self, receipt_id: str) -> str:
        if not is_id(receipt_id):
            raise ObjectMissing("Etsy's orders have numbers for ids.")
        return f"{self._root}/{receipt_id}"

    def _may_ask(self) -> bool:
        told = self._rest.meter.latest
        if told is None or told.left_today is None or told.per_day is None:
            return True
        return told.left_today > told.per_day * _FEES_WHILE_LEFT

    async def _all_with_fees(self, orders: Sequence[RemoteOrder]) -> tuple[list[RemoteOrder], list[RecordProblem]]:
        """The orders with their fees, and a problem for each whose fees Etsy does not answer for now: it costs no other
        one. After a few without an answer the others of the page are not tried.
        """
        found: list[RemoteOrder] = []
        untold: list[RecordProblem] = []
        unanswered = 0
        for order in orders:
            told = order
            if unanswered == _MOST_UNANSWERED:
                untold += [_untold(order)] if _has_fees(order) else []
            elif self._may_ask():
                try:
                    told = await self._with_fees(order)
                except Barred:
                    raise
                except (Unavailable, InvalidResponse, Rejected) as error:
                    untold.append(_untold(order))
                    unanswered += isinstance(error, Unavailable)
            found.append(told)
        return found, untold

    async def _with_fees(self, order: RemoteOrder) -> RemoteOrder:
        """Of an order that was paid for."""
        if not _has_fees(order):
            return order
        key = (order.external_id, order.updated_at)
        if key not in self._fees:
            self._fees[key] = await self._asked_fees(order)
        return replace(order, fees=self._fees[key])

    async def _asked_fees(self, order: RemoteOrder) -> Decimal | None:
        """What the payments cost the seller; None where Etsy does not tell, or in another currency alone."""
        try:
            payments = (await self._rest.get(f"{self.path(order.external_id)}/payments")).parts("results")
        except ObjectMissing:
            return None
        fees = [fee for each in payments if (fee := _fee(each, order.currency)) is not None]
        return sum(fees, _ZERO) if payments and len(fees) == len(payments) else None


def _has_fees(order: RemoteOrder) -> bool:
    return order.status not in (_UNPAID, _CANCELLED)


def _untold(order: RemoteOrder) -> RecordProblem:
    reason = f"Etsy does not tell the fees of order {order.external_id} now: Adgraph asks again by itself."
    return RecordProblem(reason, "fees", order.external_id)


def _not_asked(order: RemoteOrder) -> RecordProblem:
    reason = f"Etsy's list does not tell the fees of order {order.external_id}: Adgraph asks for them by itself."
    return RecordProblem(reason, "fees", order.external_id)


def order_of(raw: Fields) -> RemoteOrder:
    """One of Etsy's receipts in our words; raises OddOrder."""
    external_id, placed_at = raw.text("receipt_id"), moment_in(raw, "created_timestamp", "create_timestamp")
    if external_id is None or placed_at is None:
        raise OddOrder("it has no receipt_id" if external_id is None else "created_timestamp is no time")
    total = money_in(raw, "grandtotal")
    if total is None:
        raise OddOrder("grandtotal is no amount")
    reading = OrderNotes(VENDOR, external_id, total.currency, money_in)
    updated_at = moment_in(raw, "updated_timestamp", "update_timestamp") or placed_at
    lines = tuple(_line(reading, each) for each in lines_in(raw, "transactions"))
    discount, shipping = reading.amount(raw, "discount_amt") or _ZERO, reading.amount(raw, "total_shipping_cost")
    subtotal = _subtotal(reading, raw, lines, discount)
    left = total.value - (subtotal - discount) - (shipping or _ZERO)
    tax, gift_wrap = _tax_and_gift_wrap(reading, raw, left)
    return RemoteOrder(
        external_id=external_id,
        status=_status(reading, raw),
        currency=total.currency,
        placed_at=placed_at,
        updated_at=updated_at,
        subtotal=subtotal,
        discount=discount,
        # Wrapping is the seller's revenue as postage is.
        shipping=(shipping or _ZERO) + gift_wrap,
        tax=tax,
        total=total.value,
        fees=None,
        lines=lines,
        refunds=_refunds(reading, raw, updated_at),
        shipments=shipments_of(raw),
        buyer_handle=raw.text("buyer_user_id"),
        buyer_country=country_of(raw.text("country_iso")),
        problems=tuple(reading.problems),
    )


def shipments_of(receipt: Fields) -> tuple[RemoteShipment, ...]:
    return tuple(
        RemoteShipment(
            each.text("receipt_shipping_id") or each.text("tracking_code") or str(number),
            words_in(each, "carrier_name"),
            each.text("tracking_code"),
            moment_in(each, "shipment_notification_timestamp", "mailing_date"),
        )
        for number, each in enumerate(receipt.parts("shipments"), start=1)
    )


def _status(reading: OrderNotes, raw: Fields) -> str | None:
    told = (raw.text("status") or "").casefold().replace("_", " ") or None
    status = reading.known(_STATUSES, told, "order status")
    if status is None or status == _CANCELLED:
        return status
    # Etsy has called its flags by other names, too.
    shipped = _flag(raw, "is_shipped", "was_shipped")
    paid = _flag(raw, "is_paid", "was_paid")
    if shipped or (shipped is None and status == _SHIPPED):
        return _SHIPPED
    if paid is None:
        return _PAID if status == _SHIPPED else status
    return _PAID if paid else _UNPAID


def _flag(raw: Fields, *names: str) -> bool | None:
    found = [raw.raw[name] for name in names if isinstance(raw.raw.get(name), bool)]
    return found[0] if found else None


def _subtotal(reading: OrderNotes, raw: Fields, lines: Sequence[RemoteLine], discount: Decimal) -> Decimal:
    """Before discounts: Etsy's own subtotal is after those of coupons."""
    whole, discounted = reading.amount(raw, "total_price"), reading.amount(raw, "subtotal")
    if whole is not None:
        return whole
    return sum_of(lines) if discounted is None else discounted + discount


def _tax_and_gift_wrap(reading: OrderNotes, raw: Fields, left: Decimal) -> tuple[Decimal, Decimal]:
    """What of both is on top of the prices, as what is `left` of the total tells: VAT is within them in some countries.

    Where nothing adds up, only the tax that Etsy calls so counts as tax.
    """
    tax, vat, wrapping = (
        reading.amount(raw, name) or _ZERO for name in ("total_tax_cost", "total_vat_cost", "gift_wrap_price")
    )
    tried = ((tax + vat, _ZERO), (tax, _ZERO), (tax + vat, wrapping), (tax, wrapping))
    return next(((taxes, extra) for taxes, extra in tried if taxes + extra == left), (tax, _ZERO))


def _line(reading: OrderNotes, raw: Fields) -> RemoteLine:
    line_id, quantity = raw.text("transaction_id"), raw.whole("quantity")
    price = reading.amount(raw, "price")
    if line_id is None or not quantity or price is None:
        raise OddOrder("a transaction has no transaction_id, quantity or price")
    sku = words_in(raw, "sku")
    return RemoteLine(
        external_id=line_id,
        title=words_in(raw, "title") or sku or line_id,
        quantity=quantity,
        unit_price=price,
        sku=sku,
        listing_external_id=raw.text("listing_id"),
    )


def _refunds(reading: OrderNotes, raw: Fields, updated_at: datetime) -> tuple[RemoteRefund, ...]:
    """Etsy gives refunds no ids: theirs are made of the receipt, the moment and the amount, and a number where several
    have all of that in common.
    """
    found: dict[str, RemoteRefund] = {}
    alike = Counter[str]()
    for each in raw.parts("refunds"):
        money, status = money_in(each, "amount"), (each.text("status") or "").casefold()
        is_settled = _REFUNDS.get(status, True)
        if is_settled is None or (money is not None and money.value == 0):
            continue
        if money is None or money.value < 0 or money.currency != reading.currency:
            reading.note("A refund of the order cannot be read.", "refunds")
            continue
        if status and status not in _REFUNDS:
            reading.note(f"Etsy's refund status {status} is not known here.", "refunds")
        at = moment_in(each, "created_timestamp", "create_timestamp")
        name = f"{reading.external_id}:{etsy_time(at) if at else ''}:{money.value.normalize():f}"
        alike[name] += 1
        refund_id = f"{name}:{alike[name]}" if alike[name] > 1 else name
        found[refund_id] = RemoteRefund(refund_id, money.value, at or updated_at, is_settled, words_in(each, "reason"))
    return tuple(found.values())


def _fee(payment: Fields, currency: str) -> Decimal | None:
    """In the currency of the shop, which the buyer's may not be. What is left of it after refunds comes first; 0 counts
    as that only where Etsy names refunds, as it may stand for none.
    """
    is_adjusted = bool(payment.parts("payment_adjustments"))
    for name in ("adjusted_fees", "amount_fees", "posted_fees"):
        money = money_in(payment, name)
        is_meant = money is not None and (name != "adjusted_fees" or money.value != 0 or is_adjusted)
        if money is not None and is_meant and money.currency == currency:
            return number_of(abs(money.value))
    return None
