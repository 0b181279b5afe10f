"""What a request's Cookie headers say, taken literally; which cookie means what is not known here.

Starlette's `request.cookies` also undoes quotes and escapes, by a pattern of the standard library that takes seconds
for a header of 32 KiB. No cookie of ours needs either.
"""

from collections.abc import Iterable


def cookies_of(lines: Iterable[str]) -> dict[str, str]:
    """Names and values; of two with one name the first, which is the one with the longer path."""
    found: dict[str, str] = {}
    for line in lines:
        for part in line.split(";"):
            name, is_pair, value = part.partition("=")
            if is_pair:
                found.setdefault(name.strip(), value.strip())
    return found
