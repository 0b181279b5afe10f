"""Rounding to the cent: halves, noise of division, and parts that add up to their whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.revenue.rounding import amount_of, cents, cents_of_parts, finest_of, quotient

AMOUNTS = some.decimals("-1e9", "1e9", places=7)


@pytest.mark.parametrize(
    ("exact", "told"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049999", "0.00"),
        ("0.00499999999999999", "0.01"),
        ("1E+12", "1E+12"),
    ],
)
def test_halves_go_away_from_zero_and_noise_is_none(exact: str, told: str) -> None:
    assert cents(Decimal(exact)) == Decimal(told)


@given(parts=some.lists(AMOUNTS))
def test_parts_add_up_and_each_is_less_than_a_cent_away(parts: list[Decimal]) -> None:
    told = _cents(*parts)
    assert sum(told, Decimal(0)) == cents(sum(parts, Decimal(0)))
    assert all(abs(cent - part) < Decimal("0.010000001") for cent, part in zip(told, parts, strict=True))


def test_the_cents_that_are_left_go_to_those_that_lost_most() -> None:
    assert _cents(*[Decimal(10) / 3] * 3) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert _cents(Decimal("0.006"), Decimal("0.008")) == [Decimal("0.00"), Decimal("0.01")]
    # Thirds whose noise is cut off: a cent more than there are parts that lost any.
    assert sum(_cents(*[Decimal("0.0033333333333")] * 3), Decimal(0)) == Decimal("0.01")
    assert _cents() == []


def _cents(*parts: Decimal) -> list[Decimal]:
    return [Decimal(told) / 100 for told in cents_of_parts([finest_of(part) for part in parts])]


@given(amount=AMOUNTS)
def test_the_finest_digits_are_the_amount(amount: Decimal) -> None:
    assert amount_of(finest_of(amount)) == amount


def test_there_is_no_quotient_by_nothing() -> None:
    assert quotient(Decimal(205), Decimal(90)) == Decimal("2.277778")
    assert [quotient(Decimal(1), divisor) for divisor in (None, 0, Decimal(0))] == [None] * 3
    assert quotient(None, 1) is None
