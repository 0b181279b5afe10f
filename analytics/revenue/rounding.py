"""How exact amounts become those that are told: to the cent, so that parts add up to their whole."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

CENT = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")
# Shares of an order and quotients of rates have no last digit. What is beyond this one is noise of division.
_NOISE = Decimal("0.000000001")
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


def cents_of_parts(parts: Sequence[Decimal]) -> list[Decimal]:
    """The parts to the cent, so that they add up to the cents of their sum: by the largest remainder.

    Each part is rounded down; the cents that are left go to those that lost the most, the first of equal ones first.
    """
    total = Decimal(0)
    for part in parts:
        total = EXACT.add(total, part)
    exact = [without_noise(part) for part in parts]
    told = [part.quantize(CENT, ROUND_FLOOR, EXACT) for part in exact]
    # Noise that was taken away may leave as many cents too many or too few as there are parts, never more.
    left = int((cents(total) - sum(told, Decimal(0))) / CENT)
    by_loss = sorted(range(len(told)), key=lambda place: told[place] - exact[place])
    for place in by_loss[: max(left, 0)]:
        told[place] += CENT
    for place in by_loss[len(by_loss) + min(left, 0) :]:
        told[place] -= CENT
    return told


def without_noise(amount: Decimal) -> Decimal:
    """The amount without the digits that are left over by division."""
    return amount.quantize(_NOISE, ROUND_HALF_EVEN, EXACT)
