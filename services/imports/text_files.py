"""The text of a file that somebody has sent: in which encoding it is, and its lines. Knows nothing of what they say."""

import codecs
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from analytics.reports.lines import LONGEST_LINE, MOST_LINES, TOO_MANY_LINES, FileFault

_BYTES_AT_ONCE = 256 * 1024
_LINES_AT_ONCE = 1_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# What spreadsheets and documents begin with.
_OTHER_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
_NO_TEXT = re.compile("[\udc80-\udcff]+")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_CLEARLY = 10_000
_HEAD_BYTES = 1_000
# Of the bytes of a text in Western letters as UTF-16 nearly every second one is 0.
_MOSTLY = 0.4


class Stopped(Exception):
    """Nobody waits for what is read any more."""


class TextFile:
    """A file as text; `told` is its encoding in words. Raises FileFault for what is no text at all.

    In UTF-8 a byte that is no text becomes a lone surrogate, so that the line with it is known.
    """

    def __init__(self, source: BinaryIO, is_stopped: Callable[[], bool]) -> None:
        self._source = source
        self._is_stopped = is_stopped
        self._encoding, self.told = _encoding_of(source)

    def lines(self) -> Iterator[str]:
        """The lines from the first one on, with their ends; of a longer one LONGEST_LINE and one character."""
        self._source.seek(0)
        errors = "surrogateescape" if self._encoding.startswith("utf-8") else "replace"
        text = io.TextIOWrapper(self._source, self._encoding, errors=errors, newline=None)
        try:
            number = 0
            while line := text.readline(LONGEST_LINE + 1):
                yield line
                while len(line) > LONGEST_LINE and not line.endswith("\n"):
                    line = text.readline(LONGEST_LINE + 1)
                number += 1
                if number % _LINES_AT_ONCE == 0 and self._is_stopped():
                    raise Stopped
        finally:
            # Else the file would be closed with it. Where it is closed already, somebody has stopped at a fault.
            with suppress(ValueError):
                text.detach()


def _encoding_of(source: BinaryIO) -> tuple[str, str]:
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    if not head.strip():
        raise FileFault("The file is empty.")
    if head.startswith(_OTHER_FILES):
        raise FileFault("The file is a spreadsheet, a document or an archive: save it as CSV, and send that.")
    for mark, encoding, told in _MARKS:
        if head.startswith(mark):
            return encoding, told
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[offset::2].count(0) > _MOSTLY * len(head) / 2 and head[1 - offset :: 2].count(0) == 0:
            return encoding, "UTF-16"
    good, bad = _letters(source)
    # Letters of an older encoding hardly ever look like UTF-8. Where some do and some do not, bytes were spoilt.
    return ("utf-8", "UTF-8") if good >= bad else ("cp1252", "Windows-1252, since it is no UTF-8")


def _letters(source: BinaryIO) -> tuple[int, int]:
    """How many characters beyond ASCII there are in the file as UTF-8, and how many bytes that are no UTF-8.

    It looks no further where bytes that are none prevail. Raises FileFault for more lines than are read.
    """
    source.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = lines = 0
    while bad <= good + _CLEARLY and (chunk := source.read(_BYTES_AT_ONCE)):
        lines += chunk.count(b"\n")
        if lines > MOST_LINES:
            raise FileFault(TOO_MANY_LINES)
        text = decoder.decode(chunk)
        if not text.isascii():
            found = len(text) - len(_NO_TEXT.sub("", text))
            bad += found
            good += len(text) - len(_NOT_ASCII.sub("", text)) - found
    return good, bad
