"""Sign-in sessions: opens them, trades their tokens and ends them; services/sign_in decides who may have one.

The row of a session is called a family, since all refresh tokens that follow each other belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from analytics.clock import Clock
from auth.access_tokens import AccessToken, AccessTokenSigner
from auth.permissions import person_id_of
from auth.refresh_tokens import ABSOLUTE, IDLE, Outcome, new_token, rotate, stored_token, token_hash
from auth.viewer import Viewer
from errors import Refused, Unauthenticated, UserErrorCode
from models.acting import Acting, Origin, TenantScope
from models.audit.entry import log_scope, record
from models.database import Database, WriteSession
from models.ids import new_id
from models.people.auth_session import (
    AuthSession,
    auth_session_by_id,
    auth_session_for_update,
    live_auth_sessions,
    revoke_auth_session,
)
from models.people.refresh_token import refresh_token_by_hash, revoke_refresh_tokens
from models.people.standing import Standing, standing_of
from models.people.user import User, user_by_id
from models.tenants.membership import Membership
from services.mail import MailTools, post
from services.people.letters import session_stolen_letter
from services.people.tools import AccountTools, SessionTools

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a sign-in or a refresh hands out; the refresh token is stored as a hash and cannot be read again."""

    access_token: AccessToken
    refresh_token: str
    refresh_token_expires_at: datetime
    viewer: Viewer


_ACTIONS = {Outcome.ROTATED: "session.refreshed", Outcome.REUSED: "session.ended_by_reuse"}


