"""Reads what a part of a name says for a field: the value in its one spelling, or what is wrong with it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from analytics.enums import NamingFieldType
from analytics.naming.dates import date_reader
from analytics.naming.normal import folded, plain
from analytics.naming.template import NamingField

LONGEST_VALUE = 2_000

_INTEGER = re.compile("-?[0-9]{1,15}")
_RATIO = re.compile("([0-9]{1,5}(?:[.,][0-9]{1,3})?) ?[x:×] ?([0-9]{1,5}(?:[.,][0-9]{1,3})?)", re.IGNORECASE)  # noqa: RUF001
_UNITS = re.compile(
    "(?:([0-9]{1,3}) ?h(?:r|rs)?)? ?(?:([0-9]{1,4}) ?m(?:in)?)? ?(?:([0-9]{1,5}) ?s(?:ec)?)?", re.IGNORECASE
)
_CLOCK = re.compile("(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-5][0-9])")
_SECONDS = re.compile("()()([0-9]{1,5})")


class ReadValue(NamedTuple):
    """`value` is null exactly where there is an error."""

    value: str | None
    label: str | None = None
    error: str | None = None


ValueReader = Callable[[str], ReadValue]


def value_reader(field: NamingField) -> ValueReader:
    """What reads the parts of names that stand for this field; they must not be empty.

    The field must be a good one (analytics/naming/checks.py).
    """
    if field.type is NamingFieldType.ENUM:
        read = _enum_reader(field)
    elif field.type is NamingFieldType.DATE:
        form = field.date_format or ""
        read = _reader(date_reader(form), f"It is no date as {form} writes it.")
    else:
        read = _READERS[field.type]

    def bounded(raw: str) -> ReadValue:
        if len(raw) > LONGEST_VALUE:
            return ReadValue(None, error=f"A value has at most {LONGEST_VALUE:,} characters.")
        return read(raw)

    return bounded


def _reader(parse: Callable[[str], str | None], error: str) -> ValueReader:
    def read(raw: str) -> ReadValue:
        value = parse(raw.strip())
        return ReadValue(None, error=error) if value is None else ReadValue(value)

    return read


def _enum_reader(field: NamingField) -> ValueReader:
    """A code counts before a label, and of equal labels the first one."""
    read_as: dict[str, ReadValue] = {}
    for of in ("code", "label"):
        for each in field.labels:
            read_as.setdefault(folded(getattr(each, of)), ReadValue(plain(each.code), each.label))
    unknown = ReadValue(None, error="It is none of the field's codes.")

    def read(raw: str) -> ReadValue:
        return read_as.get(folded(raw), unknown)

    return read


def _integer(raw: str) -> str | None:
    return str(int(raw)) if _INTEGER.fullmatch(raw) else None


def _ratio(raw: str) -> str | None:
    found = _RATIO.fullmatch(raw)
    if found is None:
        return None
    sides = [_trimmed_number(side) for side in found.groups()]
    return None if "0" in sides else "x".join(sides)


def _trimmed_number(text: str) -> str:
    whole, _, decimals = text.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole)}.{decimals}" if decimals else str(int(whole))


def _duration(raw: str) -> str | None:
    for pattern in (_SECONDS, _CLOCK, _UNITS):
        found = pattern.fullmatch(raw)
        if found and any(found.groups()):
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return f"{hours * 3600 + minutes * 60 + seconds}s"
    return None


_READERS = {
    NamingFieldType.TEXT: ReadValue,
    NamingFieldType.INTEGER: _reader(_integer, "It is no whole number."),
    NamingFieldType.RATIO: _reader(_ratio, "It is no ratio such as 9x16."),
    NamingFieldType.DURATION: _reader(_duration, "It is no duration such as 15s, 1m30s or 1:30."),
}
