"""Makes orders of the lines of a file, whichever program has written it; one odd line costs no other order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from analytics.currencies import decimals_of
from analytics.reports.dates import YEARS
from analytics.reports.lines import Record
from analytics.reports.numbers import DecimalMark, mark_shown, number_of
from models.orders.order import OrderStatus
from services.orders.files.layouts import OrderColumn, OrderHeadings
from services.orders.wishes import LineWish, OrderWish, RefundWish

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ZERO = Decimal(0)
# A file of one line for each payment says not what was sold.
_PAYMENT = "Payment"
_MONEY = (
    OrderColumn.PRICE, OrderColumn.LINE_TOTAL, OrderColumn.SUBTOTAL, OrderColumn.TOTAL, OrderColumn.SHIPPING,
    OrderColumn.REFUNDED, OrderColumn.FEES,
)  # fmt: skip
# By the words of all layouts, in small letters without `wc-`.
_STATUSES: Mapping[str, OrderStatus] = {
    **dict.fromkeys(("paid", "partially_refunded", "refunded", "processing", "partial refund", "succeeded", "disputed")
                    , OrderStatus.PAID),
    **dict.fromkeys(("pending", "authorized", "partially_paid", "unpaid", "on-hold", "on hold", "pending payment",
                     "awaiting_payment", "draft"), OrderStatus.AWAITING_PAYMENT),
    **dict.fromkeys(("completed",), OrderStatus.COMPLETED),
    **dict.fromkeys(("shipped",), OrderStatus.SHIPPED),
    **dict.fromkeys(("voided", "expired", "cancelled", "canceled"), OrderStatus.CANCELLED),
}  # fmt: skip
# Nothing was bought: such lines are left out, and counted, unless their orders are known.
_NOTHING_BOUGHT = frozenset(
    {"failed", "incomplete", "blocked", "requires_payment_method", "requires_action", "checkout-draft", "trash"}
)


class OrderFault(Exception):
    """Why a line makes no order, in words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class FileOrder:
    """The lines of the file that one order is."""

    name: str
    records: list[Record]

    @property
    def line(self) -> int:
        return self.records[0].line


