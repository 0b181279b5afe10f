"""What is read as a formula, what is refused and where; attacks on the parser among it."""

import string
import sys
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.metrics.custom.parsing import DEEPEST, LONGEST, parsed, words_of
from analytics.metrics.custom.terms import Chain, FormulaFault, Key, Number, Operand, keys_of

# The formula, and the column that its fault is at.
REFUSED = {
    "empty": ("", 1),
    "spaces alone": ("   ", 4),
    "a bracket of nothing": ("spend + ()", 10),
    "no operator": ("spend  clicks", 8),
    "no operator before a number": ("spend 2", 7),
    "nothing before": ("* spend", 1),
    "nothing after": ("spend + ", 9),
    "a plus as a sign": ("+spend", 1),
    "two signs": ("spend - - -2", 11),
    "a bracket too many": ("(spend))", 8),
    "a bracket that closes before it opens": ("spend) + (clicks", 6),
    "a bracket that stays open": ("(spend + (clicks)", 18),
    "400 brackets": ("(" * 200 + ")" * 200, 21),
    "400 brackets that open": ("(" * 400, 21),
    "brackets around a value": ("(" * 200 + "spend" + ")" * 200, 21),
    "300 signs": ("-" * 300 + "spend", 2),
    "a power": ("spend ** 2", 8),
    "a power of powers": ("9**9**9**9", 3),
    "a whole division": ("spend // 2", 8),
    "a rest": ("spend % 2", 7),
    "a comparison": ("spend > 2", 7),
    "an import": ("__import__('os')", 1),
    "an attribute": ("spend.real", 6),
    "a call": ("spend(2)", 6),
    "a call of a number": ("1(2)", 2),
    "an index": ("spend[0]", 6),
    "words of Python": ("lambda if else", 8),
    "an assignment": ("(a:=1)", 3),
    "a text": ("'spend'", 1),
    "a text in other quotes": ('spend + "1"', 9),
    "an f-string": ("f'{spend}'", 2),
    "a comment": ("spend # + clicks", 7),
    "a line": ("spend\n+ clicks", 6),
    "a line of old": ("spend +\rclicks", 8),
    "a tab": ("spend\t+ 1", 6),
    "a backslash": ("spend + \\\n1", 9),
    "NUL": ("spend\x00", 6),
    "a half of a surrogate": ("spend\ud800", 6),
    "a letter that looks like another": ("spеnd", 3),  # noqa: RUF001 - Cyrillic, on purpose
    "a letter that Python would take for another": ("ſpend", 1),  # noqa: RUF001 - on purpose
    "wide letters": ("ｓｐｅｎｄ", 1),  # noqa: RUF001 - on purpose
    "wide digits": ("spend * １", 9),  # noqa: RUF001 - on purpose
    "digits of another script": ("spend * ٣", 9),
    "a raised digit": ("spend * 2²", 10),
    "a letter that is longer in capitals": ("ß", 1),
    "a sign that looks like another": ("spend − 1", 7),  # noqa: RUF001 - on purpose
    "a space without width": ("sp\u200bend", 3),
    "a space that does not break": ("spend\u00a0+ 1", 6),
    "a mark of direction": ("\u202espend", 1),
    "an exponent": ("1e999", 1),
    "a small exponent": ("spend * 1e3", 9),
    "a part that is imaginary": ("spend * 2j", 9),
    "not a number": ("spend * 0x1f", 9),
    "a number with underscores": ("1_000 * spend", 2),
    "a number with leading zeros": ("007 * spend", 1),
    "a number with two points": ("spend * 1.2.3", 9),
    "a point": ("spend * .", 9),
    "a point at the end": ("spend * 5.", 9),
    "a number of 16 digits": (f"spend * {10**15}", 9),
    "a number of 16 decimals": (f"spend * 0.{'1' * 16}", 9),
    "501 characters": ("spend".ljust(LONGEST + 1), 501),
    "a million characters": ("(" * 1_000_000, 501),
}


@pytest.mark.parametrize(("formula", "column"), REFUSED.values(), ids=REFUSED)
def test_a_formula_is_refused_at_its_column(formula: str, column: int) -> None:
    with pytest.raises(FormulaFault) as caught:
        parsed(formula)
    assert caught.value.column == column
    assert str(caught.value).startswith(f"At column {column}: ")
    assert len(str(caught.value)) < 120


@given(st.text(max_size=40) | st.text(alphabet="ab19.+-*/() _eE'\n", max_size=40))
@example("\ufeffspend")
@example("NONE")
def test_any_text_is_a_formula_or_refused(formula: str) -> None:
    column, term = 0, None
    try:
        term = parsed(formula)
    except FormulaFault as fault:
        column = fault.column
    if term is None:
        assert 1 <= column <= len(formula) + 1
    else:
        assert set(formula) <= set(string.ascii_letters + string.digits + ".+-*/() ")
        assert {key.name for key in keys_of(term)} == words_of(formula)
        assert all(formula[key.column - 1 :].startswith(key.name) for key in keys_of(term))


@pytest.mark.parametrize("key", ["yield", "lambda", "none", "true", "None", "True", "import", "in", "match", "print"])
def test_words_of_python_are_keys_as_any_other(key: str) -> None:
    assert parsed(f"2 * {key}") == Chain(Number(Decimal(2), 1), (Operand("*", Key(key, 5), 3),))


def test_numbers_are_what_was_written() -> None:
    assert parsed("0.1") == Number(Decimal("0.1"), 1)
    assert parsed(" -123456789012345.123456789012345") == Number(Decimal("-123456789012345.123456789012345"), 2)
    assert parsed(".50") == Number(Decimal("0.50"), 1)


def test_multiplication_comes_first_and_equals_go_from_the_left() -> None:
    product = Chain(Key("b", 5), (Operand("*", Key("c", 9), 7),))
    assert parsed("a - b * c - d") == Chain(Key("a", 1), (Operand("-", product, 3), Operand("-", Key("d", 13), 11)))


def test_brackets_and_signs_hold_together() -> None:
    inner = Chain(Key("b", 7), (Operand("-", Key("c", 11), 9),))
    signed = Chain(Number(Decimal(-1), 5), (Operand("*", inner, 5),))
    assert parsed("a / -(b - c)") == Chain(Key("a", 1), (Operand("/", signed, 3),))


def test_a_formula_may_be_as_long_and_as_deep_as_is_said() -> None:
    longest = "+".join("a" * (LONGEST // 2)) + " "
    deepest = "(" * DEEPEST + "a" + ")" * DEEPEST
    assert (len(longest), len([*keys_of(parsed(longest))])) == (LONGEST, LONGEST // 2)
    assert [*keys_of(parsed(deepest))] == [Key("a", DEEPEST + 1)]


def test_the_longest_formula_is_read_with_little_of_the_stack() -> None:
    """A server is some hundred calls deep when it parses."""

    def deeper(calls: int) -> int:
        return len([*keys_of(parsed(formula))]) if calls == 0 else deeper(calls - 1)

    formula = "-a*" * 160 + "a"
    assert deeper(sys.getrecursionlimit() - 200) == 161
