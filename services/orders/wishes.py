"""Orders as a shop tells them, and what is wrong with one: each is checked for itself, before anything is stored."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from analytics.currencies import decimals_of, fits
from analytics.rates import CURRENCIES, NO_CURRENCY
from errors import Refused, UserErrorCode
from models.orders.order import OrderStatus
from models.text_match import is_storable

MOST_LINES, MOST_REFUNDS = 500, 100
LONGEST_ID, LONGEST_SKU, LONGEST_TITLE, LONGEST_REASON, LONGEST_HANDLE = 200, 200, 500, 500, 200
LONGEST_ADDRESS = 2_000
MOST_PIECES = 1_000_000
# More than anything costs, and far below what a column holds.
LARGEST_AMOUNT = Decimal(10) ** 12
# How far the clock of a shop may be ahead of ours.
AHEAD = timedelta(minutes=5)
_COUNTRY = re.compile(r"[A-Z]{2}")
_ZERO = Decimal(0)
# Where in an order something is wrong, from the order on.
Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class LineWish:
    """Something that was sold: `discount` is what was taken off quantity times price."""

    external_id: str
    title: str
    quantity: int
    unit_price: Decimal
    sku: str | None = None
    discount: Decimal = _ZERO
    listing_external_id: str | None = None

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class RefundWish:
    """Money that went back to the buyer."""

    external_id: str
    amount: Decimal
    at: datetime
    reason: str | None = None
    is_settled: bool = True


@dataclass(frozen=True, slots=True)
class ToldSums:
    """The sums of an order as a marketplace has them, where they may differ by cents from what its lines add up to.

    `discount` is everything that was taken off, and below 0 where something was put on.
    """

    subtotal: Decimal
    discount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order; `discount` is what was taken off the whole of it, besides what its lines say.

    `tax` stands apart from the prices: 0 where they contain it. `fees` is None where they are not known yet. The sums
    of an order of a marketplace are `told`: they are booked as they are.
    """

    external_id: str
    status: OrderStatus
    currency: str
    placed_at: datetime
    updated_at: datetime
    lines: Sequence[LineWish]
    refunds: Sequence[RefundWish] = ()
    url: str | None = None
    buyer_handle: str | None = None
    buyer_country: str | None = None
    shipping: Decimal = _ZERO
    discount: Decimal = _ZERO
    tax: Decimal = _ZERO
    fees: Decimal | None = None
    told: ToldSums | None = None

    @property
    def sums(self) -> ToldSums:
        """What was sold, what was taken off by the lines and of the whole, and what the buyer pays."""
        if self.told is not None:
            return self.told
        subtotal = sum([line.amount for line in self.lines], _ZERO)
        discount = sum([line.discount for line in self.lines], self.discount)
        return ToldSums(subtotal, discount, subtotal - discount + self.shipping + self.tax)


@dataclass(frozen=True, slots=True)
class _Fault:
    way: Way
    message: str


def refusal_of(wish: OrderWish, place: int, *, now: datetime) -> Refused | None:
    """Why the order at this place cannot be stored; None where it can. The first fault is told.

    No text of a buyer is in the message.
    """
    fault = next(_faults(wish, now), None)
    if fault is None:
        return None
    return Refused(UserErrorCode.INVALID, fault.message, field="orders", place=place, within=fault.way)


def _faults(wish: OrderWish, now: datetime) -> Iterator[_Fault]:
    yield from _text(wish.external_id, LONGEST_ID, "external_id")
    if wish.currency not in CURRENCIES:
        yield _Fault(("currency",), NO_CURRENCY)
    yield from _instants(wish, now)
    yield from _buyer(wish)
    if wish.url is not None and not _is_address(wish.url):
        message = f"An address begins with http:// or https:// and has at most {LONGEST_ADDRESS:,} characters."
        yield _Fault(("url",), message)
    if wish.told is None:
        for name in ("shipping", "discount", "tax", "fees"):
            yield from _amount(getattr(wish, name), wish.currency, name)
    if not 1 <= len(wish.lines) <= MOST_LINES:
        yield _Fault(("lines",), f"An order has 1 to {MOST_LINES} lines, not {len(wish.lines):,}.")
    yield from _twice([line.external_id for line in wish.lines], "lines")
    if wish.told is None:
        for place, line in enumerate(wish.lines):
            yield from _line(line, wish.currency, ("lines", place))
        yield from _sums(wish)
        yield from _refunds(wish, now)
    else:
        yield from _told(wish, wish.told)


def _line(line: LineWish, currency: str, way: Way) -> Iterator[_Fault]:
    yield from _text(line.external_id, LONGEST_ID, *way, "external_id")
    yield from _text(line.title, LONGEST_TITLE, *way, "title")
    if line.sku is not None:
        yield from _text(line.sku, LONGEST_SKU, *way, "sku")
    if not 1 <= line.quantity <= MOST_PIECES:
        yield _Fault((*way, "quantity"), f"A quantity is 1 to {MOST_PIECES:,}.")
    yield from _amount(line.unit_price, currency, *way, "unit_price")
    yield from _amount(line.discount, currency, *way, "discount")
    if line.discount > line.amount:
        yield _Fault((*way, "discount"), "A line's discount is at most its quantity times its price.")


