"""What was sold and spent, once more: by plain loops over all rows, in exact fractions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from analytics.periods import DateRange
from models.insights.day_swap import StoredInsight
from models.orders.line import OrderLine
from models.orders.order import OrderStatus, SalesOrder
from tests.revenue_truth.made import Made

BERLIN = ZoneInfo("Europe/Berlin")
Rates = Mapping[tuple[str, date], Decimal]


@dataclass
class Asked:
    """A question, without a client's words."""

    days: DateRange
    by_order_date: bool
    channels: set[UUID] | None
    currency: str | None


@dataclass
class Piece:
    """The part of a sale or a refund that one line has of its order."""

    day: date
    order: SalesOrder
    line: OrderLine | None
    product: UUID | None
    is_taxed: bool
    is_sale: bool
    gross: Fraction
    refunds: Fraction
    fees: Fraction | None
    cost: Fraction | None

    @property
    def net(self) -> Fraction:
        return self.gross - self.refunds


@dataclass
class Naive:
    """What is known of one key."""

    pieces: list[Piece] = field(default_factory=list)
    spent: list[tuple[date, Fraction, Fraction, bool]] = field(default_factory=list)
    no_rate: dict[tuple[str, str], list[tuple[date, Fraction]]] = field(default_factory=dict)

    def of(self, name: str) -> Fraction | None:
        known = [getattr(each, name) for each in self.pieces]
        found = [each for each in known if each is not None]
        return sum(found, Fraction(0)) if found else None

    @property
    def orders(self) -> int:
        return len({each.order.id for each in self.pieces if each.is_sale})

    @property
    def units(self) -> int:
        return sum(each.line.quantity for each in self.pieces if each.is_sale and each.line is not None)

    def gap(self, condition: Callable[[Piece], bool], what: Callable[[Piece], Any]) -> tuple[int, Fraction]:
        found = [each for each in self.pieces if condition(each)]
        counted = {what(each) for each in found} - {None}
        return len(counted), sum((each.net for each in found), Fraction(0))


def local(instant: datetime) -> date:
    return instant.astimezone(BERLIN).date()


def factor(asked: Asked, rates: Rates, currency: str, day: date) -> Fraction | None:
    if asked.currency is None or asked.currency == currency:
        return Fraction(1)
    both = [Fraction(1) if each == "EUR" else rates.get((each, day)) for each in (asked.currency, currency)]
    return None if None in both else Fraction(both[0]) / Fraction(both[1])  # type: ignore[arg-type]  # None is excluded


def pieces_of(world: Made, asked: Asked) -> Iterator[Piece]:
    """Amounts in the orders' currencies, without tax."""
    for order in world.orders:
        if order.status is OrderStatus.CANCELLED or (
            asked.channels is not None and order.channel_id not in asked.channels
        ):
            continue
        channel = next(each for each in world.channels if each.id == order.channel_id)
        tax = 1 + Fraction(channel.included_tax_rate or 0)
        paid = max(Fraction(order.subtotal - order.discount + order.shipping), Fraction(0))
        settled = [each for each in world.refunds if each.order_id == order.id and each.is_settled]
        left, sold_on = paid, local(order.placed_at)
        booked = []
        for refund in sorted(settled, key=lambda each: (each.refunded_at, each.external_id)):
            amount = min(Fraction(refund.amount), left)
            left -= amount
            booked.append((sold_on if asked.by_order_date else local(refund.refunded_at), amount))
        for line, share in _shares(world, order):
            product = line.product_id if line is not None else None
            if product not in {each.id for each in world.products}:
                product = None
            fees = None if order.fees is None else share * Fraction(order.fees)
            cost = None if line is None or line.unit_cost is None else line.quantity * Fraction(line.unit_cost)
            of_order: dict[str, Any] = {
                "order": order,
                "line": line,
                "product": product,
                "is_taxed": channel.included_tax_rate is not None,
            }
            if sold_on in asked.days:
                gross = paid * share / tax
                yield Piece(
                    day=sold_on, is_sale=True, gross=gross, refunds=Fraction(0), fees=fees, cost=cost, **of_order
                )
            for day, amount in booked:
                if day in asked.days:
                    taken = amount * share / tax
                    yield Piece(
                        day=day, is_sale=False, gross=Fraction(0), refunds=taken, fees=None, cost=None, **of_order
                    )


