"""Puts sales and spend into the sums of products: what belongs to none is a sum of its own, under None."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from analytics.revenue.rates import DailyRates
from analytics.revenue.rounding import EXACT, without_noise
from analytics.revenue.sums import ZERO, Missing, OnDays, SpendCell, Sums


class ProductSales(NamedTuple):
    """What was sold and refunded of one product on days that have a rate, converted and without taxes.

    `product_id` is None for lines of no product. The pairs are how many orders, or things, something is not known of,
    and the net revenue of it.
    """

    product_id: UUID | None
    orders: int
    units: int
    gross: Decimal
    refunds: Decimal
    fees: Decimal | None
    cost: Decimal | None
    covered: Decimal
    without_fees: tuple[int, Decimal]
    without_cost: tuple[int, Decimal]
    without_tax: tuple[int, Decimal]
    touched: int


class UnratedSales(NamedTuple):
    """The units and the net revenue of one product and currency on days that have no rate; taxes are taken out."""

    product_id: UUID | None
    currency: str
    days: Sequence[date]
    units: int
    net: Decimal


class LinkedSpend(NamedTuple):
    """What all ads spent that are linked to the same products.

    `without_rate` is None for spend on days that have a rate, which is converted; else it is the currency.
    """

    product_ids: tuple[UUID, ...]
    without_rate: str | None
    days: Sequence[date]
    spend: Decimal


@dataclass(slots=True)
class SumsByProduct:
    """Sums by product. `units` are those sold in the range, with or without a rate, by which spend is split."""

    rates: DailyRates
    products: dict[UUID | None, Sums] = field(default_factory=dict)
    units: dict[UUID | None, int] = field(default_factory=dict)

    def add_sales(self, sold: Iterable[ProductSales], unrated: Iterable[UnratedSales]) -> None:
        for each in sold:
            sums = self._of(each.product_id)
            sums.orders, sums.units = each.orders, each.units
            sums.gross, sums.refunds, sums.covered = each.gross, each.refunds, each.covered
            sums.fees, sums.cost = each.fees, each.cost
            sums.fees_missing = Missing(*each.without_fees)
            sums.cost_missing = Missing(*each.without_cost)
            sums.tax_unknown = Missing(*each.without_tax)
            if each.product_id is None:
                sums.unlinked_sales = Missing(each.touched, sums.net)
            self._sold(each.product_id, each.units)
        for row in unrated:
            left_out = self._of(row.product_id).no_rate_sales.setdefault(row.currency, OnDays())
            left_out.days.update(row.days)
            left_out.amount = EXACT.add(left_out.amount, row.net)
            self._sold(row.product_id, row.units)

    def add_spend(self, linked: Iterable[LinkedSpend], cells: Sequence[SpendCell]) -> None:
        """Adds what linked ads spent, by the units of their products; the rest of the `cells` is of no product.

        It comes after all sales. Where nothing is known of any spend, that of every product is None.
        """
        if not cells:
            return
        rest = Sums()
        for cell in cells:
            self._add_cell(rest, cell)
        for group in (each for each in linked if each.spend):
            self._split(group)
            if group.without_rate is None:
                rest.spend = EXACT.subtract(rest.spend or ZERO, group.spend)
            else:
                left_out = rest.no_rate_spend[group.without_rate]
                left_out.amount = EXACT.subtract(left_out.amount, group.spend)
        if not without_noise(rest.spend or ZERO):
            # What is left by digits of converted amounts is no spend, and no row of its own.
            rest.spend = ZERO if rest.spend is not None else None
        rest.no_rate_spend = {currency: each for currency, each in rest.no_rate_spend.items() if each.amount}
        if rest.spend or rest.no_rate_spend or None in self.products:
            none = self._of(None)
            none.spend, none.no_rate_spend, none.unlinked_spend = rest.spend, rest.no_rate_spend, rest.unlinked_spend
            none.unlinked_spend.amount = rest.spend or ZERO
        for sums in self.products.values():
            sums.spend = sums.spend or ZERO

    def _add_cell(self, rest: Sums, cell: SpendCell) -> None:
        factor = self.rates.factor(cell.currency, cell.day)
        if factor is not None:
            rest.add_spend(cell, factor)
        elif cell.spend:
            left_out = rest.no_rate_spend.setdefault(cell.currency, OnDays())
            left_out.amount = EXACT.add(left_out.amount, cell.spend)
            left_out.days.update([cell.day] if cell.spend != cell.linked else ())

    def _split(self, group: LinkedSpend) -> None:
        for product_id, share in _shares(group.product_ids, self.units).items():
            if not share:
                continue
            sums, amount = self._of(product_id), EXACT.multiply(group.spend, share)
            if group.without_rate is None:
                sums.spend = EXACT.add(sums.spend or ZERO, amount)
            else:
                left_out = sums.no_rate_spend.setdefault(group.without_rate, OnDays())
                left_out.days.update(group.days)
                left_out.amount = EXACT.add(left_out.amount, amount)

    def _of(self, product_id: UUID | None) -> Sums:
        # Sums that are there already are not made again: making them is a third of adding up ten thousand products.
        found = self.products.get(product_id)
        return self.products.setdefault(product_id, Sums()) if found is None else found

    def _sold(self, product_id: UUID | None, units: int) -> None:
        self.units[product_id] = self.units.get(product_id, 0) + units


def _shares(product_ids: Sequence[UUID], units: Mapping[UUID | None, int]) -> dict[UUID, Decimal]:
    """By units sold; evenly where none of them was."""
    weights = {product_id: units.get(product_id, 0) for product_id in product_ids}
    total = sum(weights.values())
    if not total:
        return dict.fromkeys(product_ids, EXACT.divide(Decimal(1), Decimal(len(product_ids))))
    return {product_id: EXACT.divide(Decimal(sold), Decimal(total)) for product_id, sold in weights.items()}
