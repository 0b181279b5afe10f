"""Makes records of the lines of a file of separated values; one odd line never costs those around it.

Python's csv would take everything behind a quote that is never closed for one field. So lines are joined here, no more
than a few of them, and only where the record that comes of it has as many fields as there are headings.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST_LINE = 65_536  # characters
MOST_LINES = 500_000
TOO_MANY_LINES = f"The file has more than {MOST_LINES:,} lines: send it in parts."
# A name may have line breaks in it: of so many lines a record can be.
MOST_JOINED = 20
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What a byte becomes that is no text in the file's encoding.
_NO_TEXT = range(0xDC80, 0xDD00)


class FileFault(Exception):
    """Why a file cannot be read at all, in words for the person who has sent it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Record:
    """The fields that begin in a line, counted from 1; where `fault` says why, there are none.

    `seeming` are the parts of a line with a fault, of which nobody knows whether they are its fields.
    """

    line: int
    fields: Sequence[str] = ()
    fault: str = ""
    seeming: Sequence[str] = ()

    @property
    def is_blank(self) -> bool:
        return not self.fault and not any(map(str.strip, self.fields))


@dataclass(slots=True)
class _Line:
    number: int
    text: str

    @property
    def fault(self) -> str:
        if len(self.text) > LONGEST_LINE:
            return f"The line is longer than {LONGEST_LINE:,} characters."
        if "\0" in self.text:
            return "The line has a NUL character in it."
        if not self.text.isascii() and any(ord(each) in _NO_TEXT for each in self.text):
            return "The line has bytes in it that are no text in the file's encoding."
        return ""


class RecordReader:
    """The records of lines, which come with their ends and, where they are too long, cut behind LONGEST_LINE.

    With a `width` a record has so many fields, unless its fault says otherwise; empty ones at its end do not count.
    Raises FileFault for more than MOST_LINES lines.
    """

    def __init__(self, lines: Iterator[str], separator: str, width: int | None = None) -> None:
        self.width = width
        self._lines = lines
        self._separator = separator
        self._number = 0
        self._ahead: deque[_Line] = deque()

    def __iter__(self) -> Iterator[Record]:
        while (line := self._next()) is not None:
            fault = line.fault
            yield self._faulty(line, fault) if fault else self._record(line)

    def _next(self) -> _Line | None:
        if self._ahead:
            return self._ahead.popleft()
        text = next(self._lines, None)
        if text is None:
            return None
        self._number += 1
        if self._number > MOST_LINES:
            raise FileFault(TOO_MANY_LINES)
        return _Line(self._number, text)

    def _record(self, line: _Line) -> Record:
        if line.text.count('"') % 2:
            joined = self._joined(line)
            if joined is not None:
                return joined
        fields = self._split(line.text)
        if fields is None:
            return self._faulty(line, "A quotation mark of the line has no partner.")
        return self._measured(line.number, fields)

    def _faulty(self, line: _Line, fault: str) -> Record:
        return Record(line.number, fault=fault, seeming=[each.strip(' "') for each in line.text.split(self._separator)])

    def _joined(self, line: _Line) -> Record | None:
        """The record of this line and those behind it, up to the next odd quote; None where that makes no record."""
        taken: list[_Line] = []
        text = line.text
        while len(taken) < MOST_JOINED and (following := self._next()) is not None:
            taken.append(following)
            if following.fault:
                break
            text += following.text
            if following.text.count('"') % 2:
                fields = self._split(text)
                if fields is not None and (self.width is None or len(self._trimmed(fields)) == self.width):
                    return self._measured(line.number, fields)
                break
        self._ahead.extendleft(reversed(taken))
        return None

    def _split(self, text: str) -> list[str] | None:
        try:
            # Not one reader for all lines: after an error it would go on in the middle of a field.
            return next(csv.reader((text,), delimiter=self._separator, strict=True), [])
        except csv.Error:
            return None

    def _measured(self, number: int, fields: Sequence[str]) -> Record:
        told = self._trimmed(fields)
        if self.width is None or len(told) == self.width or not any(map(str.strip, fields)):
            return Record(number, told)
        fault = f"The line has {len(fields)} columns, and the headings are {self.width}."
        return Record(number, fault=fault, seeming=fields)

    def _trimmed(self, fields: Sequence[str]) -> Sequence[str]:
        """Without empty fields behind the last heading, which spreadsheets write."""
        if self.width is None or len(fields) <= self.width or any(fields[self.width :]):
            return fields
        return fields[: self.width]