def _shares(world: Made, order: SalesOrder) -> list[tuple[OrderLine | None, Fraction]]:
    lines = [each for each in world.lines if each.order_id == order.id]
    if not lines:
        return [(None, Fraction(1))]
    values = [max(Fraction(each.quantity * each.unit_price - each.discount), Fraction(0)) for each in lines]
    if not sum(values):
        values = [Fraction(each.quantity) for each in lines]
    return [(line, value / sum(values)) for line, value in zip(lines, values, strict=True)]


def by_key(world: Made, asked: Asked, rates: Rates, key: Callable[[date, str], Any]) -> dict[Any, Naive]:
    """What was sold and spent, by a key of the day and of the currency in which it is told."""
    found: dict[Any, Naive] = {}
    for piece in pieces_of(world, asked):
        into = found.setdefault(key(piece.day, asked.currency or piece.order.currency), Naive())
        times = factor(asked, rates, piece.order.currency, piece.day)
        if times is None:
            into.no_rate.setdefault(("sales", piece.order.currency), []).append((piece.day, piece.net))
        else:
            into.pieces.append(converted(piece, times))
    for row in world.spent:
        if row.day not in asked.days:
            continue
        into = found.setdefault(key(row.day, asked.currency or row.currency), Naive())
        times, spend = factor(asked, rates, row.currency, row.day), exact(row, "spend")
        if times is None:
            into.no_rate.setdefault(("spend", row.currency), []).append((row.day, spend))
        else:
            claimed = exact(row, "purchase_value") * times
            into.spent.append((row.day, spend * times, claimed, bool(world.links.get(row.ad_id))))
    return found


def by_product(world: Made, asked: Asked, rates: Rates) -> dict[UUID | None, Naive]:
    """What was sold and spent by product, in the currency that is asked for."""
    found: dict[UUID | None, Naive] = {}
    units: dict[UUID | None, int] = {}
    for piece in pieces_of(world, asked):
        into = found.setdefault(piece.product, Naive())
        if piece.is_sale and piece.line is not None:
            units[piece.product] = units.get(piece.product, 0) + piece.line.quantity
        times = factor(asked, rates, piece.order.currency, piece.day)
        if times is None:
            into.no_rate.setdefault(("sales", piece.order.currency), []).append((piece.day, piece.net))
        else:
            into.pieces.append(converted(piece, times))
    for row in world.spent:
        if row.day not in asked.days:
            continue
        times, spend = factor(asked, rates, row.currency, row.day), exact(row, "spend")
        for product, share in shares_of(world.links.get(row.ad_id), units).items():
            into = found.setdefault(product, Naive())
            if times is None:
                into.no_rate.setdefault(("spend", row.currency), []).append((row.day, spend * share))
            else:
                into.spent.append((row.day, spend * share * times, Fraction(0), product is not None))
    return found


def shares_of(linked: set[UUID] | None, units: Mapping[UUID | None, int]) -> dict[UUID | None, Fraction]:
    if not linked:
        return {None: Fraction(1)}
    sold = {product: units.get(product, 0) for product in linked}
    total = sum(sold.values())
    if not total:
        return {product: Fraction(1, len(linked)) for product in linked}
    return {product: Fraction(number, total) for product, number in sold.items() if number}


def exact(row: StoredInsight, name: str) -> Fraction:
    value = row.facts[name]
    assert value is not None
    return Fraction(value)


def converted(piece: Piece, times: Fraction) -> Piece:
    for name in ("gross", "refunds", "fees", "cost"):
        amount = getattr(piece, name)
        setattr(piece, name, None if amount is None else amount * times)
    return piece
