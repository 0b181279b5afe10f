"""What an answer says of exact sums: rounded as people round, and what is missing."""

from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

from tests.revenue_truth.naive import Naive, Piece


def cents(amount: Fraction) -> Fraction:
    """Halves away from zero."""
    rounded = Fraction(floor(abs(amount) * 100 + Fraction(1, 2)), 100)
    return rounded if amount >= 0 else -rounded


def told(naive: Naive) -> dict[str, Any]:
    """The numbers of a row by their names; amounts are exact cents."""
    amounts = {name: naive.of(name) for name in ("gross", "refunds", "fees", "cost")}
    gross, refunds = cents(amounts["gross"] or Fraction(0)), cents(amounts["refunds"] or Fraction(0))
    fees, cost = (None if amounts[name] is None else cents(amounts[name] or Fraction(0)) for name in ("fees", "cost"))
    # Every day of every account was read, so that nothing spent is known to be nothing.
    spend = cents(sum((each[1] for each in naive.spent), Fraction(0)))
    covered = sum((each.net for each in naive.pieces if is_covered(each)), Fraction(0))
    rest = sum((each.net for each in naive.pieces), Fraction(0)) - covered
    coverage = abs(covered) / (abs(covered) + abs(rest)) if covered or rest else None
    net, none = gross - refunds, Fraction(0)
    return {
        "orders": naive.orders,
        "units": naive.units,
        "grossRevenue": gross,
        "refunds": refunds,
        "netRevenue": net,
        "fees": fees,
        "cost": cost,
        "spend": spend,
        "coverage": coverage,
        "profit": net - (fees or none) - (cost or none) - spend if coverage else None,
        "blendedRoas": net / spend if spend else None,
    }


def is_covered(piece: Piece) -> bool:
    return piece.order.fees is not None and piece.line is not None and piece.line.unit_cost is not None


def gaps(naive: Naive) -> list[tuple[str, int, int]]:
    """Code, count and amount of each, in cents."""
    found = [
        ("NO_FX_RATE", len({day for day, _ in each}), cents(sum((amount for _, amount in each), Fraction(0))))
        for _, each in sorted(naive.no_rate.items())
    ]
    for code, condition, what in (
        ("COST_MISSING", lambda piece: piece.line is None or piece.line.unit_cost is None, _thing),
        ("FEES_MISSING", lambda piece: piece.order.fees is None, lambda piece: piece.order.id),
        ("TAX_UNKNOWN", lambda piece: not piece.is_taxed, lambda piece: piece.order.id),
        ("NOT_LINKED", lambda piece: piece.product is None, lambda piece: piece.order.id),
    ):
        count, amount = naive.gap(condition, what)
        found += [(code, count, cents(amount))] if count or cents(amount) else []
    unlinked: list[tuple[date, Fraction]] = [(day, spend) for day, spend, _, is_linked in naive.spent if not is_linked]
    amount = cents(sum((spend for _, spend in unlinked), Fraction(0)))
    found += [("NOT_LINKED", len({day for day, _ in unlinked}), amount)] if amount else []
    return [(code, count, int(amount * 100)) for code, count, amount in found]


def _thing(piece: Piece) -> Any:
    line = piece.line
    return None if line is None else line.product_id or line.sku or line.title


def same(shown: Any, expected: Any) -> bool:
    """Equal to the cent, or to the sixth digit for ratios."""
    if shown is None or expected is None:
        return shown is None and expected is None
    return bool(abs(Fraction(shown) - expected) < Fraction(1, 1_000_000))
