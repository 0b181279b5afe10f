"""Secrets of API keys: how one is made, recognised by its form without a look-up, and found by its hash.

The form is `agk_<8 public characters>_<32 secret characters>_<6 characters of checksum>`, all base62. By the prefix
secret scanners find a leaked key. By the checksum scanners, and we, recognise a text that is no key. 32 characters of
base62 are 190 bits. Tokens of browser extensions have the same form behind a prefix of their own (`auth/relay`).
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "agk_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PUBLIC, _SECRET, _CHECKSUM = 8, 32, 6
_SHAPE = re.compile(rf"[0-9A-Za-z]{{{_PUBLIC}}}_[0-9A-Za-z]{{{_SECRET}}}_[0-9A-Za-z]{{{_CHECKSUM}}}")


def new_secret(prefix: str = PREFIX) -> str:
    body = f"{prefix}{_random(_PUBLIC)}_{_random(_SECRET)}"
    return f"{body}_{_checksum(body)}"


def public_part(secret: str) -> str:
    """The beginning of a key, by which users recognise it; it does not help in guessing the rest."""
    return secret[: len(PREFIX) + _PUBLIC]


def is_well_formed(text: str, prefix: str = PREFIX) -> bool:
    """Whether form and checksum are right; a mistyped or cut-off key fails here, without a look-up."""
    if not text.startswith(prefix) or not _SHAPE.fullmatch(text, len(prefix)):
        return False
    body, _, checksum = text.rpartition("_")
    return checksum == _checksum(body)


def secret_hash(secret: str) -> bytes:
    """The hash by which a key is found. A fast hash is enough, since 190 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
