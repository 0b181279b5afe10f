"""How the API's scalars read and print; it decides no rule beyond their format."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import strawberry
from graphql import (
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    StringValueNode,
    ValueNode,
    value_from_ast_untyped,
)

from execution.transport.uploads import Upload
from resolvers.scalars import JSON, BigInt, Currency, TimeZone

__all__ = ["JSON", "SCALARS", "BigInt", "Currency", "TimeZone"]

LARGEST_INTEGER = 2**53
# Days and instants that everything can calculate with: beyond, another time zone or one day more may have no date.
YEARS = range(1900, 3000)
_FIFTEEN_DIGITS = Context(prec=15)
_WIDE = Context(prec=80)
_ONE = Decimal(1)
_LARGEST_WHOLE = 10**15
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST_EXPONENT = 40
# Longer than any value is written: what is longer is refused before it is read.
_LONGEST_NUMBER = 400
_LONGEST_ZONE = 100


@contextmanager
def _at(node: ValueNode) -> Iterator[None]:
    """Gives an error about a literal its place in the query."""
    try:
        yield
    except GraphQLError as error:
        raise GraphQLError(error.message, node) from None


def _decimal_out(value: Any) -> Decimal | int:
    """15 significant digits, without trailing zeros: every JSON reader keeps these as they are.

    A whole number stays one: what an input has by default is printed into the SDL, which knows no Decimal.
    """
    if type(value) is int and abs(value) < _LARGEST_WHOLE:
        return value
    if not isinstance(value, Decimal) or not value.is_finite():
        raise GraphQLError("Decimal cannot represent this value.")
    text = str(value)
    # Most values are so already, and normalizing costs five times as much as looking.
    if len(text) <= _FIFTEEN_DIGITS.prec and "E" not in text and (text[-1] != "0" or "." not in text):
        return value
    rounded: Decimal = value.normalize(_FIFTEEN_DIGITS)
    is_plain = rounded == rounded.to_integral_value() and rounded.adjusted() < _WIDE.prec
    return rounded.quantize(_ONE, context=_WIDE) if is_plain else rounded


def _decimal_of_text(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise GraphQLError("Decimal is out of range.")
    try:
        value = Decimal(text)
    except InvalidOperation:  # a number all right, but its exponent is beyond what Decimal holds
        raise GraphQLError("Decimal is out of range.") from None
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise GraphQLError("Decimal is out of range.")
    return _FIFTEEN_DIGITS.plus(value)


def _decimal_in(value: Any) -> Decimal:
    """A JSON number; a float that came through our decoder still knows the text it was written as."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError("Decimal must be a number.")
    return _decimal_of_text(getattr(value, "text", None) or repr(value))


def _decimal_literal(node: ValueNode, _variables: Any = None) -> Decimal:
    if not isinstance(node, IntValueNode | FloatValueNode):
        raise GraphQLError("Decimal must be a number.", node)
    with _at(node):
        return _decimal_of_text(node.value)


def _big_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError("BigInt must be an integer.")
    if abs(value) > LARGEST_INTEGER:
        raise GraphQLError("BigInt must lie within 2^53.")
    return value


def _big_int_literal(node: ValueNode, _variables: Any = None) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("BigInt must be an integer.", node)
    with _at(node):
        return _big_int(int(node.value))


def _day_out(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise GraphQLError("Date cannot represent this value.")
    return value.isoformat()


def _day_in(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise GraphQLError("Date must be written as YYYY-MM-DD.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("Date must be a day of the calendar.") from None
    if day.year not in YEARS:
        raise GraphQLError(f"Date must lie in the years {YEARS[0]} to {YEARS[-1]}.")
    return day


def _instant_out(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise GraphQLError("DateTime cannot represent this value.")
    return value.isoformat()


def _instant_in(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError("DateTime must be written as ISO 8601 with an offset.") from None
    if instant.tzinfo is None:
        raise GraphQLError("DateTime must carry an offset, e.g. 2026-01-31T12:00:00Z.")
    if instant.year not in YEARS:
        raise GraphQLError(f"DateTime must lie in the years {YEARS[0]} to {YEARS[-1]}.")
    return instant


def _text_out(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("This value cannot be represented.")
    return value


def _currency_in(value: Any) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise GraphQLError('Currency must be an ISO 4217 code in quotes, e.g. "EUR".')
    return value


def _time_zone_in(value: Any) -> str:
    try:
        return ZoneInfo(value if len(value) <= _LONGEST_ZONE else "").key
    except (TypeError, ValueError, OSError, KeyError):
        raise GraphQLError("TimeZone must be an IANA name, e.g. Europe/Berlin.") from None


def _text_literal(parse: Callable[[Any], Any]) -> Callable[..., Any]:
    def literal(node: ValueNode, _variables: Any = None) -> Any:
        with _at(node):
            return parse(node.value if isinstance(node, StringValueNode) else None)

    return literal


def _text_scalar(name: str, description: str, *, out: Callable[[Any], str], read: Callable[[Any], Any]) -> Any:
    return strawberry.scalar(
        name=name, description=description, serialize=out, parse_value=read, parse_literal=_text_literal(read)
    )


def _upload_in(value: Any) -> Upload:
    if not isinstance(value, Upload):
        raise GraphQLError("Upload must be a file of a multipart request, named by a variable.")
    return value


def _as_it_is(value: Any) -> Any:
    return value


SCALARS: dict[object, Any] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="Decimal, a JSON number of at most 15 significant digits",
        serialize=_decimal_out,
        parse_value=_decimal_in,
        parse_literal=_decimal_literal,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="Integer up to 2^53, a JSON number",
        serialize=_big_int,
        parse_value=_big_int,
        parse_literal=_big_int_literal,
    ),
    date: _text_scalar("Date", "ISO 8601 calendar date", out=_day_out, read=_day_in),
    datetime: _text_scalar("DateTime", "ISO 8601 instant with offset", out=_instant_out, read=_instant_in),
    Currency: _text_scalar("Currency", "ISO 4217 code", out=_text_out, read=_currency_in),
    TimeZone: _text_scalar("TimeZone", "IANA time zone name", out=_text_out, read=_time_zone_in),
    Upload: _text_scalar("Upload", "A file of a multipart request", out=_text_out, read=_upload_in),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value",
        serialize=_as_it_is,
        parse_value=_as_it_is,
        parse_literal=value_from_ast_untyped,
    ),
}
