"""Keyset paging over computed columns that may be null: order, cursor, and the condition for the rows behind it.

models/keyset.py is for lists of entities, which are sorted by one stored column that is never null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, UnaryExpression, and_, false, or_

from errors import BadInput
from models.cursor_text import bytes_of_cursor, cursor_of_bytes

_LARGEST_INTEGER = 2**63 - 1
_LARGEST_EXPONENT = 400  # the largest double, and ratios are doubles, is about 1.8e308
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, list[str | int | float | None]]).decode


@dataclass(frozen=True, slots=True)
class SortColumn:
    expression: ColumnElement[Any]
    is_descending: bool = False

    @property
    def ordering(self) -> UnaryExpression[Any]:
        """The ORDER BY of the column: nulls come last in both directions."""
        direction = self.expression.desc() if self.is_descending else self.expression.asc()
        return direction.nulls_last()

    def equals(self, value: Any) -> ColumnElement[bool]:
        return self.expression.is_(None) if value is None else self.expression == value

    def passes(self, value: Any) -> ColumnElement[bool]:
        """The condition that a row comes after a row with this value."""
        if value is None:
            return false()  # nulls are last, so nothing comes after them
        beyond = self.expression < value if self.is_descending else self.expression > value
        return or_(beyond, self.expression.is_(None))


def encode_cursor(signature: str, values: Sequence[Any]) -> str:
    """The cursor of a row: the values it was sorted by, and the signature of the question; opaque to clients."""
    return cursor_of_bytes(_encode((signature, list(values))))


def decode_cursor(cursor: str, signature: str, columns: Sequence[SortColumn]) -> list[Any]:
    """The values of the cursor; raises BadInput for a cursor of another question."""
    try:
        found, values = _decode(bytes_of_cursor(cursor))
        if found == signature and len(values) == len(columns):
            return [_typed(column, value) for column, value in zip(columns, values, strict=True)]
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        pass  # every fault of a cursor gets the message below
    raise BadInput("This cursor does not belong to this question in this order: take one from a page of its rows.")


def _typed(column: SortColumn, value: Any) -> Any:
    if value is None:
        return None
    # A cursor comes from a client, who may have changed it: each value must be one that Postgres can compare.
    if isinstance(value, str) and "\0" in value:
        raise ValueError("Postgres holds no NUL")
    typed = msgspec.convert(value, column.expression.type.python_type, strict=False)
    if isinstance(typed, int) and abs(typed) > _LARGEST_INTEGER:
        raise ValueError("beyond what Postgres' bigint holds")
    if isinstance(typed, Decimal) and (not typed.is_finite() or abs(typed.adjusted()) > _LARGEST_EXPONENT):
        raise ValueError("beyond what a metric can be")
    return typed


def after(columns: Sequence[SortColumn], values: Sequence[Any]) -> ColumnElement[bool]:
    """The condition for the rows behind the one that has these values.

    For columns a, b, c: a is behind, or a is equal and b is behind, or a and b are equal and c is behind. A comparison
    of whole tuples would not do, since directions differ and values may be null.
    """
    steps = []
    for index, (column, value) in enumerate(zip(columns, values, strict=True)):
        ties = (tied.equals(given) for tied, given in zip(columns[:index], values[:index], strict=True))
        steps.append(and_(*ties, column.passes(value)))
    return or_(*steps)
