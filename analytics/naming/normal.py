"""Owns how a name is made plain before anything is read in it, and how two texts of names are compared.

In this order: Unicode's compatibility forms (NFKC), characters without width or meaning out, every space one space,
copy suffixes of ad managers off. Case and dashes stay.
"""

import re
import unicodedata
from typing import NamedTuple

# Characters. Meta's names have 400 at most; longer ones than this are read in no mode, since NFKC sorts marks in
# quadratic time.
LONGEST_READ = 2_000

# Controls that are no spaces, soft hyphens, marks without width or of direction, halves of surrogate pairs. A joiner
# stays before a symbol only: there it makes one emoji of two.
_WITHOUT_WIDTH = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
    "|\u200d(?![\u2600-\U0010ffff])"
)
# English, German and Dutch, French, Spanish and Italian, Portuguese: what ad managers put behind a duplicate's name. It
# begins with a space, so that the last part of `US-Video-Copy` stays.
_COPIES = re.compile(r"(?:(?:^| )[-–—] ?(?:copy|kopie|copie|copia|cópia)(?: [0-9]{1,4})?)+$", re.IGNORECASE)  # noqa: RUF001
_ONE_COPY = re.compile(r"[^\W\d_]+(?: ([0-9]+))?")


class PlainName(NamedTuple):
    """A name as it is read. `copies` is the number of the copy, null for originals; `suffix` what said so.

    `whole` is the name with the suffix.
    """

    text: str
    whole: str
    suffix: str | None = None
    copies: int | None = None


def plain(text: str) -> str:
    """The text in its one spelling, its copy suffix kept; "" for one that is too long to be a name."""
    return " ".join(_known(text).split())


def plain_delimiter(text: str) -> str:
    """The same for a text between parts, which may begin and end with a space."""
    return re.sub(r"\s+", " ", _known(text))


def _known(text: str) -> str:
    if len(text) > LONGEST_READ:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _WITHOUT_WIDTH.sub("", text)


def folded(text: str) -> str:
    """By what a text is compared with others: spelling and case make no difference."""
    return plain(text).casefold()


def plain_name(name: str) -> PlainName:
    """The name without its copy suffixes.

    `- Copy` is 1, `- Copy 3` is 3, and copies of copies are summed: `- Copy 3 - Copy` is 4.
    """
    text = plain(name)
    found = _COPIES.search(text)
    if found is None:
        return PlainName(text, text)
    suffix = found[0].strip()
    copies = sum(int(number or 1) for number in _ONE_COPY.findall(suffix))
    return PlainName(text[: found.start()].rstrip(), text, suffix, copies)
