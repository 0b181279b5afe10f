"""Makes up the orders of the demo's shop: those that ads claim, less what never came, and those that no ad led to.

An order is decided by its key alone, so that it is the same whenever it is made; what befalls it later, such as a
refund, makes it newer. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from analytics.periods import DateRange
from models.installation.claimed_purchases import ClaimedPurchases
from models.orders.order import OrderStatus
from services.installation.demo_shop.catalogue import CURRENCY, GIFT_CARD, GIFT_CARD_PRICE, PRODUCTS, DemoProduct
from services.orders.wishes import LineWish, OrderWish, RefundWish

ZONE = ZoneInfo("America/New_York")
# A platform counts buyers who would have come anyway, some of them at several ads, and some twice.
_REAL_SHARE = 0.7
_UNADVERTISED_A_DAY = 5
_THROWS = 16
_CENT = Decimal("0.01")
_FREE_SHIPPING_FROM, _SHIPPING = Decimal(75), Decimal("7.95")
_SALES_TAX, _VOUCHER = Decimal("0.0625"), Decimal("0.1")
_FEE_SHARE, _FEE_EACH = Decimal("0.029"), Decimal("0.30")
# Shares of orders.
_CANCELLED, _REFUNDED, _WITHOUT_FEES, _WITH_VOUCHER, _WITH_GIFT_CARD = 0.025, 0.07, 0.04, 0.12, 0.015
_CANADIAN, _TAXED, _AS_ADVERTISED, _OF_ONE_PIECE, _OF_TWO_THINGS = 0.08, 0.6, 0.8, 0.84, 0.25
_WHOLE_OF_REFUNDS = 0.5
_FEES_TOLD_AFTER = timedelta(days=4)
_BY_PAGE = {product.page: product for product in PRODUCTS}
_BOUGHT = [product for product in PRODUCTS for _ in range(product.weight)]
_CHEAP = Decimal(60)


@dataclass(frozen=True, slots=True)
class _Sale:
    """A buyer on a day, who came for the `wanted` products; for none where no ad led there."""

    key: str
    day: date
    wanted: tuple[DemoProduct, ...]

    @property
    def throws(self) -> tuple[float, ...]:
        """Numbers of 0 to 1 that decide all about the order."""
        digest = blake2b(self.key.encode(), digest_size=2 * _THROWS).digest()
        return tuple(int.from_bytes(digest[at : at + 2]) / 65_536 for at in range(0, 2 * _THROWS, 2))


def orders_of(claims: Sequence[ClaimedPurchases], days: DateRange, *, now: datetime) -> list[OrderWish]:
    """The orders of these days in the shop's time zone as they are `now`, the newest first."""
    sales = [*_advertised(claims), *_unadvertised(days)]
    made = [_order(sale, now) for sale in sales if sale.day in days]
    return sorted((order for order in made if order.placed_at <= now), key=lambda order: order.placed_at, reverse=True)


def pieces_sold(orders: Iterable[OrderWish]) -> Counter[str]:
    """How many pieces of each SKU these orders take from the stock."""
    sold: Counter[str] = Counter()
    for order in orders:
        if order.status is not OrderStatus.CANCELLED:
            for line in order.lines:
                sold[line.sku or ""] += line.quantity
    return sold


def _advertised(claims: Sequence[ClaimedPurchases]) -> Iterator[_Sale]:
    for claim in claims:
        wanted = tuple(_BY_PAGE[page] for page in claim.landing_urls if page in _BY_PAGE)
        for number in range(claim.purchases):
            sale = _Sale(f"{claim.ad_id}|{claim.day}|{number}", claim.day, wanted)
            if sale.throws[0] < _REAL_SHARE:
                yield sale


def _unadvertised(days: DateRange) -> Iterator[_Sale]:
    for day in days.every_day():
        for number in range(_UNADVERTISED_A_DAY + day.toordinal() * 7 % 4):
            yield _Sale(f"shop|{day}|{number}", day, ())


def _order(sale: _Sale, now: datetime) -> OrderWish:
    throws = sale.throws
    local = datetime.combine(sale.day, time(7), ZONE) + timedelta(minutes=int(throws[1] * 16 * 60))
    placed_at = local.astimezone(now.tzinfo)
    lines = tuple(_lines(sale.wanted, throws))
    subtotal = sum((line.amount for line in lines), Decimal(0))
    discount = _cents(subtotal * _VOUCHER) if throws[2] < _WITH_VOUCHER else Decimal(0)
    order = OrderWish(
        external_id=f"BB-{sale.day:%y%m%d}-{blake2b(sale.key.encode(), digest_size=4).hexdigest().upper()}",
        status=OrderStatus.PAID,
        currency=CURRENCY,
        placed_at=placed_at,
        updated_at=placed_at,
        lines=lines,
        buyer_country="CA" if throws[3] < _CANADIAN else "US",
        shipping=_SHIPPING if subtotal < _FREE_SHIPPING_FROM else Decimal(0),
        discount=discount,
        tax=_cents((subtotal - discount) * _SALES_TAX) if throws[4] < _TAXED else Decimal(0),
    )
    for at, changed in sorted(_history(order, throws), key=lambda event: event[0]):
        if at <= now:
            order = replace(order, **changed, updated_at=at)
    return order


def _lines(wanted: Sequence[DemoProduct], throws: tuple[float, ...]) -> Iterator[LineWish]:
    """What an ad showed, mostly; some buy another thing, and some one more besides."""
    first = _BOUGHT[int(throws[5] * len(_BOUGHT))]
    if wanted and throws[6] < _AS_ADVERTISED:
        # Of a carousel the first card sells best.
        first = wanted[int(throws[7] ** 2 * len(wanted))]
    pieces = 1 if throws[8] < _OF_ONE_PIECE else 4 if first.price < _CHEAP else 2
    yield _line("1", first, pieces)
    other = _BOUGHT[int(throws[9] * len(_BOUGHT))]
    if throws[10] < _OF_TWO_THINGS and other is not first:
        yield _line("2", other, 1)
    if throws[11] < _WITH_GIFT_CARD:
        yield LineWish("3", GIFT_CARD, 1, GIFT_CARD_PRICE)


def _line(external_id: str, product: DemoProduct, pieces: int) -> LineWish:
    return LineWish(external_id, product.title, pieces, product.price, sku=product.sku)


def _history(order: OrderWish, throws: tuple[float, ...]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What befalls an order, and when."""
    placed_at = order.placed_at
    if throws[12] < _CANCELLED:
        yield placed_at + timedelta(hours=5), {"status": OrderStatus.CANCELLED}
        return
    yield placed_at + timedelta(hours=20 + int(32 * throws[13])), {"status": OrderStatus.SHIPPED}
    yield placed_at + timedelta(days=7), {"status": OrderStatus.COMPLETED}
    if throws[14] >= _WITHOUT_FEES:
        yield placed_at + _FEES_TOLD_AFTER, {"fees": _cents(order.sums.total * _FEE_SHARE) + _FEE_EACH}
    if throws[15] < _REFUNDED:
        at = placed_at + timedelta(days=5 + int(18 * throws[15] / _REFUNDED), hours=3)
        is_whole = throws[13] < _WHOLE_OF_REFUNDS
        goods = order.sums.subtotal - order.discount
        amount = goods if is_whole else min(goods, order.lines[0].unit_price)
        reason = "Sent back" if is_whole else "One piece came broken"
        yield at, {"refunds": (RefundWish("1", amount, at, reason),)}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)
