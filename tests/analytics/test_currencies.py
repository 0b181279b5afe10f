"""How many decimals amounts of a currency may have."""

from decimal import Decimal

import pytest

from analytics.currencies import decimals_of, fits


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1.00", "EUR", True),
        ("1.005", "EUR", False),
        ("1.0500000", "EUR", True),
        ("-3.99", "USD", True),
        ("100", "JPY", True),
        ("100.0", "JPY", True),
        ("1E+3", "JPY", True),
        ("0.0000001", "JPY", False),
        ("1.005", "KWD", True),
        ("1.0005", "KWD", False),
        ("0", "EUR", True),
        ("NaN", "EUR", False),
        ("Infinity", "EUR", False),
    ],
)
def test_an_amount_keeps_to_the_decimals_of_its_currency(amount: str, currency: str, expected: bool) -> None:
    assert fits(Decimal(amount), currency) is expected


def test_what_is_not_listed_has_two_decimals() -> None:
    assert [decimals_of(each) for each in ("XXX", "EUR", "JPY", "TND", "CLF")] == [2, 2, 0, 3, 4]
