"""The evaluator against Python's own arithmetic, for any formula."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from analytics.metrics.formula import (
    Calculation,
    Constant,
    Fact,
    Formula,
    evaluate,
    facts_of,
    has_zero_denominator,
    text,
)
from tests.analytics.metrics.exact import exactly, is_near_zero

NAMES = ("a", "b", "c")
FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    st.sampled_from([Fact(name) for name in NAMES]) | st.integers(0, 9).map(Constant),
    lambda parts: st.builds(Calculation, st.sampled_from("+-*/"), parts, parts),
    max_leaves=6,
)
FACTS = st.fixed_dictionaries({name: st.none() | st.integers(-50, 50) for name in NAMES})


@given(FORMULAS, FACTS)
def test_a_formula_is_worth_what_arithmetic_says(formula: Formula, facts: dict[str, int | None]) -> None:
    if is_near_zero(formula, facts):
        return
    found, expected = evaluate(formula, facts), exactly(formula, facts)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert abs(Fraction(found) - expected) <= Fraction(1, 10**9) * max(Fraction(1), abs(expected))


@given(FORMULAS, FACTS)
def test_a_missing_fact_makes_the_whole_missing(formula: Formula, facts: dict[str, int | None]) -> None:
    if any(facts[name] is None for name in facts_of(formula)):
        assert evaluate(formula, facts) is None
        assert not has_zero_denominator(formula, facts)


@given(FORMULAS, FACTS)
def test_a_null_without_a_missing_fact_is_a_division_by_zero(formula: Formula, facts: dict[str, int | None]) -> None:
    if all(facts[name] is not None for name in facts_of(formula)):
        assert has_zero_denominator(formula, facts) == (evaluate(formula, facts) is None)


@given(FORMULAS, st.fixed_dictionaries({name: st.integers(1, 50) for name in NAMES}))
def test_the_printed_formula_means_the_same(formula: Formula, facts: dict[str, int]) -> None:
    whole = {name: Fraction(value) for name, value in facts.items()}
    expected = exactly(formula, dict(facts))
    if expected is not None:
        # Constants are divided as fractions as well: 1/3 is no float here.
        printed = text(formula, {name: name for name in NAMES})
        scope = {**whole, "__builtins__": {}, "F": Fraction}
        assert eval(_as_fractions(printed), scope) == expected


def _as_fractions(printed: str) -> str:
    return " ".join(
        f"F({part})" if part.isdigit() else part for part in printed.replace("(", "( ").replace(")", " )").split()
    )


def test_operators_build_formulas() -> None:
    formula = 1000 * Fact("spend") / (Fact("a") + 1 - Fact("b"))
    assert text(formula, {}) == "1000 * spend / (a + 1 - b)"
    assert evaluate(formula, {"spend": 2, "a": 4, "b": Decimal("0.5")}) == Decimal(2000) / Decimal("4.5")
