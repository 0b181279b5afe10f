"""Turns an API key into a Viewer: its role is the lesser of the key's and its maker's; it is never a person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from analytics.clock import Clock
from auth.api_key_secrets import is_well_formed, secret_hash
from auth.credential_words import CUT_OFF_KEY, UNKNOWN_KEY
from auth.memory import Memory
from auth.permissions import lesser_role
from auth.viewer import Viewer
from errors import Unauthenticated
from models.acting import Origin, TenantScope
from models.database import Database
from models.people.standing import KeyStanding, standing_of_key
from models.tenants.api_key import key_place, touch_key
from models.tenants.membership import Role

# "Last used" is written at most this often: a write for every request would cost more than the request.
TOUCHED_EVERY = timedelta(minutes=10)
HIGHEST_ROLE = Role.ADMIN
_NEVER = datetime.max.replace(tzinfo=UTC)


class KeyAuthenticator:
    """One per process; remembers what it has read of a key for 15 seconds."""

    def __init__(self, db: Database, clock: Clock, elapsed: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock
        self._memory: Memory[bytes, KeyStanding] = Memory(elapsed)

    async def authenticate(self, secret: str, origin: Origin) -> Viewer:
        """The viewer of a key; raises Unauthenticated, with one text for every key that is well-formed.

        A text that is no key costs no look-up.
        """
        if not is_well_formed(secret):
            raise Unauthenticated(CUT_OFF_KEY)
        hashed = secret_hash(secret)
        standing = await self._memory.recall(hashed, lambda: self._find(hashed))
        return self._viewer(self._alive(standing), origin)

    async def recheck(self, viewer: Viewer) -> Viewer:
        """The viewer with the key's present role; raises Unauthenticated once the key has ended."""
        if viewer.api_key_id is None or viewer.tenant_id is None:
            raise Unauthenticated(UNKNOWN_KEY)
        standing = await self._read(viewer.tenant_id, viewer.api_key_id)
        return replace(viewer, role=_role(self._alive(standing)))

    def forget(self, *, key_id: UUID | None = None, maker_id: UUID | None = None) -> None:
        """Forgets a key, or all keys that a person made, so that their end counts at once in this process."""
        self._memory.forget(lambda _, standing: standing.key_id == key_id or standing.maker_id == maker_id)

    async def _find(self, hashed: bytes) -> KeyStanding:
        async with self._db.read(None) as session:
            place = await key_place(session, hashed)
        if place is None:
            raise Unauthenticated(UNKNOWN_KEY)
        standing = await self._read(*place)
        await self._touch(self._alive(standing))
        return standing

    async def _read(self, tenant_id: UUID, key_id: UUID) -> KeyStanding:
        async with self._db.read(TenantScope(tenant_id)) as session:
            standing = await standing_of_key(session, key_id)
        if standing is None:
            raise Unauthenticated(UNKNOWN_KEY)
        return standing

    async def _touch(self, standing: KeyStanding) -> None:
        now = self._clock()
        if standing.last_used_at is None or now - standing.last_used_at >= TOUCHED_EVERY:
            async with self._db.write(TenantScope(standing.tenant_id)) as session:
                await touch_key(session, standing.key_id, now=now)

    def _alive(self, standing: KeyStanding) -> KeyStanding:
        if standing.expires_at is not None and standing.expires_at <= self._clock():
            raise Unauthenticated(UNKNOWN_KEY)
        return standing

    def _viewer(self, standing: KeyStanding, origin: Origin) -> Viewer:
        return Viewer(
            user_id=None,
            tenant_id=standing.tenant_id,
            role=_role(standing),
            session_id=None,
            is_staff=False,
            token_expires_at=standing.expires_at or _NEVER,
            origin=origin,
            api_key_id=standing.key_id,
            key_maker_id=standing.maker_id,
        )


def _role(standing: KeyStanding) -> Role:
    return lesser_role(standing.role, standing.maker_role, HIGHEST_ROLE)
