"""JSON in and out of GraphQL: decimals are numbers on the wire and lose no digit on the way."""

import json
from collections.abc import Callable
from typing import Any, Self

import msgspec

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Exact(float):
    """A float of a JSON text that still knows its digits; Decimal reads `text`, everything else sees a float."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


_decode = msgspec.json.Decoder(float_hook=Exact).decode
# Made one by one in Python: a body of nothing else would take a second. Shorter ones cannot hold too many.
MAX_FLOATS = 10_000
_SHORT = 4 * MAX_FLOATS


class _FewFloats:
    """Exact, for as many numbers as an operation's variables may hold."""

    def __init__(self) -> None:
        self.left = MAX_FLOATS

    def __call__(self, text: str) -> Exact:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many numbers")
        return Exact(text)


def _decoder_of(data: str | bytes) -> Callable[[str | bytes], Any]:
    return _decode if len(data) < _SHORT else msgspec.json.Decoder(float_hook=_FewFloats()).decode


def encode_json(data: object) -> str:
    """Text, not bytes: bytes would go out as binary WebSocket frames, which browsers' clients do not read."""
    return _encode(data).decode()


def decode_json(data: str | bytes) -> Any:
    """Raises json.JSONDecodeError, the one error that Strawberry's views expect, for whatever is no JSON."""
    try:
        return _decoder_of(data)(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None