async def open_session(
    clock: Clock,
    tokens: AccessTokenSigner,
    session: WriteSession,
    *,
    user: User,
    membership: Membership | None,
    origin: Origin,
) -> SignedIn:
    """Opens a session of `user` in the caller's transaction, for the membership's tenant or for none."""
    now = clock()
    family = AuthSession(
        id=new_id(),
        user_id=user.id,
        tenant_id=membership.tenant_id if membership else None,
        created_at=now,
        last_used_at=now,
        expires_at=now + ABSOLUTE,
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    session.add(family)
    await session.flush()
    token = new_token()
    session.add(stored_token(token, session=family, now=now))
    role = membership.acts_as if membership else None
    standing = Standing(user.token_version, user.is_staff, role, family.expires_at, family.created_at)
    signed_in = _hand_out(clock, tokens, family, standing=standing, refresh_token=token, origin=origin)
    _note(session, signed_in.viewer, action="session.started", family=family)
    return signed_in


async def move_session(
    clock: Clock,
    tokens: AccessTokenSigner,
    session: WriteSession,
    viewer: Viewer,
    *,
    user: User,
    membership: Membership,
) -> SignedIn:
    """Moves the viewer's session to the membership's tenant, with new tokens, in the caller's transaction.

    The session keeps its age. Its earlier refresh token no longer works, since a session has one at a time. Raises
    Unauthenticated when the session has ended.
    """
    now = clock()
    family = await auth_session_for_update(session, viewer.session_id) if viewer.session_id else None
    if family is None or family.revoked_at is not None or family.expires_at <= now:
        raise Unauthenticated
    family.tenant_id, family.last_used_at = membership.tenant_id, now
    await revoke_refresh_tokens(session, family.id, now=now)
    token = new_token()
    session.add(stored_token(token, session=family, now=now))
    await session.flush()
    standing = Standing(user.token_version, user.is_staff, membership.acts_as, family.expires_at, family.created_at)
    moved = _hand_out(clock, tokens, family, standing=standing, refresh_token=token, origin=viewer.origin)
    _note(session, moved.viewer, action="session.moved", family=family)
    return moved


async def refresh_session(tools: AccountTools, origin: Origin, *, refresh_token: str) -> SignedIn:
    """New tokens for a refresh token that was not used yet; raises Refused TOKEN_INVALID with one text for all causes.

    A token that is used twice may have been stolen: then the session ends and the person is told by mail.
    """
    family, standing = await _load_family(tools.db, refresh_token)
    now, peppers = tools.clock(), tools.credentials.refresh_token_peppers
    actor = TenantScope(family.tenant_id, family.user_id, origin)
    async with tools.db.write(log_scope(actor)) as session:
        rotation = await rotate(session, refresh_token, session_id=family.id, peppers=peppers, now=now)
        if rotation.outcome in _ACTIONS:
            _note(session, actor, action=_ACTIONS[rotation.outcome], family=family)
        if rotation.outcome is Outcome.REUSED:
            await _post_warning(tools, session, family)
    # The error is raised outside the block, since the end of a session whose token was reused must be committed.
    if rotation.outcome is Outcome.REUSED:
        tools.credentials.authenticator.forget(family.id)
        _log.warning("refresh_token_reused", session_id=str(family.id), user_id=str(family.user_id))
    if rotation.token is None:
        raise _token_invalid()
    return _hand_out(
        tools.clock, tools.credentials.tokens, family, standing=standing, refresh_token=rotation.token, origin=origin
    )


async def end_session(tools: SessionTools, viewer: Viewer) -> UUID:
    """Ends the viewer's session with all of its tokens; answers its id. Raises Refused INVALID without a session."""
    if viewer.session_id is None:
        raise Refused(UserErrorCode.INVALID, "An API key has no session that could end: revoke the key instead.")
    async with tools.db.write(log_scope(viewer)) as session:
        family = await auth_session_for_update(session, viewer.session_id)
        if family and await revoke_auth_session(session, family.id, now=tools.clock(), reason="logout"):
            _note(session, viewer, action="session.ended", family=family)
    tools.credentials.authenticator.forget(viewer.session_id)
    return viewer.session_id


async def end_session_of(tools: SessionTools, origin: Origin, *, refresh_token: str) -> UUID | None:
    """Ends the session of a refresh token, also of one that was traded already; answers its id.

    None when there is no such session or it had ended before.
    """
    async with tools.db.read(None) as session:
        token = await refresh_token_by_hash(session, token_hash(refresh_token))
    if token is None:
        return None
    async with tools.db.read(TenantScope(None, token.user_id)) as session:
        found = await auth_session_by_id(session, token.session_id)
    if found is None:
        return None
    actor = TenantScope(found.tenant_id, found.user_id, origin)
    async with tools.db.write(log_scope(actor)) as session:
        family = await auth_session_for_update(session, found.id)
        if family is None or not await revoke_auth_session(session, family.id, now=tools.clock(), reason="logout"):
            return None
        _note(session, actor, action="session.ended", family=family)
    tools.credentials.authenticator.forget(found.id)
    return found.id


async def revoke_session(tools: SessionTools, viewer: Viewer, session_id: UUID | None) -> UUID:
    """Ends one of the viewer's own sessions, which may be the present one; answers its id. Raises Refused NOT_FOUND."""
    person_id_of(viewer)
    async with tools.db.write(log_scope(viewer)) as session:
        family = await auth_session_for_update(session, session_id) if session_id else None
        if family is None:
            raise Refused(UserErrorCode.NOT_FOUND, "You have no such session.", field="session_id")
        if await revoke_auth_session(session, family.id, now=tools.clock(), reason="revoked"):
            record(session, viewer, action="session.revoked", target_type="Session", target_id=family.id)
    tools.credentials.authenticator.forget(family.id)
    return family.id


async def sessions_of(db: Database, viewer: Viewer, *, now: datetime) -> Sequence[AuthSession]:
    """The viewer's own sessions that can still be used, last used first."""
    async with db.read(viewer) as session:
        return await live_auth_sessions(session, person_id_of(viewer), now=now, used_since=now - IDLE)


async def _load_family(db: Database, refresh_token: str) -> tuple[AuthSession, Standing]:
    """The session of a refresh token, and what its person may do now; raises Refused TOKEN_INVALID."""
    async with db.read(None) as session:
        token = await refresh_token_by_hash(session, token_hash(refresh_token))
    if token is None:
        raise _token_invalid()
    async with db.read(TenantScope(None, token.user_id)) as session:
        family = await auth_session_by_id(session, token.session_id)
        tenant_id = family.tenant_id if family else None
        standing = await standing_of(session, user_id=token.user_id, session_id=token.session_id, tenant_id=tenant_id)
    if family is None or standing is None:
        raise _token_invalid()
    return family, standing


def _hand_out(
    clock: Clock,
    tokens: AccessTokenSigner,
    family: AuthSession,
    *,
    standing: Standing,
    refresh_token: str,
    origin: Origin,
) -> SignedIn:
    tenant_id = family.tenant_id if standing.role is not None else None
    access_token = tokens.issue(
        user_id=family.user_id, session_id=family.id, tenant_id=tenant_id, version=standing.token_version
    )
    viewer = Viewer(
        user_id=family.user_id,
        tenant_id=tenant_id,
        role=standing.role,
        session_id=family.id,
        is_staff=standing.is_staff,
        token_expires_at=access_token.expires_at,
        origin=origin,
        signed_in_at=standing.signed_in_at,
    )
    return SignedIn(access_token, refresh_token, min(clock() + IDLE, family.expires_at), viewer)


async def _post_warning(tools: MailTools, session: WriteSession, family: AuthSession) -> None:
    """Writes to the person that somebody else may have a copy of their refresh token, if their address is verified."""
    user = await user_by_id(session, family.user_id)
    if user is not None and user.email is not None and user.email_verified_at is not None:
        await post(tools, session, session_stolen_letter(user.email, user.name))


def _note(session: WriteSession, actor: Acting, *, action: str, family: AuthSession) -> None:
    record(session, actor, action=action, target_type="Session", target_id=family.id)


def _token_invalid() -> Refused:
    return Refused(UserErrorCode.TOKEN_INVALID, "This refresh token is not valid any more; sign in again.")
