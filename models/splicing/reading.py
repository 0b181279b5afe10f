"""What a statement of texts is given beside the values of its own, and what of its answer is read.

Such a statement is made for the outline of a shape, which has no names: documents that differ in their names alone
share it. The texts between the values of an object, with the names in them, are values of the statement.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.splicing.shape import FixedText, HeldObject, Shape

# A number that has more digits than the API shows, or is none, stands as this in a text. No JSON has it: whoever finds
# it has to read the values themselves.
MARK = "\x01"
# In front of each text stands one of these for each object that the shape holds, in its order.
IS_THERE, IS_NOTHING = "0", "1"

# How many objects there are at paths of names in the texts; the empty path is that of the texts themselves.
Counts: TypeAlias = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """JSON objects as texts, and how many objects they have."""

    texts: Sequence[str]
    counts: Counts


def outline(shape: Shape) -> Shape:
    """The shape without names and fixed texts: what decides how a statement is written."""
    return tuple(
        ("", HeldObject(part.name, outline(part.shape)) if isinstance(part, HeldObject) else part)
        for _, part in shape
        if not isinstance(part, FixedText)
    )


def written_name(number: int) -> str:
    """Under which name a text between values is bound: the first stands before the first value."""
    return f"written_{number}"


def written_values(shape: Shape) -> dict[str, str]:
    """The texts between the values, as the statement takes them."""
    return {written_name(number): text for number, text in enumerate(_between(shape))}


def _between(shape: Shape) -> Iterator[str]:
    text = "{"
    for place, (name, part) in enumerate(shape):
        text += f'{"," if place else ""}"{name}":'
        if isinstance(part, FixedText):
            text += json.dumps(part.value)
            continue
        yield text
        text = ""
        if isinstance(part, HeldObject):
            yield from _between(part.shape)
    yield f"{text}}}"


def read_texts(shape: Shape, rows: Sequence[str]) -> ReadTexts | None:
    """The texts of a statement; None if one of them is marked."""
    if any(MARK in row for row in rows):
        return None
    objects = [*_objects(shape)]
    counts = {(): len(rows)} | {path: 0 for path, _ in objects}
    width = len(objects)
    if not width:
        return ReadTexts(rows, counts)
    for told, number in Counter(row[:width] for row in rows).items():
        there: set[tuple[str, ...]] = {()}
        for (path, holder), word in zip(objects, told, strict=True):
            if word == IS_THERE and holder in there:
                there.add(path)
                counts[path] += number
    return ReadTexts([row[width:] for row in rows], counts)


def _objects(shape: Shape, holder: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The path of each object that is held, and that of its holder."""
    for name, part in shape:
        if isinstance(part, HeldObject):
            path = (*holder, name)
            yield path, holder
            yield from _objects(part.shape, path)
