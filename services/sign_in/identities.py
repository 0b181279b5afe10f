"""Links accounts at identity providers to a person's account here, lists and unlinks them."""

from collections.abc import Sequence

from analytics.clock import Clock
from auth.permissions import person_id_of, require_recent_sign_in
from auth.viewer import Viewer
from errors import Refused, Unauthenticated, UserErrorCode
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.audit.entry import INSTALLATION, log_scope, record
from models.database import Database, WriteSession
from models.oauth import OAuthPurpose
from models.people.oauth_identity import (
    IdentityProvider,
    OAuthIdentity,
    delete_identity,
    identities_of_user,
    insert_identity_unless_taken,
    user_id_of_identity,
)
from models.people.user import User, user_for_update
from models.people.user_password import has_password
from models.people.ways_in import revoke_sessions_of
from services.mail import MailTools, post
from services.oauth import FlowStart, ProviderCode, begin_flow
from services.people.letters import way_in_added_letter
from services.people.names import NAMELESS
from services.people.own_account import lock_person
from services.people.tools import SessionTools
from services.sign_in.providers import ExternalPerson, fetch_person, name_of, require_ready
from services.sign_in.tools import SignInTools
from services.tools import Credentials


async def begin_link(
    tools: SignInTools, viewer: Viewer, *, provider: IdentityProvider, return_url: str, code_challenge: str
) -> str:
    """The address to open in a browser, for a dialog that only the same viewer can finish.

    Needs a recent sign-in, since a linked account can sign in long after the session has ended that linked it. Raises
    Refused: NOT_CONFIGURED, INVALID for a wrong returnUrl or codeChallenge.
    """
    person_id_of(viewer)
    require_recent_sign_in(viewer, tools.clock())
    await require_ready(tools.vendors.sign_in, provider)
    flow = FlowStart(name_of(provider), OAuthPurpose.LINK, viewer, return_url=return_url, code_challenge=code_challenge)
    async with tools.db.write(log_scope(viewer)) as session:
        url = await begin_flow(tools, session, flow)
        _note(session, viewer, "identity.link_begun", provider)
    return url


async def finish_link(tools: SignInTools, viewer: Viewer | None, traded: ProviderCode) -> Viewer:
    """Links the provider's account to the viewer's; answers the viewer.

    Where the provider has verified the viewer's own address, that counts here as well. Raises Refused: ALREADY_EXISTS
    when the account is linked to another person, CONFLICT when another account of the provider is linked, OAUTH_FAILED.
    """
    if viewer is None:
        raise Unauthenticated
    person = await fetch_person(tools.vendors.sign_in, traded)
    async with tools.db.write(log_scope(viewer)) as session:
        user = await lock_person(session, viewer)
        if await _is_linked(session, user, person):
            return viewer
        if not await insert_identity_unless_taken(session, identity_of(person, user, tools.clock)):
            raise Refused(
                UserErrorCode.ALREADY_EXISTS,
                f"This {person.provider.value.title()} account signs in another person here: unlink it there first.",
            )
        if user.email is not None and user.email == person.own_email:
            user.email_verified_at = user.email_verified_at or tools.clock()
        await tell_of_new_way_in(tools, session, user, person.provider)
        _note(session, viewer, "identity.linked", person.provider)
    return viewer


async def unlink_identity(db: Database, credentials: Credentials, viewer: Viewer, provider: IdentityProvider) -> Viewer:
    """Unlinks the provider's account; answers the viewer. Raises Refused: NOT_FOUND, CONFLICT for the last way in."""
    async with db.write(log_scope(viewer)) as session:
        # The account is locked, so that two requests at once cannot remove both of the last two ways to sign in.
        user = await lock_person(session, viewer)
        linked = {identity.provider for identity in await identities_of_user(session, user.id)}
        if provider not in linked:
            raise Refused(UserErrorCode.NOT_FOUND, "No account of this provider is linked to yours.", field="provider")
        if linked == {provider} and not await _can_use_password(credentials, session, user):
            raise Refused(
                UserErrorCode.CONFLICT,
                "This is your last way to sign in: set a password or link another account first.",
                field="provider",
            )
        await delete_identity(session, user.id, provider)
        _note(session, viewer, "identity.unlinked", provider)
    return viewer


async def erase_identity(tools: SessionTools, provider: IdentityProvider, subject: str) -> None:
    """Deletes the link to a provider's account, when the provider asks for it.

    A person without another way to sign in is signed out and loses their name.
    """
    async with tools.db.system(reason="find whose account a provider asks to forget") as session:
        user_id = await user_id_of_identity(session, provider, subject)
    if user_id is None:
        return
    async with tools.db.write(TenantScope(INSTALLATION, user_id)) as session:
        user = await user_for_update(session, user_id)
        others = [each for each in await identities_of_user(session, user_id) if each.provider != provider]
        await delete_identity(session, user_id, provider)
        if user is not None and not others and not await _can_use_password(tools.credentials, session, user):
            await revoke_sessions_of(session, user_id, now=tools.clock(), reason="identity_erased")
            user.name = NAMELESS
        robot = TenantScope(INSTALLATION)
        what = {"provider": provider.value}
        record(
            session,
            robot,
            action="identity.erased",
            target_type="User",
            target_id=user_id,
            after=what,
            kind=ActorKind.WEBHOOK,
        )
    tools.credentials.authenticator.forget_person(user_id)


async def tell_of_new_way_in(tools: MailTools, session: WriteSession, user: User, provider: IdentityProvider) -> None:
    """Writes to the person's verified address that an account was linked, so that they notice a stolen session."""
    if user.email is not None and user.email_verified_at is not None:
        await post(tools, session, way_in_added_letter(user.email, user.name, provider=provider.value.title()))


def identity_of(person: ExternalPerson, user: User, clock: Clock) -> OAuthIdentity:
    return OAuthIdentity(
        provider=person.provider,
        subject=person.subject,
        user_id=user.id,
        email=person.email,
        linked_at=clock(),
    )


async def _is_linked(session: WriteSession, user: User, person: ExternalPerson) -> bool:
    """Whether this identity is linked already; raises Refused CONFLICT for another one of the same provider."""
    known = {identity.provider: identity.subject for identity in await identities_of_user(session, user.id)}
    if person.provider in known and known[person.provider] != person.subject:
        raise Refused(
            UserErrorCode.CONFLICT,
            f"Another {person.provider.value.title()} account is linked to yours: unlink it first.",
        )
    return person.provider in known


async def _can_use_password(credentials: Credentials, session: WriteSession, user: User) -> bool:
    """Whether the person can sign in by password, which takes an address as well."""
    return credentials.has_passwords and user.email is not None and await has_password(session, user.id)


def _note(session: WriteSession, viewer: Viewer, action: str, provider: IdentityProvider) -> None:
    after = {"provider": provider.value}
    record(session, viewer, action=action, target_type="User", target_id=viewer.user_id, after=after)


async def identities(db: Database, viewer: Viewer) -> Sequence[OAuthIdentity]:
    """The accounts at identity providers that the viewer may sign in with, oldest link first."""
    async with db.read(viewer) as session:
        return await identities_of_user(session, person_id_of(viewer))
