"""Reads cookies from a request's Cookie headers, literally; what a cookie means is not known here.

Starlette's `request.cookies` also undoes quotes and escapes, with a regular expression of the standard library that
takes seconds for a header of 32 KiB. None of our cookies has quotes or escapes.
"""

from collections.abc import Iterable


def cookies_of(lines: Iterable[str]) -> dict[str, str]:
    """The cookies by name; of two with the same name the first, which browsers send first for its longer path."""
    found: dict[str, str] = {}
    for line in lines:
        for part in line.split(";"):
            name, is_pair, value = part.partition("=")
            if is_pair:
                found.setdefault(name.strip(), value.strip())
    return found
