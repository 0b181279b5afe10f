"""Encrypts every stored token of grants with the current key while the servers go on; can be stopped and repeated."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from auth.token_cipher import CipherError, TokenCipher
from models.acting import TenantScope
from models.connections.access_grant import access_grant_for_update
from models.database import Database
from models.installation.sealed_rows import Place, grants_with_other_keys, passing_with_other_keys
from services.account_access import token_context

_log = structlog.get_logger(__name__)
_AT_ONCE = 500


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
    done, after = RotatedKeys(), None
    while places := await _load_next_places(db, cipher, after):
        for tenant_id, grant_id in places:
            await _rotate(db, cipher, tenant_id, grant_id, done)
            tell(done)
        after = places[-1]
    async with db.read(None) as session:
        done.passing = await passing_with_other_keys(session, cipher.current_prefix)
    _log.info("keys_rotated", rotated=done.rotated, unreadable=done.unreadable, passing=done.passing)
    return done


async def _load_next_places(db: Database, cipher: TokenCipher, after: Place | None) -> list[Place]:
    async with db.system(reason="rotate keys") as session:
        return await grants_with_other_keys(session, cipher.current_prefix, after=after, most=_AT_ONCE)


async def _rotate(db: Database, cipher: TokenCipher, tenant_id: UUID, grant_id: UUID, done: RotatedKeys) -> None:
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
