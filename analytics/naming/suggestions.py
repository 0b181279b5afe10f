"""Suggests the code that was meant where a name has one that is none: a suggestion is shown, and never taken."""

from analytics.enums import NamingFieldType
from analytics.naming.fields import ReadField
from analytics.naming.normal import folded, plain
from analytics.naming.template import NamingField

MOST_EDITS = 2


def suggestion(field: NamingField, read: ReadField) -> str | None:
    """The code that is most like what the name has, by its own or its label's spelling; of equal ones the first.

    At most two letters are put in, left out or replaced, and not all of them: DE is no misspelt US.
    """
    if field.type is not NamingFieldType.ENUM or read.raw is None or read.value is not None:
        return None
    raw = folded(read.raw)
    best, fewest = None, min(MOST_EDITS, len(raw) - 1) + 1
    for label in field.labels:
        for text in (label.code, label.label):
            edits = _edits(raw, folded(text), fewest - 1)
            if edits is not None and edits < min(fewest, len(folded(text))):
                best, fewest = plain(label.code), edits
    return best


def _edits(one: str, other: str, most: int) -> int | None:
    """Levenshtein's distance; None if it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, 1):
        above, row = row, [place]
        for at, wanted in enumerate(other):
            row.append(min(above[at] + (character != wanted), above[at + 1] + 1, row[at] + 1))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
