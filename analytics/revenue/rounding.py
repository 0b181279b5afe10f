"""How exact amounts become those that are told: to the cent, so that parts add up to their whole."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

CENT = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")
# Shares of an order and quotients of rates have no last digit. What is beyond this one is noise of division.
_NOISE = Decimal("0.000000001")
# Parts of a whole are counted in units of this digit: so fine that what thousands of them lose is less than noise.
FINEST_DIGITS = 15
_FINEST_IN_NOISE, _NOISE_IN_CENT = 10**6, 10**7
# More digits than any sum of amounts has, before and behind its point.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def cents(amount: Decimal) -> Decimal:
    """The amount to the cent, halves away from zero."""
    return without_noise(amount).quantize(CENT, ROUND_HALF_UP, EXACT)


def quotient(dividend: Decimal | None, divisor: Decimal | int | None) -> Decimal | None:
    """To six digits behind the point; None where one of both is not known or the divisor is 0."""
    if dividend is None or not divisor:
        return None
    return EXACT.divide(dividend, Decimal(divisor)).quantize(_MILLIONTH, ROUND_HALF_UP, EXACT)


def amount_of(finest: int) -> Decimal:
    """The amount of so many units of the finest digit."""
    return Decimal(finest).scaleb(-FINEST_DIGITS, EXACT)


def finest_of(amount: Decimal) -> int:
    """The amount in units of the finest digit."""
    return int(amount.scaleb(FINEST_DIGITS, EXACT).to_integral_value(ROUND_HALF_EVEN))


def noise_free(finest: int) -> int:
    """The same in units of the last digit that is no noise."""
    return (finest + _FINEST_IN_NOISE // 2) // _FINEST_IN_NOISE


def cents_of_parts(parts: Sequence[int]) -> list[int]:
    """The parts, in units of the finest digit, as whole cents that add up to the cents of their sum.

    By the largest remainder: each part is rounded down; the cents that are left go to those that lost the most, the
    first of equal ones first.
    """
    exact = [*map(noise_free, parts)]
    told = [each // _NOISE_IN_CENT for each in exact]
    # Noise that was taken away may leave as many cents too many or too few as there are parts, never more.
    left = int(cents(amount_of(sum(parts))).scaleb(2, EXACT)) - sum(told)
    lost = [each % _NOISE_IN_CENT for each in exact]
    by_loss = sorted(range(len(told)), key=lost.__getitem__, reverse=True)
    for place in by_loss[: max(left, 0)]:
        told[place] += 1
    for place in by_loss[len(by_loss) + min(left, 0) :]:
        told[place] -= 1
    return told


def without_noise(amount: Decimal) -> Decimal:
    """The amount without the digits that are left over by division."""
    return amount.quantize(_NOISE, ROUND_HALF_EVEN, EXACT)
