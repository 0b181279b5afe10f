"""Encryption of stored secrets, each bound to its row; keys are in memory only.

A stored value is `enc:v1:<kid>:<fernet>`. The Fernet plaintext names its table, column, tenant and row, so a value
cannot be decrypted in another row: otherwise somebody who can write a table could exchange the tokens of tenants.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from errors import InternalError

_PREFIX = "enc:v1:"


class CipherError(InternalError):
    """The stored value cannot be decrypted: it is damaged, belongs to another row, or its key is not configured."""


def secret_context(table: str, column: str, tenant_id: UUID | None, row_id: UUID | str) -> str:
    """The identity of a stored secret, which `encrypt` and `decrypt` take."""
    return f"{table}|{column}|{tenant_id or '-'}|{row_id}"


class TokenCipher:
    """Encrypts with the first key, decrypts with any; each key is a Fernet key (32 bytes, URL-safe base64)."""

    __slots__ = ("_ciphers", "_current")

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError without any key, for a malformed one, and for the same one twice."""
        self._ciphers: dict[str, Fernet] = {key_id(key): Fernet(key) for key in keys}
        if not keys or len(self._ciphers) != len(keys):
            raise ValueError("Encryption keys: at least one, each of them only once.")
        self._current = key_id(keys[0])

    def encrypt(self, context: str, secret: str) -> str:
        payload = json.dumps({"ctx": context, "v": secret}, separators=(",", ":")).encode()
        return self.current_prefix + self._ciphers[self._current].encrypt(payload).decode()

    def decrypt(self, context: str, stored: str) -> str:
        """The secret that was encrypted for this context; raises CipherError for anything else."""
        cipher = self._ciphers.get(_key_id_of(stored))
        if cipher is None:
            raise CipherError("The stored secret's encryption key is not configured.")
        try:
            payload = json.loads(cipher.decrypt(stored.rpartition(":")[2].encode("ascii")))
            owner, secret = str(payload["ctx"]), str(payload["v"])
        except (InvalidToken, ValueError, KeyError, TypeError) as error:
            raise CipherError("The stored secret is damaged.") from error
        if not hmac.compare_digest(owner.encode(), context.encode()):
            raise CipherError("The stored secret belongs to another row.")
        return secret

    @property
    def current_prefix(self) -> str:
        """The beginning of every value that was encrypted with the current key, and of no other."""
        return f"{_PREFIX}{self._current}:"


def key_id(key: str) -> str:
    """The public name of a key, which stands unencrypted before each value."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _key_id_of(stored: str) -> str:
    if not stored.startswith(_PREFIX):
        raise CipherError("The stored secret has no known format.")
    return stored[len(_PREFIX) :].partition(":")[0]
