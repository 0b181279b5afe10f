"""The unit of a formula as powers of money and seconds: what may be added, and what a formula results in."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.enums import MetricUnit
from analytics.metrics.custom.terms import FormulaFault, Key, Number, Term


@dataclass(frozen=True, slots=True)
class Powers:
    """The exponents of money and of seconds; both are 0 for numbers, counts, fractions and multiples."""

    money: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        named = (("money", self.money), ("seconds", self.seconds))
        return (
            " * ".join(name if power == 1 else f"{name}^{power}" for name, power in named if power) or "a plain number"
        )

    def times(self, other: "Powers", exponent: int) -> "Powers":
        """The unit of a product with `other` to the power of `exponent`."""
        return Powers(self.money + exponent * other.money, self.seconds + exponent * other.seconds)


POWERS: dict[MetricUnit, Powers] = {
    **dict.fromkeys(MetricUnit, Powers()),
    MetricUnit.MONEY: Powers(money=1),
    MetricUnit.SECONDS: Powers(seconds=1),
}


def powers_of(term: Term, units: Mapping[str, MetricUnit]) -> Powers:
    """The unit of a term over metrics with these units; raises FormulaFault for sums of different units."""
    if isinstance(term, Number):
        return Powers()
    if isinstance(term, Key):
        return POWERS[units[term.name]]
    found = powers_of(term.first, units)
    for operand in term.operands:
        other = powers_of(operand.term, units)
        if not term.is_sum:
            found = found.times(other, 1 if operand.operator == "*" else -1)
        elif other != found:
            raise FormulaFault(
                operand.column, f"{operand.operator} needs equal units: {found} is on its left and {other} on its right"
            )
    return found
