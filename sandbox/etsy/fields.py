"""Owns how values are read out of a body: a form has texts, JSON has types; must not know what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from sandbox.etsy.errors import EtsyRefusal, too_short

_KINDS = {bool: "bool", int: "int", float: "float", str: "string", list: "array", dict: "object"}
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_MOST_DIGITS = 15
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def whole_number(text: str) -> int | None:
    """None for what is no number, or one that no id and no amount has."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by name. What has the wrong type raises EtsyRefusal; what is absent or null is None.

    JSON sent under a form's content type says nothing: Etsy takes none of it, and does not complain.
    """

    values: Mapping[str, Any]
    is_form: bool

    @classmethod
    def read(cls, raw: bytes, content_type: str) -> "Fields":
        kind = content_type.partition(";")[0].strip().lower()
        if kind == _JSON:
            return cls(_object(raw), is_form=False)
        if kind == _FORM:
            return cls.of_form(dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True)))
        return cls({}, is_form=True)

    @classmethod
    def of_form(cls, values: Mapping[str, str]) -> "Fields":
        return cls({name.removesuffix("[]"): value for name, value in values.items()}, is_form=True)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def need(self, *names: str) -> None:
        absent = [name for name in names if name not in self]
        if absent:
            raise EtsyRefusal(f"Missing Input Parameter: [{', '.join(absent)}]")

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise _wrong("string", name, value)
        return value

    def whole(self, name: str) -> int | None:
        value = self.values.get(name)
        if self.is_form and isinstance(value, str):
            number = whole_number(value)
            if number is None:
                raise _wrong("int", name, value)
            return number
        if value is not None and type(value) is not int:
            raise _wrong("int", name, value)
        return value

    def decimal(self, name: str) -> Decimal | None:
        value = self.values.get(name)
        if value is None:
            return None
        is_number = type(value) in (int, float)
        if not (is_number or (self.is_form and isinstance(value, str))):
            raise _wrong("float", name, value)
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            raise _wrong("float", name, value) from None
        if not found.is_finite():
            raise _wrong("float", name, value)
        return found

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if self.is_form and isinstance(value, str):
            if value.lower() not in (*_TRUE, *_FALSE):
                raise _wrong("bool", name, value)
            return value.lower() in _TRUE
        if value is not None and not isinstance(value, bool):
            raise _wrong("bool", name, value)
        return value

    def words(self, name: str) -> list[str] | None:
        """Of a form: with commas between them. An empty list is one."""
        value = self.values.get(name)
        if self.is_form and isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise _wrong("array", name, value)
        return value

    def numbers(self, name: str) -> list[int] | None:
        """Ids, at least one where the field is there at all."""
        if self.is_form:
            words = self.words(name)
            found: Any = None if words is None else [whole_number(word) for word in words]
        else:
            found = self.values.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or any(type(each) is not int for each in found):
            raise _wrong("array", name, found)
        if not found:
            raise too_short(name)
        return found


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise EtsyRefusal("Request body is not valid JSON") from None
    if not isinstance(found, dict):
        raise EtsyRefusal("Request body is not a JSON object")
    return found


def _wrong(kind: str, name: str, value: object) -> EtsyRefusal:
    return EtsyRefusal(f"Expected {kind} value for '{name}' (got {_KINDS.get(type(value), 'unknown')})")
