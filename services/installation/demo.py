"""Creates the demo tenant of development, its people and the ad accounts of the sandbox; never in production."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from analytics.clock import Clock
from auth.passwords import PasswordHasher
from auth.viewer import Viewer
from models.acting import Origin, TenantScope
from models.ads.ad_account import has_ad_accounts
from models.audit.entry import record
from models.connections.access_grant import list_access_grants
from models.database import Database, WriteSession
from models.ids import new_id
from models.keyset import Window
from models.people.user import User, insert_user_unless_email_taken, user_by_email
from models.people.user_password import store_password
from models.platform import Platform
from models.queue.enqueue import enqueue
from models.tenants.membership import Membership, Role, memberships_of_user
from services.connections.ad_accounts import connect_ad_accounts
from services.connections.grants import add_access_grant, fetch_visible_ad_accounts
from services.connections.tools import ConnectionTools
from services.installation.demo_shop.keeping import keep_demo_shop
from services.installation.demo_shop.marketplaces import connect_demo_sellers
from services.people.sessions import end_session
from services.rates import renew_rates
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)
OWNER_EMAIL = "demo@example.com"
VIEWER_EMAIL = "viewer@example.com"
PASSWORD = "adgraph-demo"  # noqa: S105 - printed at start, and refused in production with the users it belongs to
TENANT_NAME = "Demo Agency"
SANDBOX_TOKEN = "SANDBOX-SYSTEM-USER"  # noqa: S105 - the sandbox accepts it from everybody
SHOP_TASK = "demo.shop"
_ORIGIN = Origin(ip=None, user_agent="seed", request_id="seed")
# How often the shop looks whether the ads have been read, which takes some seconds unless something is wrong.
_TRIES, _BETWEEN_TRIES = 120, timedelta(seconds=5)


async def seed_demo(tools: Toolbox, *, has_shop: bool = True) -> None:
    """Creates what is missing of the demo; what somebody has changed since, e.g. disconnected, stays as it is.

    Needs the sandbox behind the ad platform; without one there is `seed_people`. With `has_shop` a worker makes the
    shop.
    """
    owner = await seed_people(tools)
    if owner is None:
        return
    await _ensure_connections(tools, owner)
    await renew_rates(tools.db, tools.clock, tools.vendors.rates)
    if has_shop:
        async with tools.db.write(owner) as session:
            await _queue_shop(session, tries_left=_TRIES)


async def seed_people(tools: Toolbox) -> Viewer | None:
    """Creates the demo tenant with an owner and a viewer where they are missing; answers the owner.

    None, and nothing is created, where the owner is a member of no tenant any more: whoever deleted it wants none.
    """
    owner = await _ensure_owner(tools)
    if owner is None:
        _log.warning("demo_without_tenant", email=OWNER_EMAIL)
        return None
    await _ensure_viewer(tools.db, tools.clock, tools.credentials.passwords, owner)
    return owner


async def seed_shop(tools: Toolbox, tenant_id: UUID, *, tries_left: int) -> None:
    """Makes what is missing of the demo's shop and connects the sellers that the marketplaces' stand-ins keep for it.

    While the demo's ads were never read nothing is made, and it is tried once more a little later.

    Each start of the demo queues it, so that the shop has the orders of the days since.
    """
    owner = await _stored_owner(tools.db, tools.clock)
    if owner is None or owner.tenant_id != tenant_id:
        return
    if await keep_demo_shop(tools, owner):
        await connect_demo_sellers(tools, owner)
    elif tries_left > 0:
        async with tools.db.write(owner) as session:
            await _queue_shop(session, tries_left=tries_left - 1, now=tools.clock())


async def _queue_shop(session: WriteSession, *, tries_left: int, now: datetime | None = None) -> None:
    """Queues the shop at once, or for a little after `now`."""
    place = f"demo_shop:{session.tenant_id}"
    await enqueue(
        session,
        SHOP_TASK,
        lock=place,
        queueing_lock=place,
        scheduled_at=None if now is None else now + _BETWEEN_TRIES,
        tenant_id=str(session.tenant_id),
        tries_left=tries_left,
    )


async def has_demo_users(db: Database) -> bool:
    """Whether somebody could sign in with the published demo credentials."""
    async with db.read(None) as session:
        found = [await user_by_email(session, email) for email in (OWNER_EMAIL, VIEWER_EMAIL)]
    return any(user is not None for user in found)


async def _ensure_owner(tools: Toolbox) -> Viewer | None:
    async with tools.db.read(None) as session:
        is_known = await user_by_email(session, OWNER_EMAIL) is not None
    if is_known:
        return await _stored_owner(tools.db, tools.clock)
    wanted = Registration(OWNER_EMAIL, PASSWORD, "Demo Owner", TENANT_NAME)
    # The owner gets a password also where nobody signs in by password: the sandbox's Google vouches for the same
    # address. Without a mailer no letter is sent to it.
    quiet = replace(tools.vendors, mailer=None)
    with_passwords = replace(tools.credentials, has_passwords=True)
    own = replace(tools, credentials=with_passwords, vendors=quiet)
    signed_in = await register(own, _ORIGIN, wanted)
    await end_session(tools, signed_in.viewer)
    await _prove_address(tools.db, tools.clock, signed_in.viewer)
    return signed_in.viewer


async def _stored_owner(db: Database, clock: Clock) -> Viewer | None:
    """The owner in the first of its tenants, if it was made before and is still in one."""
    async with db.read(None) as session:
        user = await user_by_email(session, OWNER_EMAIL)
    if user is None:
        return None
    async with db.read(TenantScope(None, user.id)) as session:
        memberships = await memberships_of_user(session, user.id)
    if not memberships:
        return None
    membership = memberships[0]
    return Viewer(
        user_id=user.id,
        tenant_id=membership.tenant_id,
        role=membership.role,
        session_id=None,
        is_staff=False,
        token_expires_at=clock(),
        origin=_ORIGIN,
    )


async def _prove_address(db: Database, clock: Clock, owner: Viewer) -> None:
    """Marks the owner's address as verified.

    Else a sign-in with the sandbox's Google, which vouches for the address, would remove the account's password.
    """
    async with db.write(owner) as session:
        user = await user_by_email(session, OWNER_EMAIL)
        if user is not None:
            user.email_verified_at = clock()


async def _ensure_viewer(db: Database, clock: Clock, passwords: PasswordHasher, owner: Viewer) -> None:
    assert owner.tenant_id is not None
    async with db.read(None) as session:
        if await user_by_email(session, VIEWER_EMAIL) is not None:
            return
    now, password_hash = clock(), await passwords.hash(PASSWORD)
    user = User(id=new_id(), email=VIEWER_EMAIL, name="Demo Viewer", created_at=now)
    async with db.write(owner) as session:
        if await insert_user_unless_email_taken(session, user):
            await store_password(session, user.id, password_hash)
            session.add(Membership(tenant_id=owner.tenant_id, user_id=user.id, role=Role.VIEWER, created_at=now))
            record(session, owner, action="member.added", target_type="User", target_id=user.id)


async def _ensure_connections(tools: ConnectionTools, owner: Viewer) -> None:
    async with tools.db.read(owner) as session:
        if await has_ad_accounts(session):
            return
        grants = (await list_access_grants(session, Window(1))).rows
    grant = grants[0] if grants else None
    if grant is None:
        grant = await add_access_grant(tools, owner, platform=Platform.META, access_token=SANDBOX_TOKEN)
    shown = await fetch_visible_ad_accounts(tools, owner, grant)
    await connect_ad_accounts(
        tools, owner, grant_id=grant.id, external_ids=[ad_account.external_id for ad_account in shown.records]
    )
