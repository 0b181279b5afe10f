"""Units of formulas: what may be added, and what a product is."""

import pytest

from analytics.enums import MetricUnit
from analytics.metrics.custom.parsing import parsed
from analytics.metrics.custom.terms import FormulaFault
from analytics.metrics.custom.units import Powers, powers_of

UNITS = {
    "spend": MetricUnit.MONEY,
    "watch": MetricUnit.SECONDS,
    "clicks": MetricUnit.COUNT,
    "ctr": MetricUnit.FRACTION,
    "roas": MetricUnit.MULTIPLE,
}


@pytest.mark.parametrize(
    ("formula", "money", "seconds"),
    [
        ("2", 0, 0),
        ("clicks + ctr - roas * 2", 0, 0),
        ("spend", 1, 0),
        ("-spend", 1, 0),
        ("spend * 0.35 - spend / clicks", 1, 0),
        ("spend / spend", 0, 0),
        ("spend * spend", 2, 0),
        ("clicks / spend", -1, 0),
        ("1 / (spend / watch) * watch", -1, 2),
        ("spend * (watch + watch) / (spend - spend)", 0, 1),
    ],
)
def test_powers_add_up_in_products(formula: str, money: int, seconds: int) -> None:
    assert powers_of(parsed(formula), UNITS) == Powers(money, seconds)


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        ("spend + clicks", 7),
        ("spend - 1", 7),
        ("clicks + clicks + watch", 17),
        ("clicks * (ctr - watch)", 15),
        ("spend * clicks + spend / spend", 16),
    ],
)
def test_different_units_are_not_added(formula: str, column: int) -> None:
    with pytest.raises(FormulaFault, match="equal units") as caught:
        powers_of(parsed(formula), UNITS)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("powers", "words"),
    [
        (Powers(), "a plain number"),
        (Powers(1, 0), "money"),
        (Powers(-1, 1), "money^-1 * seconds"),
        (Powers(0, 2), "seconds^2"),
    ],
)
def test_powers_are_told_in_words(powers: Powers, words: str) -> None:
    assert str(powers) == words
