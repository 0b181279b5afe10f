"""Gives each e-mail address one spelling, so that nobody has two accounts with it; does not know if mail arrives."""

import re
import unicodedata

LONGEST = 254
# Deliberately loose: something before the @, and behind it a domain with a dot.
_SHAPE = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")


def normalized_email(text: str) -> str | None:
    """Trimmed, in lower case, composed (NFC); None when it has not the shape of an address."""
    # Normalizing takes long for long texts, and may shorten them: what is far too long is not normalized at all.
    if len(text) > LONGEST * 2:
        return None
    address = unicodedata.normalize("NFC", text.strip().lower())
    is_address = len(address) <= LONGEST and address.isprintable() and _SHAPE.fullmatch(address) is not None
    return address if is_address else None
