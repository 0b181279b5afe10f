"""Registering and signing in by password; what a session is and how it goes on is in sessions."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from auth.passwords import weakness
from auth.viewer import Origin
from errors import Refused, UserErrorCode
from models.audit_entry import record
from models.database import TenantScope
from models.ids import new_id
from models.membership import Membership, Role
from models.tenant import Tenant
from models.tenants import memberships_of_user
from models.user import User
from models.users import insert_user_unless_email_taken, replace_password_hash, user_by_email
from services.email_addresses import normalized_email
from services.names import checked_name, slug_of
from services.sessions import SignedIn, open_session
from services.toolbox import Toolbox

# A new tenant's defaults for reports; each ad account brings its own currency and time zone.
NEW_TENANT_CURRENCY = "USD"
NEW_TENANT_TIME_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new person typed."""

    email: str
    password: str
    name: str
    tenant_name: str | None


async def register(tools: Toolbox, origin: Origin, wanted: Registration) -> SignedIn:
    """A new person, the owner of a new tenant, signed in; raises Refused for each wrong input."""
    person, tenant = await _checked(tools, wanted)
    membership = Membership(
        id=new_id(), tenant_id=tenant.id, user_id=person.id, role=Role.OWNER, created_at=person.created_at
    )
    async with tools.db.write(TenantScope(tenant.id, person.id)) as session:
        if not await insert_user_unless_email_taken(session, person):
            raise Refused(
                UserErrorCode.EMAIL_TAKEN, "This e-mail address has an account; sign in.", field=["input", "email"]
            )
        session.add(tenant)
        await session.flush()
        session.add(membership)
        await session.flush()
        signed_in = await open_session(tools, session, user=person, membership=membership, origin=origin)
        record(session, signed_in.viewer, action="user.registered", target_type="User", target_id=person.id)
        record(session, signed_in.viewer, action="tenant.created", target_type="Tenant", target_id=tenant.id)
    return signed_in


async def login(
    tools: Toolbox, origin: Origin, *, email: str, password: str, tenant_id: UUID | None = None
) -> SignedIn:
    """A session in `tenant_id`, or in the person's oldest tenant.

    Raises Refused with one text, after the same work, for an unknown address, a wrong password, a disabled account and
    a tenant that is not the person's.
    """
    user = await _account(tools, email)
    verification = await tools.passwords.verify(password, user.password_hash if user else None)
    if user is None or not verification.is_right:
        raise _invalid_credentials()
    membership = await _membership(tools, user, tenant_id)
    async with tools.db.write(TenantScope(membership.tenant_id if membership else None, user.id)) as session:
        if verification.new_hash and user.password_hash:
            await replace_password_hash(session, user.id, old=user.password_hash, new=verification.new_hash)
        return await open_session(tools, session, user=user, membership=membership, origin=origin)


async def _checked(tools: Toolbox, wanted: Registration) -> tuple[User, Tenant]:
    address = normalized_email(wanted.email)
    if address is None:
        raise Refused(UserErrorCode.INVALID, "This is not an e-mail address.", field=["input", "email"])
    person_name = checked_name(wanted.name, what="A name", field=["input", "name"])
    team_name = checked_name(wanted.tenant_name, what="A tenant's name", field=["input", "tenantName"])
    problem = weakness(wanted.password, email=address, name=person_name)
    if problem:
        raise Refused(UserErrorCode.WEAK_PASSWORD, problem, field=["input", "password"])
    now, password_hash = tools.clock(), await tools.passwords.hash(wanted.password)
    person = User(id=new_id(), email=address, name=person_name, password_hash=password_hash, created_at=now)
    tenant = Tenant(
        id=new_id(),
        name=team_name,
        slug=slug_of(team_name, secrets.token_hex(4)),
        currency=NEW_TENANT_CURRENCY,
        time_zone=NEW_TENANT_TIME_ZONE,
        created_at=now,
    )
    return person, tenant


async def _account(tools: Toolbox, email: str) -> User | None:
    """The enabled account of an address."""
    address = normalized_email(email)
    async with tools.db.read(None) as session:
        user = await user_by_email(session, address or "")
    return user if user and user.disabled_at is None and user.deleted_at is None else None


async def _membership(tools: Toolbox, user: User, tenant_id: UUID | None) -> Membership | None:
    """The membership to sign in with; None for a person without a tenant who asked for none."""
    async with tools.db.read(TenantScope(None, user.id)) as session:
        memberships = await memberships_of_user(session, user.id)
    if tenant_id is None:
        return memberships[0] if memberships else None
    chosen = [membership for membership in memberships if membership.tenant_id == tenant_id]
    if not chosen:
        raise _invalid_credentials()
    return chosen[0]


def _invalid_credentials() -> Refused:
    return Refused(UserErrorCode.INVALID_CREDENTIALS, "E-mail address, password or tenant is wrong.")
