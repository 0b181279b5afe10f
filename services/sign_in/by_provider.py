"""Signing in with an identity provider: by a linked identity, by a verified address, or as a new person.

An identity is the provider and its subject, never an address. An address leads to one of our accounts only when the
provider has verified it. The account then keeps its password, sessions and keys only when its address was verified
here as well. Else somebody who registered another person's address beforehand would still be signed in to the account
after its owner has arrived.
"""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from errors import Refused, UserErrorCode
from models.acting import Origin, TenantScope
from models.audit.entry import INSTALLATION, record
from models.database import Database, WriteSession
from models.ids import new_id
from models.oauth import OAuthPurpose
from models.people.oauth_identity import (
    IdentityProvider,
    OAuthIdentity,
    identities_of_user,
    insert_identity_unless_taken,
    user_id_of_identity,
)
from models.people.user import User, insert_user_unless_email_taken, user_by_email, user_by_id, user_for_update
from models.people.user_password import has_password
from models.tenants.membership import Membership, memberships_of_user
from services.oauth import FlowStart, ProviderCode, begin_flow
from services.people.names import NAMELESS, printable_name
from services.people.reclaiming import reclaim
from services.people.sessions import SignedIn, open_session
from services.people.tools import AccountTools, SessionTools
from services.sign_in.identities import identity_of, tell_of_new_way_in
from services.sign_in.providers import ExternalPerson, fetch_person, name_of, require_ready
from services.sign_in.tools import SignInTools
from services.tenants.lifecycle import new_tenant, store_new_tenant

_log = structlog.get_logger(__name__)
# How often a sign-in looks up the person again when another request changes what it has found.
_TRIES = 3


class _Overtaken(Exception):
    """Another request has changed what this one had looked up, so that it has to look again."""


async def begin_sign_in(tools: SignInTools, *, provider: IdentityProvider, return_url: str, code_challenge: str) -> str:
    """The address on our own site to open in a browser, for a dialog with the provider.

    Raises Refused: NOT_CONFIGURED, INVALID for a wrong returnUrl or codeChallenge.
    """
    await require_ready(tools.vendors.sign_in, provider)
    flow = FlowStart(
        name_of(provider), OAuthPurpose.SIGN_IN, None, return_url=return_url, code_challenge=code_challenge
    )
    async with tools.db.write(None) as session:
        return await begin_flow(tools, session, flow)


async def finish_sign_in(tools: SignInTools, origin: Origin, traded: ProviderCode) -> SignedIn:
    """Signs in the person whom the provider vouches for, and creates their account where there is none.

    Raises Refused: OAUTH_FAILED, INVALID_CREDENTIALS for a disabled account, CONFLICT when the address's account is
    linked with another account of the provider.
    """
    person = await fetch_person(tools.vendors.sign_in, traded)
    for _ in range(_TRIES):
        with suppress(_Overtaken):
            return await _sign_in(tools, origin, person)
    raise Refused(UserErrorCode.CONFLICT, "Another sign-in of the same person happened at the same moment: try again.")


async def _sign_in(tools: AccountTools, origin: Origin, person: ExternalPerson) -> SignedIn:
    async with tools.db.system(reason="find the person behind a sign-in with a provider") as session:
        user_id = await user_id_of_identity(session, person.provider, person.subject)
    async with tools.db.read(None) as reading:
        known = await user_by_id(reading, user_id) if user_id else None
        namesake = await user_by_email(reading, person.own_email) if person.own_email else None
    if user_id is not None:
        return await _sign_in_again(tools, origin, _usable(known))
    if namesake is not None:
        return await _link_by_address(tools, origin, _usable(namesake), person)
    return await _register_new_person(tools, origin, person)


async def _sign_in_again(tools: SessionTools, origin: Origin, user: User) -> SignedIn:
    """Opens a session of a person whose identity is linked already."""
    membership = await _load_oldest_membership(tools.db, user.id)
    async with tools.db.write(_scope(membership, user.id)) as session:
        return await open_session(
            tools.clock, tools.credentials.tokens, session, user=user, membership=membership, origin=origin
        )


