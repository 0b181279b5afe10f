"""What a browser extension shows: the code by which a person pairs it, and the token that it has from then on.

A code has 8 of 25 characters, none of which is taken for another one, so about 37 bits: it is good for minutes, tries
are counted by address, and its hash is keyed, so that a copy of the database does not give it away. A token has the
form of an API key behind a prefix of its own, and 190 bits.
"""

import hmac
import secrets
from collections.abc import Sequence

from auth import api_key_secrets

PREFIX = "agb_"
_LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
_CODE_LENGTH = 8
# What people type between the letters.
_GAPS = str.maketrans("", "", " -")
_LONGEST_TYPED = 32


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def typed_code(text: str) -> str | None:
    """The code as it was shown, however it was typed; None for a text that can be none."""
    if len(text) > _LONGEST_TYPED:
        return None
    code = text.translate(_GAPS).upper()
    return code if len(code) == _CODE_LENGTH and set(code) <= set(_LETTERS) else None


def code_hashes(code: str, peppers: Sequence[bytes]) -> list[bytes]:
    """By each of the peppers; the first is that of codes that are made now."""
    return [
        hmac.digest(pepper, b"pairing code of a browser extension " + code.encode(), "sha256") for pepper in peppers
    ]


def new_token() -> str:
    return api_key_secrets.new_secret(PREFIX)


def is_token(text: str) -> bool:
    """Whether form and checksum are right, so that a cut-off token fails without a look-up."""
    return api_key_secrets.is_well_formed(text, PREFIX)


def token_hash(token: str) -> bytes:
    return api_key_secrets.secret_hash(token)
