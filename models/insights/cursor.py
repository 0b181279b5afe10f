"""Cursors of rows that are sorted by computed columns: what a cursor holds, and how one that a client sends is read.

models/keyset.py is for lists of entities, which are sorted by one stored column that is never null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from errors import BadInput
from models.cursor_text import bytes_of_cursor, cursor_of_bytes

_LARGEST_INTEGER = 2**63 - 1
# Custom metrics may multiply hundreds of counts. Postgres' numeric has at most 16,383 digits after its point.
_LARGEST_EXPONENT = 16_383
NOT_OF_THIS_QUESTION = "This cursor does not belong to this question in this order: take one from a page of its rows."
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str, list[str | int | float | None]]).decode


@dataclass(frozen=True, slots=True)
class Mark:
    """What the cursors of one page have in common: whose question it is, and of which data it was answered."""

    signature: str
    version: str


@dataclass(frozen=True, slots=True)
class RowPlace:
    """The place of a row in an order: the values it was sorted by, and the version of the data they were read from."""

    version: str
    values: tuple[Any, ...]


def encode_cursor(mark: Mark, values: Sequence[Any]) -> str:
    """The cursor of a row: the values it was sorted by, and the mark of its page; opaque to clients."""
    return cursor_of_bytes(_encode((mark.signature, mark.version, list(values))))


def decode_cursor(cursor: str, signature: str, kinds: Sequence[type]) -> RowPlace:
    """The place of a cursor, with values of these types; raises BadInput for a cursor of another question."""
    try:
        found, version, values = _decode(bytes_of_cursor(cursor))
        if found == signature and len(values) == len(kinds):
            return RowPlace(version, tuple(_typed(kind, value) for kind, value in zip(kinds, values, strict=True)))
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        pass  # every fault of a cursor gets the message below
    raise BadInput(NOT_OF_THIS_QUESTION)


def _typed(kind: type, value: Any) -> Any:
    if value is None:
        return None
    # A cursor comes from a client, who may have changed it: each value must be one that Postgres can compare.
    if isinstance(value, str) and "\0" in value:
        raise ValueError("Postgres holds no NUL")
    typed: Any = msgspec.convert(value, kind, strict=False)
    if isinstance(typed, int) and abs(typed) > _LARGEST_INTEGER:
        raise ValueError("beyond what Postgres' bigint holds")
    if isinstance(typed, Decimal) and (not typed.is_finite() or abs(typed.adjusted()) > _LARGEST_EXPONENT):
        raise ValueError("beyond what a metric can be")
    return typed