@dataclass(frozen=True, slots=True)
class OrderParser:
    """Reads orders by the headings of their file; `zone` is of instants that say no offset."""

    headings: OrderHeadings
    mark: DecimalMark
    zone: tzinfo

    def name_of(self, record: Record) -> str:
        return self._text(record, OrderColumn.NAME)

    def seeming_name_of(self, record: Record) -> str:
        """The order that a line with a fault seems to be of; it may be empty, or part of another text."""
        return self._text(replace(record, fields=record.seeming), OrderColumn.NAME)

    def is_bought(self, found: FileOrder) -> bool:
        """Whether anything was; if not, the order is cancelled where it is known from before."""
        return self._told_status(found.records[0]) not in _NOTHING_BOUGHT

    def order(self, found: FileOrder) -> OrderWish:
        """The order; raises OrderFault."""
        first = found.records[0]
        currency = self._text(first, OrderColumn.CURRENCY).upper()
        if not currency:
            raise OrderFault("The order says no currency.")
        instants = [self._instant(first, column) for column in _INSTANTS]
        placed = instants[0]
        if placed is None:
            raise OrderFault("The order does not say when it was placed.")
        lines = [self._line(record, place, currency) for place, record in enumerate(found.records, 1)]
        changed = max(each for each in instants if each is not None)
        refunds = self._refunds(first, changed)
        # A newer state of an order may be told by its refund alone.
        changed = max([changed, *(each.at for each in refunds if self._has(first, OrderColumn.REFUNDED_AT))])
        return OrderWish(
            external_id=self._text(first, OrderColumn.ID) or found.name,
            status=self._status(first),
            currency=currency,
            placed_at=placed,
            updated_at=changed,
            lines=lines,
            refunds=refunds,
            buyer_handle=self._text(first, OrderColumn.HANDLE)[:200] or None,
            buyer_country=self._country(first),
            shipping=self._amount(first, OrderColumn.SHIPPING),
            discount=self._discount(first, lines),
            tax=self._tax(first, lines),
            fees=self._fees(first, currency),
        )

    def dates_refunds(self, found: FileOrder) -> bool:
        """Whether the order says when it was refunded."""
        return self._has(found.records[0], OrderColumn.REFUNDED_AT)

    def _text(self, record: Record, column: OrderColumn) -> str:
        place = self.headings.places.get(column)
        return "" if place is None or place >= len(record.fields) else record.fields[place].strip()

    def _has(self, record: Record, column: OrderColumn) -> bool:
        return bool(self._text(record, column))

    def _amount(self, record: Record, column: OrderColumn) -> Decimal:
        """The number; 0 where the column is empty or not there."""
        text = self._text(record, column)
        if not text:
            return _ZERO
        number = number_of(text, self.mark)
        if number is None:
            raise OrderFault(f"{self._heading(column)} is no number that can be read.")
        return number

    def _heading(self, column: OrderColumn) -> str:
        return self.headings.layout.spellings[column][0]

    def _instant(self, record: Record, column: OrderColumn) -> datetime | None:
        text = self._text(record, column)
        if not text:
            return None
        written = _INSTANT.fullmatch(text)
        if written is None:
            raise OrderFault(f"{self._heading(column)} is no time that can be read: write it as 2026-12-31 18:30.")
        day, time, offset = written.groups()
        try:
            instant = datetime.fromisoformat(f"{day}T{time or '00:00'}{_OFFSETS.get(offset, offset or '')}")
        except ValueError:
            raise OrderFault(f"{self._heading(column)} is no day of the calendar.") from None
        if instant.year not in YEARS:
            raise OrderFault(f"{self._heading(column)} lies outside of the years {YEARS[0]} to {YEARS[-1]}.")
        return (instant if instant.tzinfo else instant.replace(tzinfo=self.zone)).astimezone(UTC)

    def _told_status(self, record: Record) -> str:
        return self._text(record, OrderColumn.STATUS).casefold().removeprefix("wc-")

    def _status(self, record: Record) -> OrderStatus:
        told = self._told_status(record)
        if self._has(record, OrderColumn.CANCELLED) or told in _NOTHING_BOUGHT:
            return OrderStatus.CANCELLED
        status = _STATUSES.get(told)
        if status is None:
            raise OrderFault(f"{self._heading(OrderColumn.STATUS)} is no status that is known.")
        is_sent = self._text(record, OrderColumn.FULFILMENT).casefold() == "fulfilled"
        return OrderStatus.SHIPPED if is_sent and status is OrderStatus.PAID else status

    def _line(self, record: Record, place: int, currency: str) -> LineWish:
        quantity = self._quantity(record)
        price = self._amount(record, OrderColumn.PRICE)
        total = self._amount(record, OrderColumn.LINE_TOTAL)
        if not self._has(record, OrderColumn.PRICE) and self._has(record, OrderColumn.LINE_TOTAL):
            # Of a sum that cannot be divided evenly the line is one piece of several.
            price = _rounded(total / quantity, currency)
            if price * quantity != total:
                quantity, price = 1, total
        if not self._has(record, OrderColumn.PRICE) and not self._has(record, OrderColumn.LINE_TOTAL):
            raise OrderFault("The line says no price.")
        title = self._text(record, OrderColumn.TITLE)[:500]
        return LineWish(
            external_id=str(place),
            title=title if self.headings.layout.has_lines else title or _PAYMENT,
            quantity=quantity,
            unit_price=price,
            sku=self._text(record, OrderColumn.SKU) or None,
            discount=self._amount(record, OrderColumn.LINE_DISCOUNT),
        )

    def _quantity(self, record: Record) -> int:
        if not self.headings.layout.has_lines:
            return 1
        number = self._amount(record, OrderColumn.QUANTITY)
        if number != number.to_integral_value() or number < 1:
            raise OrderFault("The quantity is no whole number of at least 1.")
        return int(number)

    def _discount(self, record: Record, lines: Sequence[LineWish]) -> Decimal:
        if not self.headings.layout.by_subtotal:
            told = abs(self._amount(record, OrderColumn.DISCOUNT))
            return _ZERO if told and self._is_in_prices(record, lines, told) else told
        if not self._has(record, OrderColumn.SUBTOTAL):
            return _ZERO
        return max(sum((line.amount for line in lines), _ZERO) - self._amount(record, OrderColumn.SUBTOTAL), _ZERO)

    def _is_in_prices(self, record: Record, lines: Sequence[LineWish], discount: Decimal) -> bool:
        """Whether the total is reached without the discount: some programs write prices from which it is taken off."""
        if not self._has(record, OrderColumn.TOTAL):
            return False
        goods = sum((line.amount for line in lines), _ZERO)
        beside = self._amount(record, OrderColumn.SHIPPING) + self._amount(record, OrderColumn.TAX)
        rest = goods + beside - self._amount(record, OrderColumn.TOTAL)
        return abs(rest) < abs(rest - discount)

    def _tax(self, record: Record, lines: Sequence[LineWish]) -> Decimal:
        """What stands on top of the prices: nothing where the total is reached without it."""
        tax, total = self._amount(record, OrderColumn.TAX), self._amount(record, OrderColumn.TOTAL)
        if not tax or not self._has(record, OrderColumn.TOTAL):
            return tax
        goods = sum((line.amount for line in lines), _ZERO) - self._discount(record, lines)
        rest = total - goods - self._amount(record, OrderColumn.SHIPPING)
        return tax if abs(rest - tax) <= abs(rest) else _ZERO

    def _refunds(self, record: Record, changed: datetime) -> list[RefundWish]:
        amount = abs(self._amount(record, OrderColumn.REFUNDED))
        if not amount:
            return []
        return [RefundWish("refund", amount, self._instant(record, OrderColumn.REFUNDED_AT) or changed)]

    def _fees(self, record: Record, currency: str) -> Decimal | None:
        """Fees in another currency than the order's are not known in that."""
        in_currency = self._text(record, OrderColumn.FEE_CURRENCY).upper() or currency
        if not self._has(record, OrderColumn.FEES) or in_currency != currency:
            return None
        return self._amount(record, OrderColumn.FEES)

    def _country(self, record: Record) -> str | None:
        """A code; what a program writes in another way is left out."""
        country = self._text(record, OrderColumn.COUNTRY).upper()
        return country if re.fullmatch("[A-Z]{2}", country) else None


_OFFSETS = {"Z": "+00:00", "UTC": "+00:00", None: ""}
_INSTANTS = (OrderColumn.PLACED, OrderColumn.UPDATED, OrderColumn.PAID, OrderColumn.SENT, OrderColumn.CANCELLED)


def mark_of(headings: OrderHeadings, records: Iterator[Record]) -> DecimalMark:
    """Which mark stands before the decimals of amounts: the point, unless more of them show the comma."""
    places = [headings.places[column] for column in _MONEY if column in headings.places]
    seen = {DecimalMark.POINT: 0, DecimalMark.COMMA: 0}
    for record in records:
        for place in places:
            shown = mark_shown(record.fields[place].strip(), is_whole=False) if place < len(record.fields) else None
            if isinstance(shown, DecimalMark):
                seen[shown] += 1
    return DecimalMark.COMMA if seen[DecimalMark.COMMA] > seen[DecimalMark.POINT] else DecimalMark.POINT


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), ROUND_HALF_UP)
