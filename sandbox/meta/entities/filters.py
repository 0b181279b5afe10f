"""Owns the `filtering` parameter; must not know where the values come from."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import bad_parameter


@dataclass(frozen=True, slots=True)
class Filter:
    """`values` holds texts, also for a single value, so that a filter can be part of a cache key."""

    name: str
    operator: str
    values: tuple[str, ...]

    def accepts(self, actual: str) -> bool:
        return _OPERATORS[self.operator](actual, self.values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise bad_parameter(f"param filtering needs a number in place of {text!r}") from error


_OPERATORS: dict[str, Callable[[str, tuple[str, ...]], bool]] = {
    "EQUAL": lambda actual, values: actual == values[0],
    "NOT_EQUAL": lambda actual, values: actual != values[0],
    "IN": lambda actual, values: actual in values,
    "NOT_IN": lambda actual, values: actual not in values,
    "CONTAIN": lambda actual, values: values[0].casefold() in actual.casefold(),
    "NOT_CONTAIN": lambda actual, values: values[0].casefold() not in actual.casefold(),
    "STARTS_WITH": lambda actual, values: actual.startswith(values[0]),
    # Strict, like the real one: an incremental reader has to step back by a second.
    "GREATER_THAN": lambda actual, values: _number(actual) > _number(values[0]),
    "LESS_THAN": lambda actual, values: _number(actual) < _number(values[0]),
}


class _RawFilter(msgspec.Struct):
    field: str
    operator: str
    value: str | int | float | list[str | int | float]


def read_filters(call: GraphCall) -> tuple[Filter, ...]:
    if "filtering" not in call.params:
        return ()
    return tuple(_checked(raw) for raw in call.json("filtering", list[_RawFilter]))


def _checked(raw: _RawFilter) -> Filter:
    values = raw.value if isinstance(raw.value, list) else [raw.value]
    if raw.operator not in _OPERATORS or not values:
        raise bad_parameter(f"param filtering: operator {raw.operator} is not supported for {raw.field}")
    return Filter(raw.field, raw.operator, tuple(map(str, values)))
