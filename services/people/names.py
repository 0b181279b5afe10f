"""Names of people and tenants: checks and cleans them, and makes slugs, keys of order and texts for letters of them."""

import re
import unicodedata

from errors import Refused, UserErrorCode

LONGEST = 100
# The name of a person whose provider told none, or asked to forget it.
NAMELESS = "New member"
_SLUG_STEM = 40
_WORD_JOINER = "\u2060"
_ACCENTS = re.compile("[\u0300-\u036f]")
_LINKING = re.compile(r"[.:/@\u3002\uff0e\uff61\uff0f\uff1a\uff20](?=\S)")
# Composing thousands of accents in a row takes seconds, so texts that are longer than any name with its spaces are
# refused or cut before.
_LONGEST_TYPED = 4 * LONGEST
# How much of a platform's name counts for its place in an order.
_LONGEST_KEPT = 2_000


def checked_name(text: str | None, *, what: str, field: str | None) -> str:
    """The name without outer or repeated spaces; raises Refused when it is empty, too long or unprintable."""
    typed = text or ""
    name = " ".join(unicodedata.normalize("NFC", typed).split()) if len(typed) <= _LONGEST_TYPED else ""
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Refused(UserErrorCode.INVALID, f"{what} must have 1 to {LONGEST} printable characters.", field=field)
    return name


def unlinked(name: str) -> str:
    """The name for a letter, so that no mail program makes a link of it, as they do of `host.tld` and `http://`.

    An invisible word joiner is put after each dot, colon, slash and at sign inside a word.
    """
    return _LINKING.sub(lambda found: found[0] + _WORD_JOINER, name)


def name_key(name: str) -> str:
    """The key by which a platform's name is ordered: without case and accents, as Postgres orders names."""
    letters = unicodedata.normalize("NFKD", name[:_LONGEST_KEPT]).casefold()
    return _ACCENTS.sub("", letters)


def slug_of(name: str, suffix: str) -> str:
    """Letters, digits and hyphens of the name with a suffix that makes it unique."""
    plain = unicodedata.normalize("NFKD", name[:_LONGEST_TYPED]).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_STEM].strip("-") or "team"
    return f"{stem}-{suffix}"


def printable_name(text: str | None) -> str | None:
    """The printable part of a name that a provider tells of a person, cut to LONGEST; None when nothing is left."""
    words = " ".join(unicodedata.normalize("NFC", (text or "")[:_LONGEST_TYPED]).split())
    return "".join(character for character in words if character.isprintable())[:LONGEST].strip() or None
