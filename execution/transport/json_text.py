"""Reads and writes the JSON of GraphQL: decimals are JSON numbers and keep all their digits."""

import json
from collections.abc import Callable
from typing import Any, Self

import msgspec
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from execution.limits.answered import Spliced


def _spliced(value: Any) -> Any:
    """What msgspec does not know itself: a part that is JSON already goes into the text as it is."""
    if isinstance(value, Spliced):
        return msgspec.Raw(value.text)
    raise TypeError(f"{type(value).__name__} is no part of an answer.")


_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=_spliced).encode


class Exact(float):
    """A float that keeps the digits of the JSON text in `text`, for the Decimal scalar; all else sees a float."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number


_decode = msgspec.json.Decoder(float_hook=Exact).decode
# Each `Exact` is made in Python: a body full of numbers would take a second. A body of fewer bytes than _SHORT cannot
# have more than MAX_FLOATS numbers.
MAX_FLOATS = 10_000
_SHORT = 4 * MAX_FLOATS


class _FewFloats:
    """Makes an `Exact` of each number, and raises ValueError beyond the MAX_FLOATS-th."""

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
    """The JSON as text: over a WebSocket bytes would be binary frames, which clients in browsers do not read."""
    return _encode(data).decode()


def decode_json(data: str | bytes) -> Any:
    """The decoded JSON; raises json.JSONDecodeError, the error that Strawberry's views expect, if it is none."""
    try:
        return _decoder_of(data)(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def response_of(result: ExecutionResult) -> dict[str, Any]:
    """The GraphQL response; one to a request that was refused before execution has no data."""
    body: dict[str, Any] = {} if isinstance(result, PreExecutionError) else {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return body
