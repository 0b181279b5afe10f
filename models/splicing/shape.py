"""What is selected of objects, as names alone: what an answer calls a value, and the attribute that has it.

Whoever reads objects to have them written as JSON hands a shape down to the statement that reads them.
"""

from dataclasses import dataclass
from typing import TypeAlias


class NoTextError(Exception):
    """The shape has something of which a statement makes no JSON: the objects have to be read, and completed then."""


@dataclass(frozen=True, slots=True)
class OwnValue:
    """The value of an attribute, as it is."""

    name: str


@dataclass(frozen=True, slots=True)
class RowId:
    """The id of a row as clients see it, with the name of its type."""

    type_name: str


@dataclass(frozen=True, slots=True)
class FixedText:
    """The same text in every object."""

    value: str


@dataclass(frozen=True, slots=True)
class HeldObject:
    """An object that an attribute holds."""

    name: str
    shape: "Shape"


Part: TypeAlias = OwnValue | RowId | FixedText | HeldObject
# The parts of an object by the names that the answer has, in its order.
Shape: TypeAlias = tuple[tuple[str, Part], ...]
