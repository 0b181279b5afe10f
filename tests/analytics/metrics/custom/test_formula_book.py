"""A tenant's formulas: what each comes to, against arithmetic of its own; cycles and units that are refused."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from analytics.enums import MetricUnit
from analytics.metrics.custom.formula_book import BUILT_IN, DEEPEST_TREE, MOST_VALUES, CustomFormula, FormulaBook
from analytics.metrics.custom.terms import FormulaFault
from analytics.metrics.formula import evaluate, facts_of, has_zero_denominator
from tests.analytics.metrics.exact import is_near_zero

COUNT, MONEY, MULTIPLE = MetricUnit.COUNT, MetricUnit.MONEY, MetricUnit.MULTIPLE
FACTS = ("impressions", "clicks_all", "link_clicks", "comments")
KEYS = {
    "impressions": lambda facts: facts["impressions"],
    "linkClicks": lambda facts: facts["link_clicks"],
    "ctrAll": lambda facts: _divided(facts["clicks_all"], facts["impressions"]),
    "own": lambda facts: _divided(facts["comments"] * Fraction("0.7"), facts["link_clicks"] - 3),
}
OWN = CustomFormula("own", "comments * 0.7 / (linkClicks - 3)", MetricUnit.MULTIPLE)
Sums = dict[str, Fraction]


class NoValueError(Exception):
    pass


def _divided(left: Fraction, right: Fraction) -> Fraction:
    if right == 0:
        raise NoValueError
    return left / right


@dataclass(frozen=True)
class Written:
    """A formula as somebody might write it, and what it is worth, which is calculated without reading it."""

    text: str
    worth: Callable[[Sums], Fraction]
    # How tightly its outermost operator binds: 1 for sums, 2 for products, 3 for values and brackets.
    binds: int = 3


def _value(key: str) -> Written:
    return Written(key, KEYS[key])


def _number(value: Decimal) -> Written:
    return Written(f"{value:f}", lambda _: Fraction(value))


def _negative(inner: Written) -> Written:
    text = inner.text if inner.binds == 3 and not inner.text.startswith("-") else f"({inner.text})"
    return Written(f"-{text}", lambda facts: -inner.worth(facts), 2)


def _two(operator: str, left: Written, right: Written, spaces: str) -> Written:
    binds = 1 if operator in "+-" else 2
    calculate: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": _divided,
    }
    first = left.text if left.binds >= binds else f"({left.text})"
    second = right.text if right.binds > binds else f"({spaces}{right.text})"
    worth = calculate[operator]
    text = f"{first}{spaces}{operator}{spaces}{second}"
    return Written(text, lambda facts: worth(left.worth(facts), right.worth(facts)), binds)


WRITTEN = st.recursive(
    st.sampled_from(sorted(KEYS)).map(_value)
    | st.decimals(0, 1000, places=3).map(_number)
    | st.integers(0, 9).map(Decimal).map(_number),
    lambda parts: (
        st.builds(_two, st.sampled_from("+-*/"), parts, parts, st.sampled_from(["", " ", "  "])) | parts.map(_negative)
    ),
    max_leaves=12,
)


# The denominator is 0 in fractions: a third of 3 is 1.
NEAR_ZERO = _two(
    "/",
    _value("linkClicks"),
    _two("-", _two("*", _value("ctrAll"), _value("impressions"), ""), _number(Decimal(1)), ""),
    "",
)


@given(WRITTEN, st.fixed_dictionaries({name: st.integers(0, 40) for name in FACTS}))
@example(NEAR_ZERO, {"impressions": 3, "clicks_all": 1, "link_clicks": 0, "comments": 0})
def test_a_formula_is_worth_what_arithmetic_says(written: Written, facts: dict[str, int]) -> None:
    formulas = FormulaBook([OWN, CustomFormula("asked", written.text, MetricUnit.MULTIPLE)])
    assume(any(key in written.text for key in KEYS))
    formulas.check("asked")
    expanded = formulas.expanded("asked")
    assert set(facts_of(expanded)) <= set(FACTS)
    # As many digits as leave nothing of a difference of large products to luck.
    with localcontext(prec=100):
        found, is_near = evaluate(expanded, facts), is_near_zero(expanded, facts)
        has_zero = has_zero_denominator(expanded, facts)
    try:
        expected = written.worth({name: Fraction(value) for name, value in facts.items()})
    except NoValueError:
        # What is 0 in fractions may be almost 0 in decimals, after 1/3 was rounded: then there is a number.
        assert (found is None) == has_zero
        assert has_zero or is_near
    else:
        assert found is not None
        assert abs(Fraction(found) - expected) <= Fraction(1, 10**9) * max(Fraction(1), abs(expected))


def one(formula: str, unit: MetricUnit = COUNT, *others: CustomFormula) -> FormulaBook:
    formulas = FormulaBook([CustomFormula("mine", formula, unit), *others])
    formulas.check("mine")
    return formulas


REFUSED = {
    "an unknown metric": ("spend / spnd", MULTIPLE, 9, "no metric spnd"),
    "a base fact that is no metric": ("watchSeconds", MetricUnit.SECONDS, 1, "no metric watchSeconds"),
    "a name in Python": ("link_clicks", COUNT, 5, "neither"),
    "capitals": ("SPEND", MONEY, 1, "no metric SPEND"),
    "itself": ("impressions + mine", COUNT, 15, "mine would be calculated from itself."),
    "itself through others": ("2 * outer", COUNT, 5, "mine would be calculated from itself, through outer."),
    "money and a count": ("spend + impressions", MONEY, 7, "equal units"),
    "money as a count": ("spend", COUNT, 1, "results in money, and the unit COUNT is a plain number"),
    "a count as money": ("impressions", MONEY, 1, "results in a plain number, and the unit MONEY is money"),
    "a count per money": ("purchases / spend", MetricUnit.FRACTION, 1, r"results in money\^-1"),
    "money squared": ("spend * spend", MONEY, 1, r"results in money\^2"),
    "seconds as money": ("avgWatchSeconds", MONEY, 1, "results in seconds"),
    "a number": ("1 + 2", COUNT, 1, "no metric in the formula"),
    "a division by zero alone": ("1 / 0", COUNT, 1, "no metric in the formula"),
}
OUTER = (CustomFormula("outer", "1 + inner", COUNT), CustomFormula("inner", "mine * mine", COUNT))


@pytest.mark.parametrize(("formula", "unit", "column", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_formula_is_refused(formula: str, unit: MetricUnit, column: int, reason: str) -> None:
    with pytest.raises(FormulaFault, match=reason) as caught:
        one(formula, unit, *OUTER)
    assert caught.value.column == column


@pytest.mark.parametrize("unit", [COUNT, MetricUnit.FRACTION, MULTIPLE])
def test_money_over_money_is_what_it_is_called(unit: MetricUnit) -> None:
    assert set(facts_of(one("purchaseValue / spend", unit).expanded("mine"))) == {"purchase_value", "spend"}


def test_ratios_of_other_metrics_are_expanded_to_sums() -> None:
    profit = CustomFormula("profit", "purchaseValue * 0.4 - spend", MONEY)
    expanded = one("profit / cpm", COUNT, profit).expanded("mine")
    facts = {"purchase_value": Decimal("1000.5"), "spend": Decimal(100), "impressions": Decimal(5000)}
    assert evaluate(expanded, facts) == Decimal("300.2") / 20


def test_a_division_by_zero_is_no_value() -> None:
    expanded = one("impressions / (comments - comments)").expanded("mine")
    facts = {"impressions": 5, "comments": 3}
    assert evaluate(expanded, facts) is None
    assert has_zero_denominator(expanded, facts)


def test_any_formula_over_built_in_metrics_fits() -> None:
    longest = max(BUILT_IN, key=lambda key: len([*facts_of(BUILT_IN[key].expression)]) / (len(key) + 1))
    formula = "+".join([longest] * (500 // (len(longest) + 1)))
    one(formula, BUILT_IN[longest].unit)
    one("+".join(["cpm"] * 125), MONEY)


def squares(count: int) -> list[CustomFormula]:
    """Each is the one before, twice: the last would have 2^count values."""
    first = CustomFormula("s0", "impressions", COUNT)
    return [first, *(CustomFormula(f"s{n}", f"s{n - 1} * s{n - 1}", COUNT) for n in range(1, count + 1))]


def test_what_is_too_long_with_all_it_uses_is_refused() -> None:
    fits = MOST_VALUES.bit_length() - 1
    one(f"s{fits}", COUNT, *squares(fits))
    for power in (fits + 1, 199):
        with pytest.raises(FormulaFault, match="too long"):
            one(f"s{power}", COUNT, *squares(power))


def test_what_is_too_deep_with_all_it_uses_is_refused() -> None:
    steps = [CustomFormula("d0", "impressions", COUNT)]
    steps += [CustomFormula(f"d{n}", f"(d{n - 1} + 1) / 2", COUNT) for n in range(1, DEEPEST_TREE)]
    one(f"d{DEEPEST_TREE // 2}", COUNT, *steps)
    with pytest.raises(FormulaFault, match="too long"):
        one(f"d{DEEPEST_TREE // 2} + 1", COUNT, *steps)


def test_200_names_for_one_metric_are_followed() -> None:
    names = [CustomFormula("n0", "impressions", COUNT)]
    names += [CustomFormula(f"n{n}", f"n{n - 1}", COUNT) for n in range(1, 199)]
    assert [*facts_of(one("n198", COUNT, *names).expanded("mine"))] == ["impressions"]


def test_users_are_found_and_those_that_break() -> None:
    formulas = FormulaBook(
        [
            CustomFormula("base", "spend", MONEY),
            CustomFormula("added", "base + 1", COUNT),
            CustomFormula("ratio", "base / base", COUNT),
            CustomFormula("far", "added * ratio", COUNT),
            CustomFormula("other", "baseless / clicksAll", COUNT),
            CustomFormula("baseless", "impressions", COUNT),
        ]
    )
    assert formulas.users_of("base") == ["added", "ratio"]
    assert formulas.users_of("far") == []
    assert formulas.broken_by("base") == ["added"]
    assert formulas.broken_by("baseless") == []


def test_a_metric_lacks_what_one_of_those_that_it_uses_lacks() -> None:
    formulas = FormulaBook(
        [
            CustomFormula("whole", "spend / (clicksAll + 1)", COUNT),
            CustomFormula("broken", "gone * 2", COUNT),
            CustomFormula("far", "whole + broken", COUNT),
        ]
    )
    assert [key for key in ("whole", "broken", "far") if formulas.lacks_nothing(key)] == ["whole"]


def test_what_grows_too_long_through_another_is_broken() -> None:
    users = squares(8)
    grown = [CustomFormula("s0", "impressions + clicksAll", COUNT), *users[1:]]
    assert FormulaBook(users).broken_by("s0") == []
    assert FormulaBook(grown).broken_by("s0") == ["s8"]
