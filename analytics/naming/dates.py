"""Owns the formats of dates that a field may declare, such as DD.MM.YYYY: a date is never guessed.

`YYYY` or `YY` (of this century), `MM` or `M`, and `DD` or `D` stand for digits, `MMM` for an English month of three
letters. `M` and `D` take one or two digits and so need something between them and their neighbours. A format without a
day is that of months. Whatever else is no letter and no digit stands for itself.
"""

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise

from analytics.naming.normal import plain

LONGEST_FORMAT = 30

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<year>[0-9]{2})",
    "MMM": "(?P<month>[A-Za-z]{3})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
_PIECES = re.compile(r"Y{4}|YY|M{1,3}|D{1,2}|.", re.DOTALL)


def date_reader(form: str) -> Callable[[str], str | None]:
    """What makes `2025-01-05`, or `2025-01` without a day, of a text in this format, and null of any other text.

    Raises ValueError, with a sentence for people, for a format that says too little or cannot be told apart.
    """
    pattern = re.compile(_pattern(form))

    def read(text: str) -> str | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        parts = found.groupdict()
        year, month = int(parts["year"]), parts["month"].casefold()
        if not month.isdigit():
            month = str(_MONTHS.index(month) + 1 if month in _MONTHS else 0)
        day = parts.get("day")
        try:
            told = date(year + 2000 if len(parts["year"]) == len("YY") else year, int(month), int(day or 1))
        except ValueError:
            return None
        return told.isoformat() if day else told.isoformat()[: len("2025-01")]

    return read


def _pattern(form: str) -> str:
    pieces = _PIECES.findall(plain(form).upper())
    if len(form) > LONGEST_FORMAT or any(piece not in _TOKENS and piece.isalnum() for piece in pieces):
        message = "A format of dates has YYYY or YY, MM, M or MMM, DD or D, and signs between them: DD.MM.YYYY."
        raise ValueError(message)
    kinds = [piece[0] for piece in pieces if piece in _TOKENS]
    if len(set(kinds)) != len(kinds) or not {"Y", "M"} <= set(kinds):
        message = "A format of dates has a year and a month, and each of year, month and day once."
        raise ValueError(message)
    for here, following in pairwise(pieces):
        if {here, following} <= _TOKENS.keys() and {"M", "D"} & {here, following}:
            message = "M and D take one or two digits: write MM and DD, or a sign between them and what is beside them."
            raise ValueError(message)
    return "".join(_TOKENS.get(piece) or re.escape(piece) for piece in pieces)
