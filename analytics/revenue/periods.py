"""Puts the cells of days into the sums of their periods, and into those of the whole range."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from analytics.enums import TimeGrain
from analytics.periods import DateRange, period_start
from analytics.revenue.rates import DailyRates
from analytics.revenue.rounding import EXACT
from analytics.revenue.sums import ZERO, OnDays, SalesCell, SpendCell, Sums


@dataclass(slots=True)
class SumsByPeriod:
    """Sums by the first day of a period and the currency, and by the currency alone for the whole range."""

    grain: TimeGrain
    days: DateRange
    rates: DailyRates
    taxes: Mapping[UUID, Decimal | None]
    periods: dict[tuple[date, str], Sums] = field(default_factory=dict)
    totals: dict[str, Sums] = field(default_factory=dict)

    def add_sales(self, cells: Iterable[SalesCell]) -> None:
        """Adds what was sold or refunded; a channel that has no tax is in `taxes` with None."""
        for cell in cells:
            factor, (period, total) = self.rates.factor(cell.currency, cell.day), self._sums(cell.day, cell.currency)
            tax_rate = self.taxes[cell.channel_id]
            if factor is None:
                net = EXACT.divide(cell.gross - cell.refunds, 1 + (tax_rate or 0))
                for each in (period, total):
                    each.no_rate_sales.setdefault(cell.currency, OnDays()).add(cell.day, net)
                continue
            period.add_sales(cell, cell.in_period, tax_rate, factor)
            total.add_sales(cell, cell.in_range, tax_rate, factor)

    def add_spend(self, cells: Iterable[SpendCell]) -> None:
        for cell in cells:
            factor, both = self.rates.factor(cell.currency, cell.day), self._sums(cell.day, cell.currency)
            for each in both:
                if factor is not None:
                    each.add_spend(cell, factor)
                elif cell.spend:
                    each.no_rate_spend.setdefault(cell.currency, OnDays()).add(cell.day, cell.spend)
                else:  # nothing is nothing in every currency
                    each.spend = each.spend or ZERO

    def start_of(self, day: date) -> date:
        """The first day of the period that the day is in; for the grain NONE that of the range."""
        return self.days.start if self.grain is TimeGrain.NONE else period_start(day, self.grain)

    def _sums(self, day: date, currency: str) -> tuple[Sums, Sums]:
        told_in = self.rates.told_in(currency)
        period = self.periods.setdefault((self.start_of(day), told_in), Sums())
        return period, self.totals.setdefault(told_in, Sums())
