"""Currencies: how many decimals amounts of each have (ISO 4217), and whether an amount keeps to them."""

from collections.abc import Mapping
from decimal import Decimal

_USUAL = 2
# Of funds and metals ISO names none; what is not listed here has two decimals.
_OTHERS: Mapping[int, frozenset[str]] = {
    0: frozenset(
        {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"}
        | {"XPF"}
    ),
    3: frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}),
    4: frozenset({"CLF", "UYW"}),
}
_DECIMALS = {currency: decimals for decimals, listed in _OTHERS.items() for currency in listed}


def decimals_of(currency: str) -> int:
    """How many digits amounts of the currency have behind the point."""
    return _DECIMALS.get(currency, _USUAL)


def fits(amount: Decimal, currency: str) -> bool:
    """Whether the amount is a number without more decimals than its currency has; zeros at the end do not count."""
    decimals, exponent = decimals_of(currency), amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        exponent = amount.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= decimals
