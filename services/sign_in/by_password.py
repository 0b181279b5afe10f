"""Registering and signing in by password; services/people/sessions.py opens and keeps the sessions."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from analytics.clock import Clock
from auth.passwords import PasswordHasher, weakness
from errors import Refused, UserErrorCode
from models.acting import Origin, TenantScope
from models.audit.entry import INSTALLATION, record
from models.database import Database, WriteSession
from models.ids import new_id
from models.people.user import User, insert_user_unless_email_taken, user_by_email, user_for_update
from models.people.user_password import store_password
from models.tenants.membership import Membership, memberships_of_user
from services.mail import MailTools
from services.people.email_addresses import normalized_email
from services.people.email_verification import send_verification
from services.people.names import checked_name
from services.people.password_checks import check_password, is_still_right
from services.people.passwords import require_passwords
from services.people.sessions import SignedIn, open_session
from services.sign_in.attempts import count_attempt
from services.sign_in.tools import SignInTools
from services.tenants.invitations import admit, load_invitation, note_acceptance
from services.tenants.lifecycle import new_tenant, store_new_tenant

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new person typed: a name for their new tenant, or the token of an invitation to an existing one."""

    email: str
    password: str
    name: str
    tenant_name: str | None = None
    invitation_token: str | None = None


async def register(tools: SignInTools, origin: Origin, wanted: Registration) -> SignedIn:
    """Creates a person and signs them in, as owner of a new tenant or as member of the tenant that invited them.

    Raises Refused: NOT_CONFIGURED, INVALID, WEAK_PASSWORD, EMAIL_TAKEN, and the errors of a wrong invitation.
    """
    require_passwords(tools.credentials)
    if (wanted.tenant_name is None) is (wanted.invitation_token is None):
        raise Refused(
            UserErrorCode.INVALID,
            "Give either a name for a new tenant or the token of an invitation, and not both.",
            field="tenant_name",
        )
    if wanted.invitation_token is not None:
        return await _join(tools, origin, wanted, wanted.invitation_token)
    tenant = new_tenant(tools.clock, wanted.tenant_name, field="tenant_name")
    person, password_hash = await _checked_person(tools.clock, tools.credentials.passwords, wanted)
    async with tools.db.write(TenantScope(tenant.id, person.id)) as session:
        await _store_person(tools, session, person, password_hash)
        membership = await store_new_tenant(session, tenant, owner=person)
        signed_in = await open_session(
            tools.clock, tools.credentials.tokens, session, user=person, membership=membership, origin=origin
        )
        record(session, signed_in.viewer, action="user.registered", target_type="User", target_id=person.id)
        record(session, signed_in.viewer, action="tenant.created", target_type="Tenant", target_id=tenant.id)
    return signed_in


async def _join(tools: SignInTools, origin: Origin, wanted: Registration, token: str) -> SignedIn:
    """Creates a person as member of the tenant that invited them.

    The token of the invitation does not prove the address, since the inviting member has seen the token as well.
    """
    tenant_id = (await load_invitation(tools.db, tools.clock, token)).for_tenant_id
    person, password_hash = await _checked_person(tools.clock, tools.credentials.passwords, wanted)
    async with tools.db.write(TenantScope(tenant_id, person.id)) as session:
        await _store_person(tools, session, person, password_hash)
        membership = await admit(tools.clock, tools.vendors.billing, session, person, token)
        signed_in = await open_session(
            tools.clock, tools.credentials.tokens, session, user=person, membership=membership, origin=origin
        )
        record(session, signed_in.viewer, action="user.registered", target_type="User", target_id=person.id)
        note_acceptance(session, signed_in.viewer, membership)
    return signed_in


async def login(
    tools: SignInTools, origin: Origin, *, email: str, password: str, tenant_id: UUID | None = None
) -> SignedIn:
    """Opens a session in `tenant_id`, or in the person's oldest tenant.

    Raises Refused INVALID_CREDENTIALS, with one text and after the same work, for an unknown address, a wrong password,
    a disabled account and a tenant that is not the person's; RateLimited after many failures.
    """
    require_passwords(tools.credentials)
    address = normalized_email(email) or ""
    user = await _load_account(tools.db, address)
    attempt = await count_attempt(tools.db, tools.clock, tools.limiter, origin, user=user, address=address)
    checked = await check_password(tools.db, tools.credentials.passwords, user.id if user else None, password)
    if user is None or not checked.is_right:
        _log.info("sign_in_failed", user_id=str(user.id) if user else None, ip=origin.ip)
        raise _invalid_credentials()
    await tools.limiter.forget(attempt)
    membership = await _load_membership(tools.db, user, tenant_id)
    async with tools.db.write(TenantScope(membership.tenant_id if membership else INSTALLATION, user.id)) as session:
        locked = await user_for_update(session, user.id)
        # A change of the password ends all sessions, so none may be opened afterwards with the old password.
        if locked is None or not await is_still_right(tools.credentials.passwords, session, user.id, password, checked):
            raise _invalid_credentials()
        if checked.new_hash:
            await store_password(session, user.id, checked.new_hash)
        return await open_session(
            tools.clock, tools.credentials.tokens, session, user=locked, membership=membership, origin=origin
        )


async def _checked_person(clock: Clock, passwords: PasswordHasher, wanted: Registration) -> tuple[User, str]:
    """The new person, not stored yet, and the hash of their password; raises Refused for each wrong input."""
    address = normalized_email(wanted.email)
    if address is None:
        raise Refused(UserErrorCode.INVALID, "This is not an e-mail address.", field="email")
    name = checked_name(wanted.name, what="A name", field="name")
    problem = weakness(wanted.password, email=address, name=name)
    if problem:
        raise Refused(UserErrorCode.WEAK_PASSWORD, problem, field="password")
    password_hash = await passwords.hash(wanted.password)
    return User(id=new_id(), email=address, name=name, created_at=clock()), password_hash


async def _store_person(tools: MailTools, session: WriteSession, person: User, password_hash: str) -> None:
    """Stores the person with their password, and mails a link to verify the address where mail is configured.

    Raises Refused EMAIL_TAKEN.
    """
    if not await insert_user_unless_email_taken(session, person):
        raise Refused(UserErrorCode.EMAIL_TAKEN, "This e-mail address has an account already: sign in.", field="email")
    await store_password(session, person.id, password_hash)
    if tools.vendors.mailer is not None and person.email is not None:
        await send_verification(tools, session, person, address=person.email)


async def _load_account(db: Database, address: str) -> User | None:
    """The account of an address; None when there is none, or it is disabled or deleted."""
    async with db.read(None) as session:
        user = await user_by_email(session, address)
    return user if user and user.disabled_at is None and user.deleted_at is None else None


async def _load_membership(db: Database, user: User, tenant_id: UUID | None) -> Membership | None:
    """The membership to sign in with; None for a person without a tenant who named none.

    Raises Refused INVALID_CREDENTIALS for a tenant that is not the person's.
    """
    async with db.read(TenantScope(None, user.id)) as session:
        memberships = await memberships_of_user(session, user.id)
    if tenant_id is None:
        return memberships[0] if memberships else None
    chosen = [membership for membership in memberships if membership.tenant_id == tenant_id]
    if not chosen:
        raise _invalid_credentials()
    return chosen[0]


def _invalid_credentials() -> Refused:
    return Refused(UserErrorCode.INVALID_CREDENTIALS, "The e-mail address, the password or the tenant is wrong.")
