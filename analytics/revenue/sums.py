"""Adds up what was sold and spent, exactly: taxes are taken out, and amounts converted, before anything is summed."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from analytics.revenue.rounding import EXACT

ZERO = Decimal(0)


class Concerned(NamedTuple):
    """How many orders a sum is about: all, those without fees, those with lines of no product."""

    orders: int
    without_fees: int
    unlinked: int


class SalesCell(NamedTuple):
    """What one channel sold in one currency on one day, or what was refunded on it; amounts contain included taxes.

    `fees` and `cost` are None where none of them is known; `has_bare`: some line has no cost. `covered` is the net
    revenue whose fees and costs are both known, and the three behind it that of what is not known. An order that was
    refunded on another day than it was sold is among the concerned ones once, in the period and in the range.
    """

    day: date
    currency: str
    channel_id: UUID
    orders: int
    units: int
    gross: Decimal
    refunds: Decimal
    fees: Decimal | None
    cost: Decimal | None
    covered: Decimal
    without_fees: Decimal
    without_cost: Decimal
    unlinked: Decimal
    has_bare: bool
    in_period: Concerned
    in_range: Concerned


class SpendCell(NamedTuple):
    """What the ads of all accounts of one currency spent on one day, and what their platforms claim to have sold.

    `linked` is the part of ads that are linked to products.
    """

    day: date
    currency: str
    spend: Decimal
    claimed: Decimal | None
    linked: Decimal = ZERO


@dataclass(slots=True)
class Missing:
    """How many things something is not known of, and the amount concerned."""

    count: int = 0
    amount: Decimal = ZERO

    def add(self, count: int, amount: Decimal) -> None:
        self.count += count
        self.amount = EXACT.add(self.amount, amount)


@dataclass(slots=True)
class OnDays:
    """An amount, and the days that it is of."""

    days: set[date] = field(default_factory=set)
    amount: Decimal = ZERO

    def add(self, day: date, amount: Decimal) -> None:
        self.days.add(day)
        self.amount = EXACT.add(self.amount, amount)


@dataclass(slots=True)
class Sums:
    """Exact sums of one period, product or range, in one currency; None is an amount of which nothing is known.

    `no_rate_sales` and `no_rate_spend` are what is left out of sums, by the currency that has no rate, and in it.
    `unsynced_days` are days of which the
    sales of some channel are not known.
    """

    orders: int = 0
    units: int = 0
    gross: Decimal = ZERO
    refunds: Decimal = ZERO
    fees: Decimal | None = None
    cost: Decimal | None = None
    covered: Decimal = ZERO
    spend: Decimal | None = None
    claimed: Decimal | None = None
    fees_missing: Missing = field(default_factory=Missing)
    cost_missing: Missing = field(default_factory=Missing)
    tax_unknown: Missing = field(default_factory=Missing)
    unlinked_sales: Missing = field(default_factory=Missing)
    unlinked_spend: OnDays = field(default_factory=OnDays)
    no_rate_sales: dict[str, OnDays] = field(default_factory=dict)
    no_rate_spend: dict[str, OnDays] = field(default_factory=dict)
    unsynced_days: int = 0

    @property
    def net(self) -> Decimal:
        return EXACT.subtract(self.gross, self.refunds)

    def add_sales(self, cell: SalesCell, concerned: Concerned, tax_rate: Decimal | None, factor: Decimal) -> None:
        """Adds a cell: `tax_rate` is the tax inside its prices, `factor` converts it."""
        # x - x * r / (1 + r) is x / (1 + r). Fees and costs are as the seller pays them.
        of_prices = factor if tax_rate is None else EXACT.divide(factor, 1 + tax_rate)
        gross, refunds = EXACT.multiply(cell.gross, of_prices), EXACT.multiply(cell.refunds, of_prices)
        self.orders += cell.orders
        self.units += cell.units
        self.gross = EXACT.add(self.gross, gross)
        self.refunds = EXACT.add(self.refunds, refunds)
        self.fees = plus(self.fees, cell.fees, factor)
        self.cost = plus(self.cost, cell.cost, factor)
        self.covered = EXACT.add(self.covered, EXACT.multiply(cell.covered, of_prices))
        self.fees_missing.add(concerned.without_fees, EXACT.multiply(cell.without_fees, of_prices))
        self.cost_missing.add(0, EXACT.multiply(cell.without_cost, of_prices))
        self.unlinked_sales.add(concerned.unlinked, EXACT.multiply(cell.unlinked, of_prices))
        if tax_rate is None:
            self.tax_unknown.add(concerned.orders, EXACT.subtract(gross, refunds))

    def add_spend(self, cell: SpendCell, factor: Decimal) -> None:
        self.spend = plus(self.spend, cell.spend, factor)
        if cell.claimed is not None:
            self.claimed = plus(self.claimed, cell.claimed, factor)
        if unlinked := cell.spend - cell.linked:
            self.unlinked_spend.add(cell.day, EXACT.multiply(unlinked, factor))


def plus(so_far: Decimal | None, amount: Decimal | None, factor: Decimal) -> Decimal | None:
    """The sum with an amount times a factor; None where nothing of it is known."""
    if amount is None:
        return so_far
    return EXACT.add(so_far or ZERO, EXACT.multiply(amount, factor))
