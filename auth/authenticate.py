"""From an `Authorization` value to a Viewer: the token proves who, the database says whether that still holds."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from analytics.clock import Clock
from auth.access_tokens import AccessClaims, AccessTokens
from auth.viewer import Origin, Viewer
from errors import Unauthenticated
from models.auth_sessions import Standing, standing_of
from models.database import Database, TenantScope

REMEMBERED_FOR = timedelta(seconds=15)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    standing: Standing
    until: datetime


class Authenticator:
    """One per process. What it has read of a session it believes for 15 seconds, unless told to forget it."""

    def __init__(self, db: Database, tokens: AccessTokens, clock: Clock) -> None:
        self._db = db
        self._tokens = tokens
        self._clock = clock
        self._remembered: OrderedDict[tuple[UUID, UUID | None], _Remembered] = OrderedDict()
        self._forgettings = 0

    async def authenticate(self, authorization: str, origin: Origin) -> Viewer:
        """The viewer of `Bearer <access token>`; raises Unauthenticated, with one text for every cause."""
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated
        claims = self._tokens.verify(token.strip())
        standing = await self._standing(claims)
        if standing.token_version != claims.version:
            raise Unauthenticated
        return _viewer(claims, standing, origin=origin)

    async def recheck(self, viewer: Viewer) -> Viewer:
        """The same viewer with today's role, read anew: for what outlives a request, like a subscription.

        Raises Unauthenticated once the access token has expired or the session ended.
        """
        if viewer.session_id is None or self._clock() >= viewer.token_expires_at:
            raise Unauthenticated
        standing = await self._read(viewer.user_id, viewer.session_id, tenant_id=viewer.tenant_id)
        tenant_id = viewer.tenant_id if standing.role is not None else None
        return replace(viewer, tenant_id=tenant_id, role=standing.role, is_staff=standing.is_staff)

    def forget(self, session_id: UUID) -> None:
        """Makes the end of a session count at once in this process."""
        self._forgettings += 1
        for key in [key for key in self._remembered if key[0] == session_id]:
            del self._remembered[key]

    async def _standing(self, claims: AccessClaims) -> Standing:
        key = (claims.session_id, claims.tenant_id)
        known = self._remembered.get(key)
        if known is not None and self._clock() < known.until:
            return known.standing
        before = self._forgettings
        standing = await self._read(claims.user_id, claims.session_id, tenant_id=claims.tenant_id)
        # A session that was ended while we read it must not be remembered as alive.
        if before == self._forgettings:
            self._remembered[key] = _Remembered(standing, self._clock() + REMEMBERED_FOR)
            self._remembered.move_to_end(key)
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return standing

    async def _read(self, user_id: UUID, session_id: UUID, *, tenant_id: UUID | None) -> Standing:
        async with self._db.read(TenantScope(tenant_id=None, user_id=user_id)) as session:
            standing = await standing_of(session, user_id=user_id, session_id=session_id, tenant_id=tenant_id)
        if standing is None or standing.expires_at <= self._clock():
            raise Unauthenticated
        return standing


def _viewer(claims: AccessClaims, standing: Standing, *, origin: Origin) -> Viewer:
    return Viewer(
        user_id=claims.user_id,
        tenant_id=claims.tenant_id if standing.role is not None else None,
        role=standing.role,
        session_id=claims.session_id,
        is_staff=standing.is_staff,
        token_expires_at=claims.expires_at,
        origin=origin,
        signed_in_at=standing.signed_in_at,
    )
