"""Owns how money is written and read: decimals as texts beside a currency; must not know what is paid for."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, slots=True)
class Purse:
    """The seller's currency; `other` is the one in which the buyer paid, `rate` how much of it one of the first is."""

    currency: str
    other: str | None = None
    rate: float = 1.0

    def shows(self, cents: int) -> dict[str, str]:
        shown = {"value": written(cents), "currency": self.currency}
        if self.other is not None:
            shown |= {"convertedFromValue": written(round(cents * self.rate)), "convertedFromCurrency": self.other}
        return shown


def written(cents: int) -> str:
    sign, rest = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{rest // 100}.{rest % 100:02d}"


def cents_of(amount: Any) -> int:
    """Of an amount that this sandbox wrote."""
    return int(Decimal(amount["value"]) * 100)


def read_cents(text: object) -> int | None:
    """None for what is not a positive amount with at most two decimals, as eBay takes them."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value < 10**12 or value != value.quantize(Decimal("0.01")):
        return None
    return int(value * 100)
