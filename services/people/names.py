"""Names that people type for themselves and their tenants: what is kept of them, and the slug made of one."""

import re
import unicodedata

from errors import Refused, UserErrorCode

LONGEST = 100
# Of a person whose provider gave no name, or took it back.
NAMELESS = "New member"
_SLUG_STEM = 40
_WORD_JOINER = "\u2060"
_ACCENTS = re.compile("[\u0300-\u036f]")
_LINKING = re.compile(r"[.:/@\u3002\uff0e\uff61\uff0f\uff1a\uff20](?=\S)")
# Longer than any name with its spaces: composing a long run of accents takes seconds, so length comes first.
_LONGEST_TYPED = 4 * LONGEST
# Of a name that a platform gives.
_LONGEST_KEPT = 2_000


def checked_name(text: str | None, *, what: str, field: str | None) -> str:
    """The name without outer or repeated spaces; raises Refused when it is empty, too long or unprintable."""
    typed = text or ""
    name = " ".join(unicodedata.normalize("NFC", typed).split()) if len(typed) <= _LONGEST_TYPED else ""
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Refused(UserErrorCode.INVALID, f"{what} has 1 to {LONGEST} printable characters.", field=field)
    return name


def unlinked(name: str) -> str:
    """The name as letters show it: mail programs make a link of `host.tld` and `http://`, and here of neither.

    A word joiner stands behind each dot, colon, slash and at sign inside a word: unseen, and no address any more.
    """
    return _LINKING.sub(lambda found: found[0] + _WORD_JOINER, name)


def name_key(name: str) -> str:
    """What counts of a platform's name in an order, as in those that Postgres makes: neither case nor accents."""
    letters = unicodedata.normalize("NFKD", name[:_LONGEST_KEPT]).casefold()
    return _ACCENTS.sub("", letters)


def slug_of(name: str, suffix: str) -> str:
    """Letters, digits and hyphens of the name with a suffix that makes it unique."""
    plain = unicodedata.normalize("NFKD", name[:_LONGEST_TYPED]).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_STEM].strip("-") or "team"
    return f"{stem}-{suffix}"


def printable_name(text: str | None) -> str | None:
    """What can be kept of a name that somebody else gives for a person; None when nothing can."""
    words = " ".join(unicodedata.normalize("NFC", (text or "")[:_LONGEST_TYPED]).split())
    return "".join(character for character in words if character.isprintable())[:LONGEST].strip() or None
