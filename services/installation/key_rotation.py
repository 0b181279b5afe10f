"""Encrypts every stored token, and what the installation keeps, with the current key; can be stopped and repeated.

The servers go on meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from auth.token_cipher import CipherError, TokenCipher
from models.acting import TenantScope
from models.channels.access import access_for_update
from models.connections.access_grant import access_grant_for_update
from models.database import Database, WriteSession
from models.installation.sealed_rows import (
    Place,
    channels_with_other_keys,
    grants_with_other_keys,
    passing_with_other_keys,
)
from models.installation.sealed_value import sealed_names_with_other_keys, sealed_value_for_update
from services import channel_access
from services.account_access import token_context
from services.channel_access import TOKEN_COLUMNS
from services.installation.sealed_values import sealed_context

_log = structlog.get_logger(__name__)
_AT_ONCE = 500


class _Load(Protocol):
    """A query for rows that are encrypted with another key, a page at a time."""

    async def __call__(self, session: WriteSession, current: str, *, after: Place | None, most: int) -> list[Place]: ...


@dataclass(slots=True)
class RotatedKeys:
    """How many tokens were encrypted again, and how many could not be, since their key is not configured.

    `passing` counts letters and flows with older keys, which are deleted by themselves.
    """

    rotated: int = 0
    unreadable: int = 0
    passing: int = 0

    @property
    def may_drop_old_keys(self) -> bool:
        return self.passing == 0


async def rotate_keys(
    db: Database, cipher: TokenCipher, tell: Callable[[RotatedKeys], None] = lambda _: None
) -> RotatedKeys:
    """Encrypts every token again, each in a transaction of its own, so that nobody who uses one has to wait.

    `tell` is called after each row.
    """
    done = RotatedKeys()
    for load, rotate in ((grants_with_other_keys, _rotate_grant), (channels_with_other_keys, _rotate_channel)):
        after: Place | None = None
        while places := await _load_next_places(db, cipher, load, after):
            for tenant_id, row_id in places:
                await rotate(db, cipher, tenant_id, row_id, done)
                tell(done)
            after = places[-1]
    for name in await _load_sealed_names(db, cipher):
        await _rotate_sealed_value(db, cipher, name, done)
        tell(done)
    async with db.read(None) as session:
        done.passing = await passing_with_other_keys(session, cipher.current_prefix)
    _log.info("keys_rotated", rotated=done.rotated, unreadable=done.unreadable, passing=done.passing)
    return done


async def _load_next_places(db: Database, cipher: TokenCipher, load: _Load, after: Place | None) -> list[Place]:
    async with db.system(reason="rotate keys") as session:
        return await load(session, cipher.current_prefix, after=after, most=_AT_ONCE)


async def _rotate_grant(db: Database, cipher: TokenCipher, tenant_id: UUID, grant_id: UUID, done: RotatedKeys) -> None:
    """Encrypts one token again. The row is locked and read once more, since a token that was renewed meanwhile has the
    current key already.
    """
    context = token_context(tenant_id, grant_id)
    async with db.write(TenantScope(tenant_id)) as session:
        grant = await access_grant_for_update(session, grant_id)
        if grant is None or not grant.token_enc or grant.token_enc.startswith(cipher.current_prefix):
            return
        try:
            grant.token_enc = cipher.encrypt(context, cipher.decrypt(context, grant.token_enc))
        except CipherError:
            done.unreadable += 1
            _log.warning("grant_unreadable", grant_id=str(grant_id))
            return
    done.rotated += 1


async def _rotate_channel(
    db: Database, cipher: TokenCipher, tenant_id: UUID, channel_id: UUID, done: RotatedKeys
) -> None:
    """The same of both tokens of a channel; of a pair that cannot be read whole neither is changed."""
    async with db.write(TenantScope(tenant_id)) as session:
        access = await access_for_update(session, channel_id)
        stored = {} if access is None else {name: getattr(access, name) for name in TOKEN_COLUMNS}
        if access is None or all(token.startswith(cipher.current_prefix) for token in stored.values()):
            return
        try:
            for name, token in stored.items():
                context = channel_access.token_context(access, name)
                setattr(access, name, cipher.encrypt(context, cipher.decrypt(context, token)))
        except CipherError:
            for name, token in stored.items():
                setattr(access, name, token)
            done.unreadable += 1
            _log.warning("channel_access_unreadable", channel_id=str(channel_id))
            return
        session.add(access)
    done.rotated += 1


async def _load_sealed_names(db: Database, cipher: TokenCipher) -> list[str]:
    async with db.system(reason="rotate keys") as session:
        return await sealed_names_with_other_keys(session, cipher.current_prefix)


async def _rotate_sealed_value(db: Database, cipher: TokenCipher, name: str, done: RotatedKeys) -> None:
    """The same of a secret of the installation; one that cannot be read asks nobody to connect again, since whoever
    needs it gets another.
    """
    context = sealed_context(name)
    async with db.system(reason="rotate keys") as session:
        row = await sealed_value_for_update(session, name)
        if row is None or row.value_enc.startswith(cipher.current_prefix):
            return
        try:
            row.value_enc = cipher.encrypt(context, cipher.decrypt(context, row.value_enc))
        except CipherError:
            _log.warning("sealed_value_unreadable", name=name)
            return
        session.add(row)
    done.rotated += 1
