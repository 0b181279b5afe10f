"""Puts sales and spend into amounts of products that add up to their whole: what belongs to none is a row of its own.

Of all products only numbers are made, since what is left of a cent depends on each; `figures` tells more of a few.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from analytics.revenue.figures import Figures, coverage_of
from analytics.revenue.rates import DailyRates
from analytics.revenue.rounding import EXACT, amount_of, cents_of_parts, finest_of, noise_free, without_noise
from analytics.revenue.sums import ZERO, Missing, OnDays, SpendCell, Sums

# Of a million the smallest share of revenue that is told as a coverage is half of one.
_SMALLEST_SHARE = 2_000_000


class ProductAmounts(NamedTuple):
    """What was sold, refunded and spent for one product, in units of the finest digit; None is what is not known.

    `product_id` is None for what is of no product. Where `without_rate` is a currency, these are the `units`, the
    `spend` and its `days` of days that have no rate, and all else is left out; else amounts are converted.
    """

    product_id: UUID | None
    without_rate: str | None = None
    units: int = 0
    gross: int | None = None
    refunds: int | None = None
    fees: int | None = None
    cost: int | None = None
    covered: int | None = None
    spend: int | None = None
    days: Sequence[date] | None = None

    @property
    def is_covered(self) -> bool:
        """Whether there is a coverage, and it is not told as 0."""
        covered = abs(noise_free(self.covered or 0))
        rest = abs(noise_free((self.gross or 0) - (self.refunds or 0) - (self.covered or 0)))
        return covered > 0 and covered * _SMALLEST_SHARE >= covered + rest


class ProductDetails(NamedTuple):
    """Of how many orders, or things, something is not known, and their net revenue; `touched` are sold or refunded."""

    orders: int = 0
    without_fees: tuple[int, Decimal] = (0, ZERO)
    without_cost: tuple[int, Decimal] = (0, ZERO)
    without_tax: tuple[int, Decimal] = (0, ZERO)
    touched: int = 0


class UnratedSales(NamedTuple):
    """The net revenue of one product and currency on days that have no rate; taxes are taken out."""

    product_id: UUID | None
    currency: str
    days: Sequence[date]
    net: Decimal


class ProductCents(NamedTuple):
    """What is told of one product, in cents: of all products each amount adds up to what is told of the whole."""

    exact: ProductAmounts
    gross: int
    refunds: int
    fees: int | None
    cost: int | None
    spend: int | None

    @property
    def net(self) -> int:
        return self.gross - self.refunds

    @property
    def profit(self) -> int | None:
        """As that of Figures."""
        if not self.exact.is_covered:
            return None
        return self.gross - self.refunds - (self.fees or 0) - (self.cost or 0) - (self.spend or 0)


@dataclass(slots=True)
class SumsByProduct:
    """The amounts of products that have a rate, by product those that have none, and what ads spent for none."""

    rates: DailyRates
    rated: dict[UUID | None, ProductAmounts] = field(default_factory=dict)
    unrated: defaultdict[UUID | None, list[ProductAmounts]] = field(default_factory=lambda: defaultdict(list))
    unlinked: Sums = field(default_factory=Sums)
    # Whether anything is known of any spend.
    knows_spend: bool = False

    def add(self, found: Iterable[ProductAmounts], cells: Sequence[SpendCell]) -> None:
        """Adds everything: what of the `cells` was spent for no product is of none."""
        for each in found:
            if each.without_rate is None:
                self.rated[each.product_id] = each
            else:
                self.unrated[each.product_id].append(each)
        self.show(self.unrated)
        if cells:
            self.knows_spend = True
            for cell in cells:
                self._add_cell(cell)
            self._take_linked()

    def show(self, product_ids: Iterable[UUID | None]) -> None:
        """Lets these products have a row even if there is nothing to tell of them."""
        for product_id in product_ids:
            self.rated.setdefault(product_id, ProductAmounts(product_id))

    def told(self) -> list[ProductCents]:
        """Every product, and what is of none first; where nothing is known of any spend, that of each is None."""
        # In a fixed order, so that the same cents go to the same products each time.
        rows = sorted(self.rated.values(), key=lambda row: -1 if row.product_id is None else row.product_id.int)
        columns = (
            cents_of_parts([row.gross or 0 for row in rows]),
            cents_of_parts([row.refunds or 0 for row in rows]),
            _cents([row.fees for row in rows]),
            _cents([row.cost for row in rows]),
            cents_of_parts([row.spend or 0 for row in rows]) if self.knows_spend else [None] * len(rows),
        )
        return [*map(ProductCents._make, zip(rows, *columns, strict=True))]

    def figures(
        self, told: ProductCents, details: ProductDetails, unrated: Iterable[UnratedSales], currency: str
    ) -> Figures:
        """All that is told of one product; `unrated` is what of it has no rate."""
        exact = told.exact
        sums = Sums(
            orders=details.orders,
            units=exact.units,
            gross=amount_of(exact.gross or 0),
            refunds=amount_of(exact.refunds or 0),
            covered=amount_of(exact.covered or 0),
            fees_missing=Missing(*details.without_fees),
            cost_missing=Missing(*details.without_cost),
            tax_unknown=Missing(*details.without_tax),
            no_rate_sales={each.currency: OnDays({*each.days}, each.net) for each in unrated},
            no_rate_spend=self._spend_without_rate(exact.product_id),
        )
        if exact.product_id is None:
            sums.unlinked_sales = Missing(details.touched, sums.net)
            sums.unlinked_spend = self.unlinked.unlinked_spend
        return Figures(
            currency=currency,
            orders=details.orders,
            units=exact.units,
            gross_revenue=_amount(told.gross) or ZERO,
            refunds=_amount(told.refunds) or ZERO,
            fees=_amount(told.fees),
            cost=_amount(told.cost),
            spend=_amount(told.spend),
            coverage=coverage_of(sums),
            sums=sums,
        )

    def _add_cell(self, cell: SpendCell) -> None:
        factor = self.rates.factor(cell.currency, cell.day)
        if factor is not None:
            self.unlinked.add_spend(cell, factor)
        elif cell.spend:
            left_out = self.unlinked.no_rate_spend.setdefault(cell.currency, OnDays())
            left_out.amount = EXACT.add(left_out.amount, cell.spend)
            left_out.days.update([cell.day] if cell.spend != cell.linked else ())

    def _take_linked(self) -> None:
        """Leaves of the spend of all ads what is of those that are linked to no product."""
        rest = self.unlinked
        linked = amount_of(sum(each.spend or 0 for each in self.rated.values()))
        rest.spend = EXACT.subtract(rest.spend or ZERO, linked)
        if not without_noise(rest.spend):
            # What is left by digits of converted amounts is no spend, and no row of its own.
            rest.spend = ZERO
        for each in chain.from_iterable(self.unrated.values()):
            if each.spend and each.without_rate is not None:
                left_out = rest.no_rate_spend[each.without_rate]
                left_out.amount = EXACT.subtract(left_out.amount, amount_of(each.spend))
        known = rest.no_rate_spend.items()
        rest.no_rate_spend = {currency: each for currency, each in known if without_noise(each.amount)}
        rest.unlinked_spend.amount = rest.spend
        if rest.spend or rest.no_rate_spend or None in self.rated:
            self.show([None])
            self.rated[None] = self.rated[None]._replace(spend=finest_of(rest.spend))

    def _spend_without_rate(self, product_id: UUID | None) -> dict[str, OnDays]:
        if product_id is None:
            return self.unlinked.no_rate_spend
        return {
            each.without_rate: OnDays({*(each.days or ())}, amount_of(each.spend))
            for each in self.unrated.get(product_id, ())
            if each.spend and each.without_rate is not None
        }


def _cents(parts: Sequence[int | None]) -> list[int | None]:
    """Those that are known add up to what is told of their sum."""
    known = iter(cents_of_parts([part for part in parts if part is not None]))
    return [None if part is None else next(known) for part in parts]


def _amount(told: int | None) -> Decimal | None:
    return None if told is None else Decimal(told).scaleb(-2, EXACT)
