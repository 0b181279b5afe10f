"""Factors between currencies by the day, from rates that are units per euro."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analytics.rates import EURO
from analytics.revenue.rounding import EXACT

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class DailyRates:
    """The rates of some days, by currency and day; without a `target` every amount keeps its currency."""

    target: str | None
    per_eur: Mapping[tuple[str, date], Decimal]

    def told_in(self, currency: str) -> str:
        """The currency in which amounts of this one are told."""
        return self.target or currency

    def factor(self, currency: str, day: date) -> Decimal | None:
        """By what an amount of the day is multiplied; None where a rate of the day is not known."""
        if self.target is None or currency == self.target:
            return _ONE
        here, there = self._rate(currency, day), self._rate(self.target, day)
        return None if here is None or there is None else EXACT.divide(there, here)

    def _rate(self, currency: str, day: date) -> Decimal | None:
        return _ONE if currency == EURO else self.per_eur.get((currency, day))
