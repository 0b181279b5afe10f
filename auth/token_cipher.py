"""Encryption of stored secrets, bound to the row they belong to; it keeps keys in memory and stores nothing.

A stored value is `enc:v1:<kid>:<fernet>`. The Fernet plaintext names its table, column, tenant and row, so a value
moved into another row does not decrypt there: without that, whoever can write a table could swap tenants' tokens.
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
    """The stored value cannot be read here: damaged, moved from another row, or its key is gone."""


def secret_context(table: str, column: str, tenant_id: UUID | None, row_id: UUID) -> str:
    """The identity of one stored secret, as `encrypt` and `decrypt` expect it."""
    return f"{table}|{column}|{tenant_id or '-'}|{row_id}"


class TokenCipher:
    """Encrypts with the first key, decrypts with any; each key is a Fernet key (32 bytes, URL-safe base64)."""

    __slots__ = ("_ciphers", "_current")

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError when there is no key, a malformed one or the same one twice."""
        self._ciphers: dict[str, Fernet] = {key_id(key): Fernet(key) for key in keys}
        if not keys or len(self._ciphers) != len(keys):
            raise ValueError("Encryption keys: at least one, each of them only once.")
        self._current = key_id(keys[0])

    def encrypt(self, context: str, secret: str) -> str:
        payload = json.dumps({"ctx": context, "v": secret}, separators=(",", ":")).encode()
        return self.current_prefix + self._ciphers[self._current].encrypt(payload).decode()

    def decrypt(self, context: str, stored: str) -> str:
        """The secret that was encrypted for this very context; raises CipherError for anything else."""
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
        """What every value begins with that the current key encrypted; another beginning is another key's."""
        return f"{_PREFIX}{self._current}:"


def key_id(key: str) -> str:
    """The public name of a key: it stands in clear before each value."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _key_id_of(stored: str) -> str:
    if not stored.startswith(_PREFIX):
        raise CipherError("The stored secret has no known format.")
    return stored[len(_PREFIX) :].partition(":")[0]
