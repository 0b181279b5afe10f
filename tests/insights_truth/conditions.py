"""Conditions with two values, true and false, over names, ids, statuses and numbers: what is unknown matches nothing.

Only `isNull` asks for what is unknown, and `not` turns whatever it is given.
"""

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.insights_truth.metrics import Value

Part = Mapping[str, Any]


def folded(text: str) -> str:
    """Without case and accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in letters if not unicodedata.combining(each))


def text_matches(text: str | None, asked: Part) -> bool:
    """A TextMatchInput: all given parts must hold."""
    if "isNull" in asked and asked["isNull"] is not (text is None):
        return False
    rest = asked.keys() - {"isNull"}
    if text is None:
        return not rest
    here = folded(text)
    tests: dict[str, Callable[[Any], bool]] = {
        "eq": lambda value: here == folded(value),
        "in": lambda values: here in {folded(each) for each in values},
        "contains": lambda value: folded(value) in here,
        "startsWith": lambda value: here.startswith(folded(value)),
    }
    return all(tests[part](asked[part]) for part in rest)


def holds(asked: Part, part_holds: Callable[[str, Any], bool]) -> bool:
    """A filter, or a having: `all`, `any` and `not` nest, and `part_holds` decides every other part by its name."""
    results = []
    for part, value in asked.items():
        if part == "all":
            results.append(all(holds(each, part_holds) for each in value))
        elif part == "any":
            results.append(any(holds(each, part_holds) for each in value))
        elif part == "not":
            results.append(not holds(value, part_holds))
        else:
            results.append(part_holds(part, value))
    return all(results)


_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def number_matches(value: Value, asked: Part) -> bool:
    """A MetricConditionInput: all given parts must hold."""
    bounds = {part: Fraction(Decimal(str(bound))) for part, bound in asked.items() if part in _COMPARED}
    if "isNull" in asked and asked["isNull"] is not (value is None):
        return False
    if value is None:
        return not bounds
    return all(_COMPARED[part](value, bound) for part, bound in bounds.items())


def parts_of(asked: Part | None) -> set[str]:
    """The names of all parts that a filter has at any depth."""
    if asked is None:
        return set()
    below = [*asked.get("all", ()), *asked.get("any", ()), *([asked["not"]] if "not" in asked else [])]
    return {part for each in below for part in parts_of(each)} | asked.keys() - {"all", "any", "not"}
