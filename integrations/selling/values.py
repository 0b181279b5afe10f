"""What single values in a marketplace's answers mean: texts, numbers, instants. A value that cannot be read is None.

Numbers are read as they are written: no amount ever passes through a binary fraction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

# What our columns hold; a larger amount is a fault of the answer.
_LARGEST = Decimal(10) ** 12
_FINEST = -4
_ZERO = Decimal(0)
_LARGEST_WHOLE = 2**31 - 1
# No id is a number of more bits; Python writes no number of more than 4,300 digits.
_MOST_BITS = 1024
_CURRENCY_LETTERS = 3
_JSON = msgspec.json.Decoder(float_hook=Decimal)


def decoded(body: bytes) -> Any:
    """JSON with its fractions as Decimals; raises ValueError for what is no JSON."""
    try:
        return _JSON.decode(body)
    # Digits without an end are an InvalidOperation, an array in an array without an end a RecursionError.
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError, RecursionError) as error:
        raise ValueError("not JSON") from error


@dataclass(frozen=True, slots=True)
class Priced:
    value: Decimal
    currency: str

    @classmethod
    def of(cls, value: Decimal | None, currency: str | None) -> "Priced | None":
        """None without a value, or for what is no code of a currency."""
        if value is None or currency is None or len(currency) != _CURRENCY_LETTERS:
            return None
        return cls(value, currency) if currency.isascii() and currency.isalpha() and currency.isupper() else None


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of an answer, whose values may be of any type."""

    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: object) -> "Fields":
        """No fields for what is no object."""
        return cls(raw if isinstance(raw, dict) else {})

    def __contains__(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def text(self, name: str) -> str | None:
        """None for an empty text; a number is a text, since ids are written as both."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return None
        # Postgres keeps no NUL in a text.
        return str(value).replace("\x00", "").strip() or None

    def whole(self, name: str) -> int | None:
        """None for what is no whole number from 0 to what an integer column holds."""
        number = self.number(name)
        if number is None or number != number.to_integral_value() or not 0 <= number <= _LARGEST_WHOLE:
            return None
        return int(number)

    def number(self, name: str) -> Decimal | None:
        return number_of(self.raw.get(name))

    def flag(self, name: str) -> bool:
        return self.raw.get(name) is True

    def instant(self, name: str) -> datetime | None:
        """In UTC; None for what is no time with an offset."""
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text) if text else None
            return moment.astimezone(UTC) if moment and moment.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def part(self, name: str) -> "Fields":
        return Fields.of(self.raw.get(name))

    def parts(self, name: str) -> list["Fields"]:
        """The objects of a list; what is none of them is an object without fields, so that nothing is skipped."""
        value = self.raw.get(name)
        return [Fields.of(each) for each in value] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self.raw.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def number_of(value: object) -> Decimal | None:
    """A number that our columns can hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number) >= _LARGEST:
        return None
    if not number:
        # 0E-999999 is nothing, too, and no column takes it as it is written.
        return number if _FINEST <= number.adjusted() <= 0 else _ZERO
    bare = number.normalize()
    exponent = bare.as_tuple().exponent
    # What is too small for a Decimal's own rules has become 0.
    return number if bare and isinstance(exponent, int) and exponent >= _FINEST else None


def written(amount: Decimal) -> str:
    """An amount as marketplaces want it: a text without an exponent, and without zeros behind the second decimal."""
    whole, point, decimals = f"{amount:f}".partition(".")
    return f"{whole}{point}{decimals[:2]}{decimals[2:].rstrip('0')}"


def bare_code(code: str) -> str:
    """What tracking codes are compared by: their letters and digits."""
    return "".join(letter for letter in code if letter.isascii() and letter.isalnum()).upper()
