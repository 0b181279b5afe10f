"""The Python types behind the API's own scalars, for annotations; schema/scalars.py parses and prints their values."""

from typing import Any, NewType

BigInt = NewType("BigInt", int)
Currency = NewType("Currency", str)
TimeZone = NewType("TimeZone", str)
JSON = NewType("JSON", Any)  # type: ignore[valid-newtype]  # any JSON value; NewType only carries the scalar's name
