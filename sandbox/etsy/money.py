"""Owns how money is kept and shown: whole thousandths inside, an amount beside its divisor outside."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MILLS = 1_000


@dataclass(frozen=True, slots=True)
class Purse:
    """`divisor` says how an amount is written: 100 mostly, 1 for currencies without cents, 1000 at times."""

    currency: str
    divisor: int

    def shows(self, mills: int) -> dict[str, Any]:
        return {"amount": round(mills * self.divisor / MILLS), "divisor": self.divisor, "currency_code": self.currency}


def mills_of(amount: Decimal | str | float) -> int:
    """Of a decimal number; raises ValueError for what is none, or is no price."""
    try:
        value = Decimal(str(amount))
    except ArithmeticError:
        raise ValueError(f"{amount} is no amount of money") from None
    if not value.is_finite() or abs(value) > 10**9:
        raise ValueError(f"{amount} is no amount of money")
    return int((value * MILLS).to_integral_value())
