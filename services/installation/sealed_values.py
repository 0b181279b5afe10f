"""Keeps a secret that the installation got from a vendor, encrypted, one for all processes; knows no vendor."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from analytics.clock import Clock
from auth.token_cipher import CipherError, TokenCipher, secret_context
from integrations.errors import TimedOut
from models.database import Database
from models.installation.sealed_value import (
    SealedValue,
    insert_sealed_value_unless_known,
    sealed_value,
    sealed_value_for_update,
)

_log = structlog.get_logger(__name__)
# Others wait for the row meanwhile, and Postgres ends a transaction that is idle for a minute.
_PATIENCE_S = 30


class SealedText:
    """One secret by its name. All processes have the same, and of those that replace it at once only one makes it."""

    def __init__(self, db: Database, cipher: TokenCipher, clock: Clock, name: str) -> None:
        self._db, self._cipher, self._clock, self.name = db, cipher, clock, name

    async def load(self) -> str | None:
        """None where there is none yet, and for one that no configured key decrypts."""
        async with self._db.sweep(reason="read a sealed value") as session:
            return self._opened(await sealed_value(session, self.name))

    async def replace(self, old: str | None, make: Callable[[], Awaitable[str]]) -> str:
        """What `make` brings instead of `old`; what is kept already where another process was faster.

        Raises what `make` raises, and TimedOut where it takes half a minute: nothing is changed then.
        """
        async with self._db.system(reason="replace a sealed value") as session:
            # A row that is being inserted makes the others wait as a lock does.
            empty = SealedValue(name=self.name, value_enc="", stored_at=self._clock())
            await insert_sealed_value_unless_known(session, empty)
            row = await sealed_value_for_update(session, self.name)
            assert row is not None  # nobody may delete one
            kept = self._opened(row)
            if kept is not None and kept != old:
                return kept
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    made = await make()
            except TimeoutError:
                raise TimedOut("The vendor did not send a new secret in time.") from None
            row.value_enc, row.stored_at = self._cipher.encrypt(sealed_context(self.name), made), self._clock()
            session.add(row)
        _log.info("sealed_value_replaced", name=self.name)
        return made

    def _opened(self, row: SealedValue | None) -> str | None:
        if row is None or not row.value_enc:
            return None
        try:
            return self._cipher.decrypt(sealed_context(self.name), row.value_enc)
        except CipherError:
            _log.warning("sealed_value_unreadable", name=self.name)
            return None


def sealed_context(name: str) -> str:
    """What is bound into the encryption of a value, so that it can be decrypted under this name alone."""
    return secret_context("sealed_value", "value_enc", None, name)