async def _link_by_address(tools: AccountTools, origin: Origin, user: User, person: ExternalPerson) -> SignedIn:
    """Links the identity to the account that has its verified address, and opens a session."""
    is_reclaimed = user.email_verified_at is None
    if is_reclaimed:
        await reclaim(tools, user)
    membership = await _load_oldest_membership(tools.db, user.id)
    async with tools.db.write(_scope(membership, user.id)) as session:
        locked = await user_for_update(session, user.id)
        if locked is None or locked.email != person.own_email:
            raise _Overtaken
        if is_reclaimed and await has_password(session, user.id):
            raise _Overtaken
        _refuse_second(await identities_of_user(session, user.id), person)
        if not await insert_identity_unless_taken(session, identity_of(person, locked, tools.clock)):
            raise _Overtaken
        locked.email_verified_at = locked.email_verified_at or tools.clock()
        await tell_of_new_way_in(tools, session, locked, person.provider)
        await session.flush()
        signed_in = await open_session(
            tools.clock, tools.credentials.tokens, session, user=locked, membership=membership, origin=origin
        )
        _note(session, signed_in, person, action="user.reclaimed" if is_reclaimed else "identity.linked")
    if is_reclaimed:
        _log.warning("unverified_account_reclaimed", user_id=str(user.id), provider=person.provider.value)
    return signed_in


async def _register_new_person(tools: SessionTools, origin: Origin, person: ExternalPerson) -> SignedIn:
    """Creates a person as owner of a new tenant; without an address when the provider has verified none."""
    now = tools.clock()
    user = User(
        id=new_id(),
        email=person.own_email,
        email_verified_at=now if person.own_email else None,
        name=printable_name(person.name) or printable_name((person.own_email or "").partition("@")[0]) or NAMELESS,
        created_at=now,
    )
    tenant = new_tenant(tools.clock, f"{user.name[:80]}'s team", field=None)
    async with tools.db.write(TenantScope(tenant.id, user.id)) as session:
        if not await insert_user_unless_email_taken(session, user):
            raise _Overtaken
        if not await insert_identity_unless_taken(session, identity_of(person, user, tools.clock)):
            raise _Overtaken
        membership = await store_new_tenant(session, tenant, owner=user)
        signed_in = await open_session(
            tools.clock, tools.credentials.tokens, session, user=user, membership=membership, origin=origin
        )
        _note(session, signed_in, person, action="user.registered")
        record(session, signed_in.viewer, action="tenant.created", target_type="Tenant", target_id=tenant.id)
    return signed_in


def _usable(user: User | None) -> User:
    """The account, if it may be signed in to; raises Refused INVALID_CREDENTIALS."""
    if user is None or user.disabled_at is not None or user.deleted_at is not None:
        raise Refused(
            UserErrorCode.INVALID_CREDENTIALS, "Nobody can sign in to this account: it was disabled or deleted."
        )
    return user


def _refuse_second(linked: Sequence[OAuthIdentity], person: ExternalPerson) -> None:
    """Raises Refused CONFLICT when another subject of the same provider is linked to the account already.

    Such a subject has the same address, which may be a mailbox that was given to somebody else.
    """
    known = next((identity for identity in linked if identity.provider == person.provider), None)
    if known is None:
        return
    if known.subject == person.subject:
        raise _Overtaken
    raise Refused(
        UserErrorCode.CONFLICT,
        f"The account with this e-mail address signs in with another {person.provider.value.title()} account.",
    )


async def _load_oldest_membership(db: Database, user_id: UUID) -> Membership | None:
    async with db.read(TenantScope(None, user_id)) as session:
        memberships = await memberships_of_user(session, user_id)
    return memberships[0] if memberships else None


def _scope(membership: Membership | None, user_id: UUID) -> TenantScope:
    return TenantScope(membership.tenant_id if membership else INSTALLATION, user_id)


def _note(session: WriteSession, signed_in: SignedIn, person: ExternalPerson, *, action: str) -> None:
    viewer, after = signed_in.viewer, {"provider": person.provider.value}
    record(session, viewer, action=action, target_type="User", target_id=viewer.user_id, after=after)
