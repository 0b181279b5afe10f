"""Suggests the code that was meant where a name has one that is none: a suggestion is shown, and never taken."""

from analytics.enums import NamingFieldType
from analytics.naming.normal import folded, plain
from analytics.naming.template import NamingField

MOST_EDITS = 2


class NearValues:
    """Those for the values of one field; there are none for fields of other types than ENUM."""

    def __init__(self, field: NamingField) -> None:
        labels = field.labels if field.type is NamingFieldType.ENUM else ()
        texts = ((folded(text), label.code) for label in labels for text in (label.code, label.label))
        self._known = [(text, frozenset(text), plain(code)) for text, code in texts]
        self._found: dict[str, str | None] = {}

    def meant_by(self, raw: str) -> str | None:
        """The code that is most like this, by its own or its label's spelling; of equal ones the first.

        At most two letters are put in, left out or replaced, and not all of them: DE is no misspelt US. Null for what
        is a code already, since then nothing is misspelt.
        """
        text = folded(raw)
        if text not in self._found:
            self._found[text] = self._nearest(text)
        return self._found[text]

    def _nearest(self, text: str) -> str | None:
        best, fewest, letters = None, min(MOST_EDITS + 1, len(text)), set(text)
        for known, its_letters, code in self._known:
            # Each edit makes at most one letter of the text that the code lacks: this is asked first, as it is quick.
            most = min(fewest, len(known)) - 1
            if most < 0 or abs(len(known) - len(text)) > most or len(letters - its_letters) > most:
                continue
            edits = _edits(text, known, most)
            if edits == 0:
                return None
            if edits is not None:
                best, fewest = code, edits
        return best


def _edits(one: str, other: str, most: int) -> int | None:
    """Levenshtein's distance; None if it is more than `most`."""
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, 1):
        above, row = row, [place]
        for at, wanted in enumerate(other):
            row.append(min(above[at] + (character != wanted), above[at + 1] + 1, row[at] + 1))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
