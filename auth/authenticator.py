"""Turns an `Authorization` value into a Viewer: the token proves who it is, the database whether it is still valid."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from uuid import UUID

from analytics.clock import Clock
from auth.access_tokens import AccessClaims, AccessTokenSigner
from auth.api_key_secrets import PREFIX as KEY_PREFIX
from auth.credential_words import AGENT_TOKEN, EXPIRED, INVALID, NOT_BEARER, REFRESH_TOKEN
from auth.key_authenticator import KeyAuthenticator
from auth.memory import Memory
from auth.refresh_tokens import PREFIX as REFRESH_PREFIX
from auth.relay.authenticator import RelayAuthenticator
from auth.relay.secrets import PREFIX as AGENT_PREFIX
from auth.relay.viewer import RelayAgentViewer
from auth.viewer import Viewer
from errors import Unauthenticated
from models.acting import Origin, TenantScope
from models.database import Database
from models.people.standing import Standing, standing_of

# The ids of person, session and tenant.
_SessionKey = tuple[UUID, UUID, UUID | None]


class Authenticator:
    """One per process. It remembers what it has read of a session for 15 seconds, unless told to forget it."""

    def __init__(
        self, db: Database, tokens: AccessTokenSigner, clock: Clock, *, elapsed: Callable[[], float] = monotonic
    ) -> None:
        """`clock` tells whether sessions and keys have ended; `elapsed` counts the seconds of what is remembered."""
        self._db = db
        self._tokens = tokens
        self._clock = clock
        self._keys = KeyAuthenticator(db, clock, elapsed)
        self._agents = RelayAuthenticator(db)
        self._memory: Memory[_SessionKey, Standing] = Memory(elapsed)

    async def authenticate(self, authorization: str, origin: Origin) -> Viewer:
        """The viewer of `Bearer <access token or API key>`.

        Raises Unauthenticated, whose text says what kind of credential was sent and what to send instead.
        """
        token = _bearer(authorization)
        if token is None:
            raise Unauthenticated(NOT_BEARER)
        if token.startswith(KEY_PREFIX):
            return await self._keys.authenticate(token, origin)
        if token.startswith(REFRESH_PREFIX):
            raise Unauthenticated(REFRESH_TOKEN)
        if token.startswith(AGENT_PREFIX):
            raise Unauthenticated(AGENT_TOKEN)
        claims = self._tokens.verify(token)
        key = (claims.user_id, claims.session_id, claims.tenant_id)
        standing = await self._memory.recall(key, lambda: self._read(*key))
        if standing.token_version != claims.version:
            raise Unauthenticated(INVALID)
        return _viewer(claims, standing, origin=origin)

    async def agent(self, authorization: str, origin: Origin) -> RelayAgentViewer | None:
        """The browser extension of `Bearer <its token>`; None for any other credential, which `authenticate` takes.

        Raises Unauthenticated for a token that is cut off, unknown or ended.
        """
        token = _bearer(authorization)
        if token is None or not token.startswith(AGENT_PREFIX):
            return None
        return await self._agents.authenticate(token, origin)

    async def recheck_agent(self, agent: RelayAgentViewer) -> None:
        """Raises Unauthenticated once the extension's token has ended."""
        await self._agents.recheck(agent)

    async def recheck(self, viewer: Viewer) -> Viewer:
        """The same viewer with the present role, read from the database: for what outlives a request, a subscription.

        Raises Unauthenticated once the access token has expired, or the session or the key has ended.
        """
        if viewer.is_api_key:
            return await self._keys.recheck(viewer)
        if viewer.user_id is None or viewer.session_id is None or self._clock() >= viewer.token_expires_at:
            raise Unauthenticated(EXPIRED)
        standing = await self._read(viewer.user_id, viewer.session_id, viewer.tenant_id)
        tenant_id = viewer.tenant_id if standing.role is not None else None
        return replace(viewer, tenant_id=tenant_id, role=standing.role, is_staff=standing.is_staff)

    def forget(self, session_id: UUID) -> None:
        """Forgets a session that has ended, so that its end counts at once in this process."""
        self._memory.forget(lambda key, _: key[1] == session_id)

    def forget_key(self, key_id: UUID) -> None:
        """Forgets an API key that has ended."""
        self._keys.forget(key_id=key_id)

    def forget_person(self, user_id: UUID) -> None:
        """Forgets all sessions and API keys of a person."""
        self._memory.forget(lambda key, _: key[0] == user_id)
        self._keys.forget(maker_id=user_id)

    async def _read(self, user_id: UUID, session_id: UUID, tenant_id: UUID | None) -> Standing:
        async with self._db.read(TenantScope(tenant_id=None, user_id=user_id)) as session:
            standing = await standing_of(session, user_id=user_id, session_id=session_id, tenant_id=tenant_id)
        if standing is None or standing.expires_at <= self._clock():
            raise Unauthenticated(INVALID)
        return standing


def _bearer(authorization: str) -> str | None:
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


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