def _told(wish: OrderWish, told: ToldSums) -> Iterator[_Fault]:
    """Faults of what a marketplace tells: its amounts are true as they are, if only they can be stored."""
    for name in ("shipping", "tax", "fees"):
        yield from _storable(getattr(wish, name), name)
    for name in ("subtotal", "discount", "total"):
        yield from _storable(getattr(told, name), name)
    for place, line in enumerate(wish.lines):
        way: Way = ("lines", place)
        yield from _text(line.external_id, LONGEST_ID, *way, "external_id")
        if not 1 <= line.quantity <= MOST_PIECES:
            yield _Fault((*way, "quantity"), f"A quantity is 1 to {MOST_PIECES:,}.")
        yield from _storable(line.unit_price, *way, "unit_price")
    for place, refund in enumerate(wish.refunds):
        yield from _text(refund.external_id, LONGEST_ID, "refunds", place, "external_id")


def _storable(amount: Decimal | None, *way: str | int) -> Iterator[_Fault]:
    if amount is not None and not (amount.is_finite() and abs(amount) < LARGEST_AMOUNT):
        yield _Fault(way, f"An amount is below {LARGEST_AMOUNT:,}.")


def _sums(wish: OrderWish) -> Iterator[_Fault]:
    sums = wish.sums
    if sums.subtotal + wish.shipping + wish.tax >= LARGEST_AMOUNT:
        yield _Fault(("lines",), "The sum of the order is too large.")
    if sums.discount > sums.subtotal:
        yield _Fault(("discount",), "The discounts are more than what was sold.")


def _refunds(wish: OrderWish, now: datetime) -> Iterator[_Fault]:
    if len(wish.refunds) > MOST_REFUNDS:
        yield _Fault(("refunds",), f"An order has at most {MOST_REFUNDS} refunds, not {len(wish.refunds):,}.")
    yield from _twice([refund.external_id for refund in wish.refunds], "refunds")
    total = wish.sums.total if wish.refunds else _ZERO
    left = total
    for place, refund in enumerate(wish.refunds):
        yield from _text(refund.external_id, LONGEST_ID, "refunds", place, "external_id")
        yield from _amount(refund.amount, wish.currency, "refunds", place, "amount")
        if refund.at > now + AHEAD:
            yield _Fault(("refunds", place, "at"), "This refund lies in the future.")
        if refund.reason is not None:
            yield from _text(refund.reason, LONGEST_REASON, "refunds", place, "reason")
        left -= refund.amount
        if left < 0:
            message = f"The refunds are more than what was paid, {total.normalize():f} {wish.currency}."
            yield _Fault(("refunds", place, "amount"), message)


def _instants(wish: OrderWish, now: datetime) -> Iterator[_Fault]:
    for name in ("placed_at", "updated_at"):
        if getattr(wish, name) > now + AHEAD:
            yield _Fault((name,), "This instant lies in the future.")


def _buyer(wish: OrderWish) -> Iterator[_Fault]:
    if wish.buyer_handle is not None:
        yield from _text(wish.buyer_handle, LONGEST_HANDLE, "buyer_handle")
    if wish.buyer_country is not None and not _COUNTRY.fullmatch(wish.buyer_country):
        yield _Fault(("buyer_country",), "A country is a code of two capital letters, such as DE.")


def _text(text: str, longest: int, *way: str | int) -> Iterator[_Fault]:
    if not (1 <= len(text) <= longest and text.strip() and is_storable(text)):
        yield _Fault(way, f"This text must have 1 to {longest} characters, and no NUL.")


def _amount(amount: Decimal | None, currency: str, *way: str | int) -> Iterator[_Fault]:
    """A fault of an amount that is negative, too large, no number or finer than the currency."""
    if amount is None:
        return
    if not fits(amount, currency):
        yield _Fault(way, f"An amount in {currency} has at most {decimals_of(currency)} decimals.")
    elif not 0 <= amount < LARGEST_AMOUNT:
        yield _Fault(way, f"An amount is at least 0 and below {LARGEST_AMOUNT:,}.")


def _twice(external_ids: Sequence[str], way: str) -> Iterator[_Fault]:
    seen = set[str]()
    for place, external_id in enumerate(external_ids):
        if external_id in seen:
            yield _Fault((way, place, "external_id"), "Another one of the order has this id.")
        seen.add(external_id)


def _is_address(url: str) -> bool:
    is_short = len(url) <= LONGEST_ADDRESS and url.isprintable() and " " not in url
    return is_short and url.startswith(("http://", "https://"))
